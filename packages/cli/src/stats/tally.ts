/** Counts texts in bounded memory: where there are too many different ones, the rarest so far are forgotten, and count as others. */
export class Tally {
  /** What was counted for texts that had to be forgotten. */
  others = 0;
  readonly #capacity: number;
  readonly #counts = new Map<string, number>();

  constructor(capacity = 10_000) {
    this.#capacity = capacity;
  }

  add(text: string): void {
    this.#counts.set(text, (this.#counts.get(text) ?? 0) + 1);
    if (this.#counts.size > this.#capacity) this.#forget();
  }

  /** The texts, the most frequent first. */
  sorted(): [text: string, count: number][] {
    return [...this.#counts].toSorted(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  #forget(): void {
    for (const [text, count] of this.sorted().slice(this.#capacity >> 1)) {
      this.#counts.delete(text);
      this.others += count;
    }
  }
}
