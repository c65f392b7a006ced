// What a table shows: what came in above what was found. Pages are kept as they came, for there may be hundreds of them: nothing is copied
// when one more arrives.
import type { EventsAnswer, ReadEvent } from '@agent-audit/log';
import { keyOf } from './event-view.ts';

type Page = Pick<EventsAnswer, 'events'>;

/** Events in the order of a table. */
export class Rows {
  readonly length: number;
  /** Each with the index of its first event. */
  readonly #parts: readonly { readonly start: number; readonly events: readonly ReadEvent[] }[];

  constructor(lists: readonly (readonly ReadEvent[])[]) {
    let length = 0;
    this.#parts = lists.map((events) => {
      const start = length;
      length += events.length;
      return { start, events };
    });
    this.length = length;
  }

  /** The event of a row; undefined where there is no such row. */
  at(index: number): ReadEvent | undefined {
    let low = 0;
    let high = this.#parts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((this.#parts[middle]?.start ?? Infinity) <= index) low = middle;
      else high = middle;
    }
    const part = this.#parts[low];
    return part?.events[index - part.start];
  }

  /** The row of an event; -1 where it is not here. */
  indexOf({ log, seq }: Pick<ReadEvent, 'log' | 'seq'>): number {
    for (const { start, events } of this.#parts) {
      const index = events.findIndex((event) => event.seq === seq && event.log === log);
      if (index >= 0) return start + index;
    }
    return -1;
  }
}

/** Knows which events were found already: what is followed may bring them a second time. Pages are looked at once. */
export class FoundKeys {
  #pages: readonly Page[] = [];
  #keys = new Set<string>();

  /** What of `events` is on none of these pages. */
  without(events: readonly ReadEvent[], pages: readonly Page[]): readonly ReadEvent[] {
    if (events.length === 0) return events;
    const isLonger = this.#pages.every((page, index) => page === pages[index]);
    if (!isLonger) {
      this.#pages = [];
      this.#keys = new Set();
    }
    for (const page of pages.slice(this.#pages.length)) for (const event of page.events) this.#keys.add(keyOf(event));
    this.#pages = pages;
    return events.filter((event) => !this.#keys.has(keyOf(event)));
  }
}
