import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import type { Rate } from './limits.ts';

interface Bucket {
  tokens: number;
  atMs: number;
}

/** Full buckets are forgotten when there are more than so many: what they say, a new one says too. */
const bucketsMax = 10_000;

/** A bucket for each token of the collector. */
export class RateLimiter {
  readonly #clock: Clock;
  readonly #rate: Rate;
  readonly #what: string;
  readonly #buckets = new Map<string, Bucket>();

  constructor(clock: Clock, rate: Rate, what: string) {
    this.#clock = clock;
    this.#rate = rate;
    this.#what = what;
  }

  /**
   * Takes one.
   * @throws Refusal RATE_LIMITED, saying when to come again
   */
  take(key: string): void {
    const { perSecond, burst } = this.#rate;
    const nowMs = this.#clock.monotonicMs();
    const bucket = this.#buckets.get(key) ?? { tokens: burst, atMs: nowMs };
    bucket.tokens = Math.min(burst, bucket.tokens + ((nowMs - bucket.atMs) * perSecond) / 1000);
    bucket.atMs = nowMs;
    this.#buckets.set(key, bucket);
    if (bucket.tokens < 1) {
      const retryAfterSeconds = Math.max(1, Math.ceil((1 - bucket.tokens) / perSecond));
      const message = `too many ${this.#what} with this token; come again in ${retryAfterSeconds} s`;
      throw new Refusal('RATE_LIMITED', message, { retryAfterSeconds });
    }
    bucket.tokens--;
    if (this.#buckets.size > bucketsMax) this.#forgetFull(nowMs);
  }

  #forgetFull(nowMs: number): void {
    const { perSecond, burst } = this.#rate;
    for (const [key, { tokens, atMs }] of this.#buckets) {
      if (tokens + ((nowMs - atMs) * perSecond) / 1000 >= burst) this.#buckets.delete(key);
    }
  }
}
