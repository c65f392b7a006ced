import { useEffect, useRef, useState } from 'react';
import { rangeParameters, type TimeRange } from '../app/range.ts';
import { after, nowMs } from '../clock.ts';
import type { Wanted } from './queries.ts';
import type { Tail } from './use-tail.ts';

/** How often what stands around the events is asked for while they come in: each question is a line in the collector's own log. */
const everyMs = 5_000;

/**
 * What the timeline, the count and the values beside the events are asked for with. It is what the events were asked for with; while
 * something comes in its times move on, so that all of the page tells of the same events. While nothing comes in nothing is asked.
 */
export function useAround(wanted: Wanted, { since, until }: TimeRange, tail: Tail | undefined): Wanted {
  const [moved, setMoved] = useState<{ readonly of: Wanted; readonly around: Wanted }>();
  const cancel = useRef<() => void>(undefined);
  const heard = tail?.heard ?? 0;
  useEffect(() => {
    if (heard === 0 || cancel.current !== undefined) return;
    cancel.current = after(everyMs, () => {
      cancel.current = undefined;
      const { since: from } = rangeParameters({ since, until });
      setMoved({ of: wanted, around: { ...wanted, since: from?.toString(), until: new Date(nowMs()).toISOString() } });
    });
  }, [heard, wanted, since, until]);
  useEffect(
    () => () => {
      cancel.current?.();
      cancel.current = undefined;
    },
    [wanted],
  );
  return moved?.of === wanted ? moved.around : wanted;
}
