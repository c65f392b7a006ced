// Counts over time, with what is missing drawn in the same place. Own SVG, and all of it stands in words as well.
import type { HistogramAnswer } from '@agent-audit/log';
import { type ReactNode, useId, useMemo, useRef } from 'react';
import { localTime } from '../time.ts';
import { useWidth } from '../ui/use-width.ts';
import { useBrush } from './timeline-brush.ts';
import { Legend, Missing } from './timeline-legend.tsx';
import type { Mark } from './timeline-marks.ts';
import { seriesOf, type TimelineBy } from './timeline-series.ts';
import { Axis, Bars, barsHeight, MarkShape, type Place } from './timeline-shapes.tsx';
import './timeline.css';

interface TimelineProps {
  readonly histogram: HistogramAnswer;
  readonly by: TimelineBy;
  readonly marks: readonly Mark[];
  readonly furtherGaps: number;
  /** From here on events may still come; undefined where that is not known. */
  readonly completeToMs: number | undefined;
  readonly onZoom: (sinceMs: number, untilMs: number) => void;
  readonly onOpen: (key: string) => void;
  readonly onBy: (by: TimelineBy) => void;
  readonly onTerm: (field: string, value: string) => void;
}

const axisHeight = 20;
/** Agents say every few seconds how far they are: so much is always still to come. */
const momentsMs = 60_000;

/** The timeline. Drawing over it zooms. */
export function Timeline({ histogram, marks, completeToMs, ...props }: TimelineProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const width = useWidth(frame);
  const hatchId = useId();
  const series = useMemo(() => seriesOf(histogram), [histogram]);
  const sinceMs = Date.parse(histogram.since);
  const untilMs = Date.parse(histogram.until);
  const span = Math.max(1, untilMs - sinceMs);
  const xOf: Place = (ms) => (Math.min(Math.max(ms, sinceMs), untilMs) - sinceMs) * (width / span);
  const { handlers, brush, pointedMs } = useBrush({ sinceMs, untilMs, width }, props.onZoom);
  const lateFromMs = completeToMs !== undefined && completeToMs < untilMs ? Math.max(completeToMs, sinceMs) : undefined;
  // Where all but the last moments are complete the picture is enough.
  const isLate = lateFromMs !== undefined && untilMs - lateFromMs > momentsMs;
  const seen = marks.filter(({ fromMs, toMs }) => toMs >= sinceMs && fromMs <= untilMs);

  return (
    <div className="timeline">
      <Legend histogram={histogram} series={series} wish={props.by} pointedMs={pointedMs} onBy={props.onBy} onTerm={props.onTerm} />
      <div ref={frame} />
      <svg
        width={width}
        height={barsHeight + axisHeight}
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
        {lateFromMs !== undefined && (
          <rect x={xOf(lateFromMs)} width={width - xOf(lateFromMs)} height={barsHeight} fill={`url(#${hatchId})`}>
            <title>Events of this time may still come</title>
          </rect>
        )}
        <Bars histogram={histogram} series={series} xOf={xOf} />
        {seen.map((mark) => (
          <MarkShape key={`${mark.kind}${mark.agent}${mark.fromMs}${mark.key ?? ''}`} mark={mark} xOf={xOf} onOpen={props.onOpen} />
        ))}
        <line className="axis" x1={0} x2={width} y1={barsHeight} y2={barsHeight} />
        <Axis sinceMs={sinceMs} untilMs={untilMs} width={width} xOf={xOf} />
        {brush !== undefined && (
          <rect className="brush" x={Math.min(brush.from, brush.to)} width={Math.abs(brush.to - brush.from)} height={barsHeight} />
        )}
      </svg>
      <Missing marks={seen} furtherGaps={props.furtherGaps} lateFromMs={isLate ? lateFromMs : undefined} onOpen={props.onOpen} />
    </div>
  );
}
