import type { Clock } from '../clock.ts';

const windowMs = 60_000;
/** Addresses that are remembered; the one that was quiet longest is forgotten first. */
const addressesMax = 10_000;

interface Attempts {
  /** Of the clock that does not jump. */
  readonly sinceMs: number;
  count: number;
}

/** Counts wrong tokens by address, minute by minute. */
export class FailedAttempts {
  readonly #clock: Clock;
  readonly #perMinuteMax: number;
  readonly #byAddress = new Map<string, Attempts>();

  constructor(clock: Clock, perMinuteMax: number) {
    this.#clock = clock;
    this.#perMinuteMax = perMinuteMax;
  }

  /** Counts one more; the milliseconds that this address is to wait, 0 while it has not tried too often. */
  add(address: string): number {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#byAddress.get(address);
    const attempts = known !== undefined && nowMs - known.sinceMs < windowMs ? known : { sinceMs: nowMs, count: 0 };
    attempts.count++;
    this.#byAddress.delete(address);
    this.#byAddress.set(address, attempts);
    if (this.#byAddress.size > addressesMax) {
      const [quietest] = this.#byAddress.keys();
      if (quietest !== undefined) this.#byAddress.delete(quietest);
    }
    return attempts.count > this.#perMinuteMax ? attempts.sinceMs + windowMs - nowMs : 0;
  }
}
