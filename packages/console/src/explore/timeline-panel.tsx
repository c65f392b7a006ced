import type { Completeness } from '@agent-audit/log';
import { type ReactNode, useMemo } from 'react';
import { nowMs } from '../clock.ts';
import { useHistogram, useLossLines, type Wanted } from './queries.ts';
import { Timeline } from './timeline.tsx';
import { lossMarks, silenceMarks } from './timeline-marks.ts';

interface TimelinePanelProps {
  readonly wanted: Wanted;
  readonly enabled: boolean;
  readonly completeness: Completeness | undefined;
  readonly onZoom: (sinceMs: number, untilMs: number) => void;
  readonly onOpen: (key: string) => void;
}

/** The timeline with all that is known to be missing in it. */
export function TimelinePanel({ wanted, enabled, completeness, onZoom, onOpen }: TimelinePanelProps): ReactNode {
  const histogram = useHistogram(wanted, enabled);
  const losses = useLossLines({ since: wanted.since, until: wanted.until });
  const known = completeness ?? histogram.data?.completeness;
  const marks = useMemo(
    () => [...lossMarks(losses.data?.events ?? []), ...(known === undefined ? [] : silenceMarks(known, nowMs()))],
    [losses.data, known],
  );
  if (histogram.data === undefined) {
    return <div className="timeline timeline-blank">{histogram.isError ? 'The timeline could not be read.' : ''}</div>;
  }
  return (
    <Timeline
      histogram={histogram.data}
      marks={marks}
      completeToMs={known?.complete_to === undefined ? undefined : Date.parse(known.complete_to)}
      onZoom={onZoom}
      onOpen={onOpen}
    />
  );
}
