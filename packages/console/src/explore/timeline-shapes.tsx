// What is drawn in a timeline. Attributes and classes only, which the content-security-policy lets through.
import type { HistogramAnswer } from '@agent-audit/log';
import { type ReactNode, useMemo } from 'react';
import { visible } from './event-view.ts';
import { niceTimes } from './time-axis.ts';
import type { Scale } from './timeline-brush.ts';
import type { Mark } from './timeline-marks.ts';
import { amountsOf, type Series } from './timeline-series.ts';

/** Pixels of the part with the bars. */
export const barsHeight = 92;
/** Pixels above the tallest bar, where silences are drawn. */
const bandHeight = 10;

/** From a time to a place. */
export type Place = (ms: number) => number;

/** Counts over time, stacked. */
export function Bars({ histogram, series, xOf }: { histogram: HistogramAnswer; series: readonly Series[]; xOf: Place }): ReactNode {
  const { bars, width_ms: widthMs } = histogram;
  const stacks = useMemo(() => bars.map((bar) => ({ fromMs: Date.parse(bar.from), amounts: amountsOf(bar, series) })), [bars, series]);
  const most = Math.max(1, ...stacks.map(({ amounts }) => amounts.reduce((sum, amount) => sum + amount, 0)));
  return stacks.map(({ fromMs, amounts }) => {
    const left = xOf(fromMs);
    const width = Math.max(1.5, xOf(fromMs + widthMs) - left - 1);
    let top = barsHeight;
    return (
      <g key={fromMs}>
        {amounts.map((amount, index) => {
          const look = series[index]?.look;
          if (amount === 0 || look === undefined) return null;
          // One critical event among thousands is still to be seen.
          const tall = Math.max(2, (amount / most) * (barsHeight - bandHeight - 6));
          top -= tall;
          return <rect key={look} className={`bar look-${look}`} x={left} y={top} width={width} height={tall} />;
        })}
      </g>
    );
  });
}

/** A stretch where something is missing; a click opens the line that tells of it. */
export function MarkShape({ mark, xOf, onOpen }: { mark: Mark; xOf: Place; onOpen: (key: string) => void }): ReactNode {
  const { kind, key } = mark;
  const left = xOf(mark.fromMs);
  const width = Math.max(3, xOf(mark.toMs) - left);
  return (
    <rect
      className={`mark mark-${kind}`}
      x={left}
      y={0.5}
      width={width}
      height={kind === 'silence' ? bandHeight - 4 : barsHeight - 0.5}
      onClick={() => {
        if (key !== undefined) onOpen(key);
      }}
    >
      <title>{`${visible(mark.agent)}: ${visible(mark.text)}`}</title>
    </rect>
  );
}

/** Round times below the bars. */
export function Axis({ sinceMs, untilMs, width, xOf }: Scale & { readonly xOf: Place }): ReactNode {
  return niceTimes(sinceMs, untilMs, Math.max(2, Math.floor(width / 110))).map(({ ms, text }) => {
    const x = xOf(ms);
    // A digit is about seven pixels wide.
    const half = text.length * 3.5;
    const isEnd = x > width - half;
    return (
      <g key={ms}>
        <line className="axis" x1={x} x2={x} y1={barsHeight} y2={barsHeight + 4} />
        <text className="axis-text" x={isEnd ? width : Math.max(x, half)} y={barsHeight + 16} textAnchor={isEnd ? 'end' : 'middle'}>
          {text}
        </text>
      </g>
    );
  });
}
