/** More buckets than any terminal has columns. */
const bucketsMax = 2_048;

/** How many events there were when, in constant memory: buckets of time that grow wider as the times lie further apart. */
export class TimeCounts {
  /** Milliseconds; NaN where no event says a time. */
  firstMs: number = NaN;
  lastMs: number = NaN;
  #widthMs = 1;
  #counts = new Map<number, number>();

  add(timeMs: number): void {
    if (Number.isNaN(timeMs)) return;
    if (!(timeMs >= this.firstMs)) this.firstMs = timeMs;
    if (!(timeMs <= this.lastMs)) this.lastMs = timeMs;
    const bucket = Math.floor(timeMs / this.#widthMs);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + 1);
    while (this.#counts.size > bucketsMax) this.#widen();
  }

  /** The numbers of events in `columns` equal parts of the time from the first to the last. */
  columns(columns: number): number[] {
    const counts = Array.from({ length: columns }, () => 0);
    const spanMs = Math.max(1, this.lastMs - this.firstMs);
    for (const [bucket, count] of this.#counts) {
      const middleMs = (bucket + 0.5) * this.#widthMs;
      const column = Math.min(columns - 1, Math.max(0, Math.floor(((middleMs - this.firstMs) / spanMs) * columns)));
      counts[column] = (counts[column] ?? 0) + count;
    }
    return counts;
  }

  #widen(): void {
    this.#widthMs *= 2;
    const wider = new Map<number, number>();
    for (const [bucket, count] of this.#counts) {
      const half = Math.floor(bucket / 2);
      wider.set(half, (wider.get(half) ?? 0) + count);
    }
    this.#counts = wider;
  }
}
