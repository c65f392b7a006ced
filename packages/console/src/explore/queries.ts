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
import { read } from '../api/client.ts';
import { placeOf } from './event-view.ts';

/** What is asked for; the times are fixed. */
export interface Wanted {
  readonly q: string;
  readonly since: string | undefined;
  readonly until: string | undefined;
}

const pageSize = 250;
const barsMax = 90;
/** The cursor of the first page: none. */
const firstPage: string | undefined = undefined;

/** The fields whose values stand beside the events. */
export const facetFields: readonly string[] = ['severity', 'type', 'agent_id', 'job_id', 'outcome', 'details.tool'];

/** Events, page by page. */
export function useEvents(
  wanted: Wanted,
  order: 'asc' | 'desc',
  enabled: boolean,
): UseInfiniteQueryResult<InfiniteData<EventsAnswer, string | undefined>> {
  return useInfiniteQuery({
    queryKey: ['events', wanted, order],
    queryFn: ({ pageParam, signal }) =>
      read(eventsAnswer, eventsPath, { ...wanted, order, limit: pageSize, cursor: pageParam }, signal),
    initialPageParam: firstPage,
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** Counts over time, by severity. */
export function useHistogram(wanted: Wanted, enabled: boolean): UseQueryResult<HistogramAnswer> {
  return useQuery({
    queryKey: ['histogram', wanted],
    queryFn: ({ signal }) => read(histogramAnswer, histogramPath, { ...wanted, by: 'severity', bars: barsMax }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** How many events there are. */
export function useCount(wanted: Wanted, enabled: boolean): UseQueryResult<number> {
  return useQuery({
    queryKey: ['count', wanted],
    queryFn: async ({ signal }) => (await read(countAnswer, countPath, { ...wanted }, signal)).count,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** The most frequent values of fields. */
export function useFacets(wanted: Wanted, enabled: boolean): UseQueryResult<FacetsAnswer> {
  return useQuery({
    queryKey: ['facets', wanted],
    queryFn: ({ signal }) => read(facetsAnswer, facetsPath, { ...wanted, fields: facetFields.join(','), limit: 8 }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    enabled,
  });
}

/** Values of one field, for completion: of all events in the range, whatever the search says. */
export function useValues(field: string | undefined, range: Omit<Wanted, 'q'>): readonly string[] {
  const { data } = useQuery({
    queryKey: ['values', field, range],
    queryFn: ({ signal }) => read(facetsAnswer, facetsPath, { ...range, fields: field, limit: 50 }, signal),
    staleTime: 60_000,
    enabled: field !== undefined,
  });
  return data?.facets[0]?.values.map(({ value }) => value) ?? [];
}

/** Lines of which the logs themselves say that events were lost. */
export function useLossLines(range: Omit<Wanted, 'q'>): UseQueryResult<EventsAnswer> {
  return useQuery({
    queryKey: ['losses', range],
    queryFn: ({ signal }) => read(eventsAnswer, eventsPath, { ...range, q: 'type:log.loss', order: 'desc', limit: 200 }, signal),
    placeholderData: keepPreviousData,
    staleTime: Infinity,
  });
}

const placesPerPage = 1000;
const pagesMax = 10;

/** Reads what a search finds to its end, and keeps the lines of one log. */
async function linesOfLog(q: string, log: string, signal: AbortSignal): Promise<readonly ReadEvent[]> {
  const found: ReadEvent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const answer = await read(eventsAnswer, eventsPath, { q, order: 'asc', limit: placesPerPage, cursor }, signal);
    found.push(...answer.events.filter((event) => event.log === log));
    cursor = answer.next;
    if (cursor === undefined) break;
  }
  return found.toSorted((left, right) => left.seq - right.seq);
}

/** One event by its place; null where it is not here, or not to be seen. */
export function useEventAt(key: string, known: ReadEvent | undefined): UseQueryResult<ReadEvent | null> {
  const { log, seq } = placeOf(key);
  return useQuery({
    queryKey: ['event', key],
    queryFn: async ({ signal }) => (await linesOfLog(`seq:${seq}`, log, signal))[0] ?? null,
    staleTime: Infinity,
    ...(known === undefined ? {} : { initialData: known }),
  });
}

/** The lines of the same log around one, itself among them. */
export function useNeighbours({ log, seq }: ReadEvent, each: number): UseQueryResult<readonly ReadEvent[]> {
  return useQuery({
    queryKey: ['neighbours', log, seq, each],
    queryFn: ({ signal }) => linesOfLog(`seq:>=${Math.max(0, seq - each)} seq:<=${seq + each}`, log, signal),
    staleTime: Infinity,
  });
}
