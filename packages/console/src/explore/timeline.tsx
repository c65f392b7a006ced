// Counts over time, by severity, with what is missing drawn in the same place. Own SVG: attributes and classes only, which the
// content-security-policy lets through, and all of it can be read aloud.
import type { HistogramAnswer } from '@agent-audit/log';
import { type PointerEvent, type ReactNode, type SVGAttributes, useId, useRef, useState } from 'react';
import { count, dayTime, duration, localTime, minuteTime, shortCount } from '../time.ts';
import { useWidth } from '../ui/use-width.ts';
import { visible } from './event-view.ts';
import { niceTimes } from './time-axis.ts';
import type { Mark } from './timeline-marks.ts';
import './timeline.css';

interface TimelineProps {
  readonly histogram: HistogramAnswer;
  readonly marks: readonly Mark[];
  /** From here on events may still come; undefined where that is not known. */
  readonly completeToMs: number | undefined;
  readonly onZoom: (sinceMs: number, untilMs: number) => void;
  readonly onOpen: (key: string) => void;
}

const height = 96;
const axisHeight = 20;
const markHeight = 10;
/** What is drawn first stands at the bottom: the worst, so that it is never hidden by what is common. */
const severities = ['CRITICAL', 'ERROR', 'WARN', 'INFO', 'DEBUG'] as const;

interface Scale {
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly width: number;
}

/** The timeline. Drawing over it zooms. */
export function Timeline({ histogram, marks, completeToMs, onZoom, onOpen }: TimelineProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const hatchId = useId();
  const sinceMs = Date.parse(histogram.since);
  const untilMs = Date.parse(histogram.until);
  const span = Math.max(1, untilMs - sinceMs);
  const xOf: Place = (ms) => (Math.min(Math.max(ms, sinceMs), untilMs) - sinceMs) * (width / span);
  const { handlers, brush, pointedMs } = useBrush({ sinceMs, untilMs, width }, onZoom);
  const seen = marks.filter(({ fromMs, toMs }) => toMs >= sinceMs && fromMs <= untilMs);

  return (
    <div className="timeline">
      <div ref={frame} />
      <svg
        width={width}
        height={height + axisHeight}
        role="img"
        aria-label={`Events over time, ${localTime(sinceMs)} to ${localTime(untilMs)}. Arrows move, + and - zoom.`}
        tabIndex={0}
        {...handlers}
      >
        <defs>
          <pattern id={hatchId} width={6} height={6} patternUnits="userSpaceOnUse" patternTransform="rotate(45)">
            <rect className="hatch" width={2} height={6} />
          </pattern>
        </defs>
        {completeToMs !== undefined && completeToMs < untilMs && (
          <rect x={xOf(completeToMs)} width={width - xOf(completeToMs)} height={height} fill={`url(#${hatchId})`}>
            <title>{`Complete to ${localTime(completeToMs)}: later events may still come`}</title>
          </rect>
        )}
        <Bars histogram={histogram} xOf={xOf} />
        {seen.map((mark) => (
          <MarkShape key={`${mark.kind}${mark.agent}${mark.fromMs}${mark.key ?? ''}`} mark={mark} xOf={xOf} onOpen={onOpen} />
        ))}
        <line className="axis" x1={0} x2={width} y1={height} y2={height} />
        <Axis sinceMs={sinceMs} untilMs={untilMs} width={width} xOf={xOf} />
        {brush !== undefined && (
          <rect className="brush" x={Math.min(brush.from, brush.to)} width={Math.abs(brush.to - brush.from)} height={height} />
        )}
      </svg>
      {pointedMs !== undefined && <Reading histogram={histogram} ms={pointedMs} />}
      {seen.length > 0 && <MarkList marks={seen} />}
    </div>
  );
}

/** In pixels. */
interface Brush {
  readonly from: number;
  readonly to: number;
}

interface Brushing {
  readonly handlers: SVGAttributes<SVGSVGElement>;
  readonly brush: Brush | undefined;
  /** Where the pointer is, while nothing is drawn. */
  readonly pointedMs: number | undefined;
}

/** Zooms and moves, by pointer and by keys. */
function useBrush({ sinceMs, untilMs, width }: Scale, onZoom: TimelineProps['onZoom']): Brushing {
  const [brush, setBrush] = useState<Brush>();
  const [pointed, setPointed] = useState<number>();
  const span = Math.max(1, untilMs - sinceMs);
  const msOf = (x: number): number => sinceMs + (Math.min(Math.max(x, 0), width) / Math.max(1, width)) * span;
  const xOfPointer = ({ clientX, currentTarget }: PointerEvent): number => clientX - currentTarget.getBoundingClientRect().left;
  const handlers: SVGAttributes<SVGSVGElement> = {
    onKeyDown({ key }) {
      const shift = key === 'ArrowLeft' ? -0.5 : key === 'ArrowRight' ? 0.5 : 0;
      if (shift !== 0) onZoom(Math.round(sinceMs + span * shift), Math.round(untilMs + span * shift));
      else if (key === '+') onZoom(Math.round(sinceMs + span / 4), Math.round(untilMs - span / 4));
      else if (key === '-') onZoom(Math.round(sinceMs - span / 2), Math.round(untilMs + span / 2));
    },
    onPointerDown(event) {
      if (event.button !== 0) return;
      const x = xOfPointer(event);
      setBrush({ from: x, to: x });
    },
    onPointerMove(event) {
      const x = xOfPointer(event);
      setPointed(x);
      if (brush === undefined) return;
      // Only now: a mere click belongs to the mark that it hits.
      if (!event.currentTarget.hasPointerCapture(event.pointerId)) event.currentTarget.setPointerCapture(event.pointerId);
      setBrush({ ...brush, to: x });
    },
    onPointerUp() {
      if (brush !== undefined && Math.abs(brush.to - brush.from) >= 4)
        onZoom(Math.floor(msOf(Math.min(brush.from, brush.to))), Math.ceil(msOf(Math.max(brush.from, brush.to))));
      setBrush(undefined);
    },
    onPointerCancel: () => setBrush(undefined),
    onPointerLeave: () => setPointed(undefined),
  };
  return { handlers, brush, pointedMs: pointed === undefined || brush !== undefined ? undefined : msOf(pointed) };
}

