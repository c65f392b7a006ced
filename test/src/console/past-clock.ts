// A clock that lies behind the machine's and catches up in leaps, so that agents of tests have a past of minutes which nobody waited for.

interface Pending {
  readonly dueMs: number;
  readonly run: () => void;
}

/** Between two leaps it stands, however slow the machine is. Its timers run when they are due by it, or in the time of the machine. */
export class PastClock {
  readonly #beganMs: number;
  #passedMs = 0;
  readonly #pending = new Set<Pending>();

  /** It begins so many milliseconds ago. */
  constructor(behindMs: number) {
    this.#beganMs = Date.now() - behindMs;
  }

  now(): number {
    return Math.round(this.#beganMs + this.#passedMs);
  }

  monotonicMs(): number {
    return this.#passedMs;
  }

  after(delayMs: number, fn: () => void, kind?: 'waited'): { cancel(): void } {
    const run = (): void => {
      cancel();
      fn();
    };
    const pending = { dueMs: this.monotonicMs() + delayMs, run };
    const timer = setTimeout(run, delayMs);
    if (kind !== 'waited') timer.unref();
    const cancel = (): void => {
      clearTimeout(timer);
      this.#pending.delete(pending);
    };
    this.#pending.add(pending);
    return { cancel };
  }

  /** Leaps ahead; timers that fall due go off, in order. */
  pass(ms: number): void {
    const untilMs = this.monotonicMs() + ms;
    for (;;) {
      const [next] = [...this.#pending].filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs);
      if (next === undefined) break;
      this.#leap(next.dueMs - this.monotonicMs());
      next.run();
    }
    this.#leap(untilMs - this.monotonicMs());
  }

  /** Leaps to so long ago. */
  passTo(behindMs: number): void {
    this.pass(Date.now() - behindMs - this.now());
  }

  #leap(ms: number): void {
    this.#passedMs = Math.min(this.#passedMs + Math.max(0, ms), Date.now() - this.#beganMs);
  }
}
