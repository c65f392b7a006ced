import type { Completeness } from '@agent-audit/log';
import { type ReactNode, useMemo } from 'react';
import { nowMs } from '../clock.ts';
import { useHistogram, useLossLines } from './queries.ts';
import { agentTerms } from './query-edit.ts';
import { Timeline } from './timeline.tsx';
import { gapMarks, lossMarks, silenceMarks } from './timeline-marks.ts';
import type { Explore } from './use-explore.ts';

/** The timeline with all that is known to be missing in it. */
export function TimelinePanel({ explore, completeness }: { explore: Explore; completeness: Completeness | undefined }): ReactNode {
  const { around, isAsked, by, read } = explore;
  const histogram = useHistogram(around, by, isAsked);
  const losses = useLossLines(read.ok ? agentTerms(read.query) : '', around, isAsked);
  const known = histogram.data?.completeness ?? completeness;
  const marks = useMemo(
    () => [
      ...lossMarks(losses.data?.events ?? []),
      ...(known === undefined ? [] : [...gapMarks(known), ...silenceMarks(known, nowMs())]),
    ],
    [losses.data, known],
  );
  if (histogram.data === undefined) {
    return (
      <div className="timeline timeline-blank" aria-busy={histogram.isFetching}>
        {histogram.isError ? 'The timeline could not be read.' : ''}
      </div>
    );
  }
  return (
    <Timeline
      histogram={histogram.data}
      by={by}
      marks={marks}
      furtherGaps={known === undefined ? 0 : known.gaps_total - known.gaps.length}
      completeToMs={known?.complete_to === undefined ? undefined : Date.parse(known.complete_to)}
      onZoom={explore.zoom}
      onOpen={explore.open}
      onBy={explore.setBy}
      onTerm={explore.addTerm}
    />
  );
}
