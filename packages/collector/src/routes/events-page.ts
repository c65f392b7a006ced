// A page of events, in either direction. Whoever goes back asks the store in the opposite order and turns the page over.
import { eventsAnswer, type EventsAnswer, readAnswerBytesMax, type ReadEvent } from '@agent-audit/log';
import type { EventsRequest, EventStore } from '../store/store.ts';
import { type EventsCursor, formatEventsCursor } from './cursor.ts';
import { eventView } from './event-view.ts';

/** A page, without what is known of its completeness. */
export type Page = Pick<EventsAnswer, 'events' | 'next' | 'previous'>;

/** What a page is asked for with. */
export interface PageRequest {
  readonly request: Omit<EventsRequest, 'after'>;
  readonly cursor: EventsCursor | undefined;
  /** What its cursors go with. */
  readonly cursorRequest: string;
}

/** Beside its events an answer holds at most a completeness: a few hundred logs. */
const eventsBytesMax = readAnswerBytesMax - 512 * 1024;

/** Reads a page. Throws what the store does. */
export async function readPage(store: Pick<EventStore, 'events'>, { request, cursor, cursorRequest }: PageRequest): Promise<Page> {
  const isBack = cursor?.back ?? false;
  const order = isBack === (request.order === 'asc') ? 'desc' : 'asc';
  const found = await store.events({ ...request, order, ...(cursor === undefined ? {} : { after: cursor.key }) });
  const viewed = found.events.map((event) => ({ key: event.key, view: eventView(event) }));
  const kept = viewed.slice(0, fitting(viewed.map(({ view }) => view)));
  const isCut = found.more || kept.length < found.events.length;
  const events = isBack ? kept.toReversed() : kept;
  const next = (isBack || isCut) && events.at(-1);
  const previous = (isBack ? isCut : cursor !== undefined) && events[0];
  return {
    events: events.map(({ view }) => view),
    ...(next ? { next: formatEventsCursor({ key: next.key, back: false }, cursorRequest) } : {}),
    ...(previous ? { previous: formatEventsCursor({ key: previous.key, back: true }, cursorRequest) } : {}),
  };
}

/** How many of them an answer may hold, one at least. */
export function fitting(events: readonly ReadEvent[]): number {
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    bytes += bytesOf(event);
    if (bytes > eventsBytesMax && index > 0) return index;
  }
  return events.length;
}

/** What an event takes in an answer. Only long lines are worth the exact answer: a UTF-16 unit takes up to six bytes. */
function bytesOf(view: ReadEvent): number {
  const around = 1_024;
  return around + (view.line.length < 2_048 ? view.line.length * 6 : Buffer.byteLength(JSON.stringify(view.line)));
}

/** The text of an answer with a page. */
export function formatPage(page: Page, completeness: EventsAnswer['completeness']): string {
  return eventsAnswer.format({ ...page, completeness });
}
