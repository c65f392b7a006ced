/** Buckets are so much wider than the one before: a value is told to within half of that. */
const growth = 1.02;
const logGrowth = Math.log(growth);

/** How long operations took: their number, the longest, and percentiles to within 1 %, in constant memory. */
export class Durations {
  count = 0;
  /** Milliseconds. */
  maxMs = 0;
  #minMs = Infinity;
  readonly #buckets = new Map<number, number>();

  add(durationMs: number): void {
    this.count++;
    this.maxMs = Math.max(this.maxMs, durationMs);
    this.#minMs = Math.min(this.#minMs, durationMs);
    const bucket = Math.round(Math.log(Math.max(0.01, durationMs)) / logGrowth);
    this.#buckets.set(bucket, (this.#buckets.get(bucket) ?? 0) + 1);
  }

  /** The duration that this share (0 to 1) of all are at most, in milliseconds; 0 where there are none. */
  percentileMs(share: number): number {
    let left = Math.ceil(this.count * share);
    for (const [bucket, count] of [...this.#buckets].toSorted(([a], [b]) => a - b)) {
      left -= count;
      if (left <= 0) return Math.max(this.#minMs, Math.min(this.maxMs, growth ** bucket));
    }
    return 0;
  }
}
