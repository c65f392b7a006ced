// A store that refuses for good. Whoever waits for it is told that, and not to come again at once: only its operator ends it.
import { DatabaseError } from './db/database.ts';
import { Refusal } from './refusal.ts';

const soonSeconds = 5;
const lateSeconds = 300;

/**
 * The refusal of somebody who needs the store, where it refuses for good; undefined where its failure may pass by itself.
 * @param lastingMs for how long it has refused: the longer, the later the next try
 */
export function storeRefusal(error: unknown, lastingMs: number): Refusal | undefined {
  if (!(error instanceof DatabaseError) || (error.code !== 'DB_DENIED' && error.code !== 'DB_REFUSED')) return undefined;
  const why = error.code === 'DB_DENIED' ? 'the store does not let the collector work' : 'the store refuses what the collector asks of it';
  const next = error.remedy ?? "look into the collector's own log, which has what the store said";
  const retryAfterSeconds = Math.min(lateSeconds, Math.max(soonSeconds, Math.round(lastingMs / 1000)));
  return new Refusal('STORE_REFUSED', `${why}. Its operator must act: ${next}. Nothing that was acknowledged is lost`, {
    retryAfterSeconds,
    cause: error,
  });
}

/** Whether a store refuses, and since when. */
export class StoreRefusals {
  readonly #nowMs: () => number;
  #last: { readonly error: unknown; readonly sinceMs: number } | undefined;

  /** @param nowMs a clock that only grows */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** What it refuses with; undefined where it does what it is told, or fails otherwise. */
  get now(): Refusal | undefined {
    return this.#last === undefined ? undefined : storeRefusal(this.#last.error, this.#nowMs() - this.#last.sinceMs);
  }

  /** The same, where it is the collector that it refuses, and not only what it was asked last: lines that it cannot take, say. */
  get ofCollector(): Refusal | undefined {
    return this.#last?.error instanceof DatabaseError && this.#last.error.code === 'DB_DENIED' ? this.now : undefined;
  }

  /** It failed. */
  failed(error: unknown): void {
    this.#last = { error, sinceMs: this.#last?.sinceMs ?? this.#nowMs() };
  }

  /** It did what it was told. */
  worked(): void {
    this.#last = undefined;
  }
}
