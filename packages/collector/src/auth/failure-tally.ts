import type { Clock, Timer } from '../clock.ts';
import type { Journal, JournalEntry } from '../own-log/journal.ts';

const windowMs = 60_000;
/** Different failures that are told apart within one window, unless it is said otherwise. */
const keysByDefault = 200;
const others = 'others';

interface Tally {
  readonly entry: JournalEntry;
  count: number;
}

/**
 * Writes failures into the journal without letting whoever fails fill it: the first of a kind at once, and what follows within a minute as
 * one entry with its count.
 */
export class FailureTally {
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #keysMax: number;
  #tallies = new Map<string, Tally>();
  #timer: Timer | undefined;

  constructor(journal: Journal, clock: Clock, keysMax: number = keysByDefault) {
    this.#journal = journal;
    this.#clock = clock;
    this.#keysMax = keysMax;
  }

  /** @param key what tells this kind of failure from others: the address, the reason, the token's id */
  add(key: string, entry: JournalEntry): void {
    const known = this.#tallies.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#tallies.size >= this.#keysMax) {
      const message = `${entry.type}: many kinds, not told apart`;
      const rest = this.#tallies.get(others) ?? { entry: { type: entry.type, severity: 'WARN', message }, count: 0 };
      rest.count++;
      this.#tallies.set(others, rest);
      return;
    }
    this.#journal.record(entry);
    this.#tallies.set(key, { entry, count: 0 });
    this.#timer ??= this.#clock.after(windowMs, () => this.settle());
  }

  /** Writes what was counted so far, and begins anew. */
  settle(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const { entry, count } of this.#tallies.values()) {
      if (count === 0) continue;
      const message = `${entry.message} (${count} more within a minute)`;
      this.#journal.record({ ...entry, message, details: { ...entry.details, count } });
    }
    this.#tallies = new Map();
  }
}