type Place = (ms: number) => number;

function Bars({ histogram, xOf }: { histogram: HistogramAnswer; xOf: Place }): ReactNode {
  const { bars, width_ms: widthMs } = histogram;
  const most = Math.max(1, ...bars.map(({ counts }) => counts.reduce((sum, item) => sum + item.count, 0)));
  return bars.map(({ from, counts }) => {
    const left = xOf(Date.parse(from));
    const width = Math.max(1, xOf(Date.parse(from) + widthMs) - left - 1);
    let top = height;
    return (
      <g key={from}>
        {severities.map((severity) => {
          const amount = counts.find(({ value }) => value === severity)?.count ?? 0;
          if (amount === 0) return null;
          // One critical event among thousands is still to be seen.
          const tall = Math.max(2, (amount / most) * (height - markHeight - 4));
          top -= tall;
          return <rect key={severity} className={`bar bar-${severity.toLowerCase()}`} x={left} y={top} width={width} height={tall} />;
        })}
      </g>
    );
  });
}

function MarkShape({ mark, xOf, onOpen }: { mark: Mark; xOf: Place; onOpen: (key: string) => void }): ReactNode {
  const left = xOf(mark.fromMs);
  const width = Math.max(3, xOf(mark.toMs) - left);
  const { key } = mark;
  return (
    <rect
      className={`mark mark-${mark.kind}`}
      x={left}
      y={mark.kind === 'loss' ? 0 : 4}
      width={width}
      height={mark.kind === 'loss' ? height : 3}
      onClick={() => {
        if (key !== undefined) onOpen(key);
      }}
    >
      <title>{`${visible(mark.agent)}: ${visible(mark.text)}`}</title>
    </rect>
  );
}

function Axis({ sinceMs, untilMs, width, xOf }: { sinceMs: number; untilMs: number; width: number; xOf: Place }): ReactNode {
  const { times, isDays } = niceTimes(sinceMs, untilMs, Math.max(2, Math.floor(width / 110)));
  return times.map((ms) => {
    const x = xOf(ms);
    const isEnd = x > width - 28;
    return (
      <g key={ms}>
        <line className="axis" x1={x} x2={x} y1={height} y2={height + 4} />
        <text className="axis-text" x={isEnd ? width : Math.max(x, 16)} y={height + 16} textAnchor={isEnd ? 'end' : 'middle'}>
          {isDays ? dayTime(ms, untilMs) : minuteTime(ms)}
        </text>
      </g>
    );
  });
}

/** What stands under the pointer. */
function Reading({ histogram, ms }: { histogram: HistogramAnswer; ms: number }): ReactNode {
  const { bars, width_ms: widthMs } = histogram;
  const bar = bars.find(({ from }) => ms >= Date.parse(from) && ms < Date.parse(from) + widthMs);
  return (
    <p className="timeline-reading" aria-hidden>
      <span className="faint">
        {localTime(Math.floor(ms / 1000) * 1000).slice(0, -4)} · {duration(widthMs)}
      </span>
      {bar === undefined && <span>no events</span>}
      {bar !== undefined &&
        severities.map((severity) => {
          const amount = bar.counts.find(({ value }) => value === severity)?.count ?? 0;
          return (
            amount > 0 && (
              <span key={severity} className={`severity severity-${severity.toLowerCase()}`}>
                {count(amount)} {severity}
              </span>
            )
          );
        })}
    </p>
  );
}

/** The same in words: a colour alone tells nobody who cannot see it. */
function MarkList({ marks }: { marks: readonly Mark[] }): ReactNode {
  const losses = marks.filter(({ kind }) => kind === 'loss');
  const silent = marks.filter(({ kind }) => kind === 'silence');
  const who = (list: readonly Mark[]): string => {
    const agents = [...new Set(list.map(({ agent }) => visible(agent)))];
    return agents.length > 3 ? `${agents.slice(0, 3).join(', ')} and ${shortCount(agents.length - 3)} more` : agents.join(', ');
  };
  return (
    <ul className="timeline-legend">
      {losses.length > 0 && (
        <li>
          <span className="key key-loss" aria-hidden /> events lost by {who(losses)}
        </li>
      )}
      {silent.length > 0 && (
        <li>
          <span className="key key-silence" aria-hidden /> silent: {who(silent)}
        </li>
      )}
    </ul>
  );
}
