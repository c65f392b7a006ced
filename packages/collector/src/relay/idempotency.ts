import type { Clock } from '../clock.ts';

const lifeMs = 24 * 3_600_000;
/** Characters of keys and answers that are remembered; the oldest are forgotten first. */
const weightMax = 32 * 1024 * 1024;
const weightOfOne = 500;

interface Remembered<T> {
  readonly atMs: number;
  readonly value: T;
  readonly weight: number;
  /** Of the request that the key came with. */
  readonly fingerprint: string;
}

/** What was answered under a key, for who asks again because the answer did not arrive. For 24 hours, and while this process lives. */
export class Answers<T> {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, Remembered<T>>();
  #weight = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** What stands under a key. `other`: something else was sent under it. */
  find(key: string, fingerprint: string): { readonly kind: 'none' | 'other' } | { readonly kind: 'same'; readonly value: T } {
    const found = this.#byKey.get(key);
    if (found === undefined || this.#clock.monotonicMs() - found.atMs >= lifeMs) return { kind: 'none' };
    return found.fingerprint === fingerprint ? { kind: 'same', value: found.value } : { kind: 'other' };
  }

  /**
   * Remembers, before anything of it is answered.
   * @param size characters of the answer, about
   */
  keep(key: string, fingerprint: string, value: T, size: number): void {
    this.#forget(key);
    const weight = weightOfOne + key.length + size;
    this.#byKey.set(key, { atMs: this.#clock.monotonicMs(), value, weight, fingerprint });
    this.#weight += weight;
    for (const oldest of this.#byKey.keys()) {
      if (this.#weight <= weightMax) break;
      this.#forget(oldest);
    }
  }

  #forget(key: string): void {
    this.#weight -= this.#byKey.get(key)?.weight ?? 0;
    this.#byKey.delete(key);
  }
}
