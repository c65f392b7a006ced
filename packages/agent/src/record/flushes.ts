// Who waits for durability.
interface Flush {
  readonly target: number;
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Those who wait for a checkpoint. All who wait for the same size share one promise: 256 callers in a tick cost one. */
export class Flushes {
  /** By target, which only grows. */
  #waiting: Flush[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A promise for the first checkpoint that covers so many lines. */
  wait(target: number): Promise<void> {
    const last = this.#waiting.at(-1);
    if (last?.target === target) return last.promise;
    const { promise, resolve, reject } = withResolvers();
    this.#waiting.push({ target, promise, resolve, reject });
    return promise;
  }

  /** A checkpoint covers so many lines. */
  resolve(sealed: number): void {
    let count = 0;
    for (const flush of this.#waiting) {
      if (flush.target > sealed) break;
      flush.resolve();
      count++;
    }
    if (count > 0) this.#waiting.splice(0, count);
  }

  /** Something that they wait for could not be kept. */
  reject(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flush of waiting) flush.reject(error);
  }
}

function withResolvers(): { promise: Promise<void>; resolve: () => void; reject: (error: Error) => void } {
  let resolve = (): void => {};
  let reject = (_error: Error): void => {};
  const promise = new Promise<void>((onResolve, onReject) => {
    resolve = onResolve;
    reject = onReject;
  });
  return { promise, resolve, reject };
}
