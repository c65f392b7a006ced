// What Explore asks the collector. A range that ends now is fixed when it is first asked for: cursors go with the request that they came
// from, and table, timeline and facets must tell of the same time.
import {
  countAnswer,
  countPath,
  type EventsAnswer,
  eventsAnswer,
  eventsPath,
  facetsAnswer,
  type FacetsAnswer,
  facetsPath,
  histogramAnswer,
  type HistogramAnswer,
  histogramPath,
  linesAnswer,
  type LinesAnswer,
  linesPath,
  readEventsMax,
  type ReadEvent,
} from '@agent-audit/log';
import {
  type InfiniteData,
  keepPreviousData,
  useInfiniteQuery,
  type UseInfiniteQueryResult,
  useQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import { type Parameters, read } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { type Absence, absenceOf, type Place, placesOf } from './around.ts';
import { placeOf } from './event-view.ts';
import type { TimelineBy } from './timeline-series.ts';

/** What is asked for; the times are fixed. */
export interface Wanted {
  readonly q: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
  /** How often it was asked for again: what has come since then belongs to the answer, and is asked for anew. */
  readonly round: number;
}

/** The same as parameters of a request. */
export function parametersOf({ q, since, until }: Wanted): Parameters {
  return { q: q === '' ? undefined : q, since, until };
}

/** Events of the first page, which is waited for, and of those behind it, which are there before they are scrolled to. */
const firstPageSize = 100;
const pageSize = 500;
const barsMax = 90;
/** The cursor of the first page: none. */
const firstPage: string | undefined = undefined;

/** Fields whose values stand beside the events. */
export const quickFields: readonly string[] = ['severity', 'type', 'agent_id', 'job_id', 'outcome'];
/** More of them, for which a collector must read every line. */
export const slowFields: readonly string[] = ['details.tool'];

/** Events, page by page. */
export function useEvents(
  wanted: Wanted,
  order: 'asc' | 'desc',
  enabled: boolean,
): UseInfiniteQueryResult<InfiniteData<EventsAnswer, string | undefined>> {
  return useInfiniteQuery({
    queryKey: ['events', wanted, order],
    queryFn: ({ pageParam: cursor, signal }) => {
      const limit = cursor === firstPage ? firstPageSize : pageSize;
      return read(eventsAnswer, eventsPath, { ...parametersOf(wanted), order, limit, cursor }, signal);
    },
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    // Comparing what came with all that was there, field by field, would take longer with every page.
    structuralSharing: false,
    enabled,
  });
}

/** Counts over time. */
export function useHistogram(wanted: Wanted, by: TimelineBy, enabled: boolean): UseQueryResult<HistogramAnswer> {
  return useQuery({
    queryKey: ['histogram', wanted, by],
    queryFn: ({ signal }) => read(histogramAnswer, histogramPath, { ...parametersOf(wanted), by, bars: barsMax }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** How many events there are. */
export function useCount(wanted: Wanted, enabled: boolean): UseQueryResult<number> {
  return useQuery({
    queryKey: ['count', wanted],
    queryFn: async ({ signal }) => (await read(countAnswer, countPath, parametersOf(wanted), signal)).count,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** The most frequent values of fields. */
export function useFacets(wanted: Wanted, fields: readonly string[], enabled: boolean): UseQueryResult<FacetsAnswer> {
  return useQuery({
    queryKey: ['facets', wanted, fields],
    queryFn: ({ signal }) => read(facetsAnswer, facetsPath, { ...parametersOf(wanted), fields: fields.join(','), limit: 8 }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** Values of one field, for completion: of all events in the range, whatever the search says. */
export function useValues(field: string | undefined, range: Pick<Wanted, 'since' | 'until'>): readonly string[] {
  const { data } = useQuery({
    queryKey: ['values', field, range],
    queryFn: ({ signal }) => read(facetsAnswer, facetsPath, { ...range, fields: field, limit: 50 }, signal),
    staleTime: 60_000,
    enabled: field !== undefined,
  });
  return data?.facets[0]?.values.map(({ value }) => value) ?? [];
}

/**
 * Lines of which the logs themselves say that events were lost, the oldest first. Such a line is written after what it tells of: those
 * behind the range count as well, for what was lost may lie within.
 * @param agents the search for the agents that are looked at; empty: all
 */
export function useLossLines(agents: string, { since, round }: Wanted, enabled: boolean): UseQueryResult<EventsAnswer> {
  const q = `type:log.loss ${agents}`.trim();
  return useQuery({
    queryKey: ['losses', q, since, round],
    queryFn: ({ signal }) => read(eventsAnswer, eventsPath, { q, since, order: 'asc', limit: readEventsMax }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** Lines [from, to) of a log, however long they are. */
async function readLines(log: string, from: number, to: number, signal: AbortSignal): Promise<Omit<LinesAnswer, 'next'>> {
  const events: ReadEvent[] = [];
  for (let start = from; ; ) {
    const { next, ...answer } = await read(linesAnswer, linesPath(log), { from: start, to }, signal);
    events.push(...answer.events);
    if (next === undefined || next <= start) return { ...answer, events };
    start = next;
  }
}

/** One event, or why it is not here; `unknown`: there is no such log, or it belongs to somebody else. */
export type EventAt = { readonly kind: 'here'; readonly event: ReadEvent } | { readonly kind: 'absent'; readonly why: Absence | 'unknown' };

/** One event by its place. */
export function useEventAt(key: string, known: ReadEvent | undefined): UseQueryResult<EventAt> {
  const { log, seq } = placeOf(key);
  return useQuery({
    queryKey: ['event', key],
    queryFn: async ({ signal }): Promise<EventAt> => {
      try {
        const answer = await readLines(log, seq, seq + 1, signal);
        const [event] = answer.events;
        return event === undefined ? { kind: 'absent', why: absenceOf(answer, seq) } : { kind: 'here', event };
      } catch (error) {
        if (error instanceof Problem && error.code === 'LOG_UNKNOWN') return { kind: 'absent', why: 'unknown' };
        throw error;
      }
    },
    staleTime: Infinity,
    ...(known === undefined ? {} : { initialData: { kind: 'here', event: known } satisfies EventAt }),
  });
}

/** The lines of the same log around one, itself among them, and what is missing between them. */
export function useNeighbours({ log, seq }: ReadEvent, each: number): UseQueryResult<readonly Place[]> {
  const from = Math.max(0, seq - each);
  const to = seq + each + 1;
  return useQuery({
    queryKey: ['neighbours', log, from, to],
    queryFn: async ({ signal }) => placesOf(await readLines(log, from, to, signal), from, to),
  });
}
