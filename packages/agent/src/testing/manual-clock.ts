import type { Clock, Timer } from '../clock.ts';

interface Pending {
  readonly dueMs: number;
  readonly fn: () => void;
}

/** A clock that stands still until it is moved. */
export class ManualClock implements Clock {
  #nowMs: number;
  #monotonicMs = 0;
  readonly #timers = new Set<Pending>();

  /** Starts at this time, ms since the epoch. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#nowMs = startMs;
  }

  now(): number {
    return this.#nowMs;
  }

  monotonicMs(): number {
    return this.#monotonicMs;
  }

  after(delayMs: number, fn: () => void): Timer {
    const pending = { dueMs: this.#monotonicMs + Math.max(0, delayMs), fn };
    this.#timers.add(pending);
    return { cancel: () => void this.#timers.delete(pending) };
  }

  /** Lets time pass; timers that fall due are called, in order, each at its own time. */
  advance(ms: number): void {
    const untilMs = this.#monotonicMs + ms;
    for (;;) {
      const next = [...this.#timers].filter(({ dueMs }) => dueMs <= untilMs).toSorted((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#pass(next.dueMs - this.#monotonicMs);
      next.fn();
    }
    this.#pass(untilMs - this.#monotonicMs);
  }

  /** Time passes while nothing runs, as in a process that is stopped: what falls due meanwhile is called at the end. */
  pause(ms: number): void {
    this.#pass(ms);
    this.advance(0);
  }

  /** The wall clock is set, forwards or backwards. No time passes. */
  jump(ms: number): void {
    this.#nowMs += ms;
  }

  #pass(ms: number): void {
    if (ms <= 0) return;
    this.#nowMs += ms;
    this.#monotonicMs += ms;
  }
}
