import { Refusal } from '../refusal.ts';

/** Bytes that requests hold in memory, all together. Nobody waits for bytes: who gets none is refused, so nothing can block. */
export class Budget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** How many are held now. */
  get bytes(): number {
    return this.#bytes;
  }

  /** An account for one request. */
  open(): BudgetShare {
    let held = 0;
    return {
      take: (bytes) => {
        if (this.#bytes + bytes > this.#bytesMax) {
          const retryAfterSeconds = 1;
          throw new Refusal('UNAVAILABLE', `the collector holds as many unstored bytes as it may (${this.#bytesMax}); come again`, {
            retryAfterSeconds,
          });
        }
        held += bytes;
        this.#bytes += bytes;
      },
      give: (bytes) => {
        held -= bytes;
        this.#bytes -= bytes;
      },
      [Symbol.dispose]: () => {
        this.#bytes -= held;
        held = 0;
      },
    };
  }
}

/** What one request holds; disposing gives all of it back. */
export interface BudgetShare extends Disposable {
  /** @throws Refusal UNAVAILABLE where there are not so many */
  take(bytes: number): void;
  give(bytes: number): void;
}
