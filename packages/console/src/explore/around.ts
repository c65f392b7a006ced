// What stands around a line of a log, and why what does not stand there is missing.
import type { LinesAnswer, ReadEvent } from '@agent-audit/log';

/**
 * Why lines are not here · gap: nobody will ever have them here · deleted: by the collector's retention · later: the log is not so long
 * as far as the collector knows · hidden: the reader may not see all of the log, so nobody can say.
 */
export type Absence = 'gap' | 'deleted' | 'later' | 'hidden';

/** A line, or lines [from, to) that are missing. */
export type Place =
  | { readonly kind: 'line'; readonly event: ReadEvent }
  | { readonly kind: 'hole'; readonly from: number; readonly to: number; readonly why: Absence };

/** All of [from, to) in order; what lies beyond the log is left out. */
export function placesOf({ events, gaps, size }: Omit<LinesAnswer, 'next'>, from: number, to: number): readonly Place[] {
  const here = new Map(events.map((event) => [event.seq, event]));
  const places: Place[] = [];
  for (let seq = from; seq < Math.min(to, size ?? to); seq++) {
    const event = here.get(seq);
    const last = places.at(-1);
    if (event !== undefined) {
      places.push({ kind: 'line', event });
      continue;
    }
    const why = absenceOf({ gaps, size }, seq);
    if (last?.kind === 'hole' && last.why === why) places[places.length - 1] = { ...last, to: seq + 1 };
    else places.push({ kind: 'hole', from: seq, to: seq + 1, why });
  }
  // Beyond what they may see, readers of a part learn nothing, not even that there is something.
  if (size === undefined && places.at(-1)?.kind === 'hole') places.pop();
  return places;
}

/** Why a line is not in an answer. */
export function absenceOf({ gaps, size }: Pick<LinesAnswer, 'gaps'> & { readonly size?: number | undefined }, seq: number): Absence {
  if (size === undefined) return 'hidden';
  if (seq >= size) return 'later';
  return gaps.some(({ from, to }) => seq >= from && seq < to) ? 'gap' : 'deleted';
}
