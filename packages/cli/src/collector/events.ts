// Events of a collector, page by page, as the commands take those of a log.
import { type Completeness, type EventsAnswer, eventsAnswer, eventsPath, type ReadEvent, readEventsMax } from '@agent-audit/log';
import { and, type FieldClause, print } from '@agent-audit/search';
import type { SourcedLine } from '../printer.ts';
import { inert } from '../text.ts';
import type { BoundedSearch } from '../search-options.ts';
import type { Collector, Parameters } from './client.ts';

/** Pages of events; a page is asked for when the one before has been taken. */
export async function* pagesOf(
  collector: Collector,
  search: Parameters,
  { order, limit = Infinity }: { readonly order: 'asc' | 'desc'; readonly limit?: number },
): AsyncGenerator<EventsAnswer, void, undefined> {
  let left = limit;
  let cursor: string | undefined;
  do {
    const page = await collector.get(eventsAnswer, eventsPath, { ...search, order, limit: Math.min(left, readEventsMax), cursor });
    yield page;
    left -= page.events.length;
    // A page without events and with a next one would be asked for again and again.
    cursor = page.events.length === 0 ? undefined : page.next;
  } while (cursor !== undefined && left > 0);
}

/** A search as a collector is asked it. Its times are whole milliseconds: a finer one becomes a part of the search. */
export function parametersOf({ search, query, since, until }: BoundedSearch): Parameters {
  const finer = (['ge', 'lt'] as const).flatMap((op): FieldClause[] => {
    const value = op === 'ge' ? since : until;
    return value === undefined || wireTime(value) !== undefined ? [] : [{ kind: 'field', field: 'timestamp', tests: [{ op, value }] }];
  });
  const q = finer.length === 0 ? search : print(and([query, ...finer]));
  return { q: q === '' ? undefined : q, since: wireTime(since), until: wireTime(until) };
}

/** A time to the millisecond, in three digits; undefined where it is finer. */
function wireTime(time: string | undefined): string | undefined {
  const [, seconds, digits = ''] = /^(.*?)(?:\.(\d+))?Z$/.exec(time ?? '') ?? [];
  if (seconds === undefined || /[1-9]/.test(digits.slice(3))) return undefined;
  return `${seconds}.${digits.slice(0, 3).padEnd(3, '0')}Z`;
}

/** An event as the printers take it. */
export function lineOf({ line, agent, marks }: ReadEvent): SourcedLine {
  return { line: Buffer.from(line), source: inert(agent), marks };
}

/** What a run of pages came to. */
export interface Found {
  readonly events: number;
  /** Of the first page: what is said of the whole must have been true when it began. */
  readonly completeness: Completeness | undefined;
}
