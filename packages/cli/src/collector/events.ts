// Events of a collector, page by page, as the commands take those of a log.
import { type Completeness, type EventsAnswer, eventsAnswer, eventsPath, type ReadEvent, readEventsMax } from '@agent-audit/log';
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

/** A search as a collector is asked it. */
export function parametersOf({ search, since, until }: Pick<BoundedSearch, 'search' | 'since' | 'until'>): Parameters {
  return { q: search === '' ? undefined : search, since: wireTime(since), until: wireTime(until) };
}

/** The wire's times have at least milliseconds. */
function wireTime(time: string | undefined): string | undefined {
  return time?.replace(/\.(\d{1,2})Z$/, (_, digits: string) => `.${digits.padEnd(3, '0')}Z`);
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
