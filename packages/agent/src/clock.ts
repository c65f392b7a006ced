/** A pending call that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. The only file that asks the machine for it, so that tests can move it by hand. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. It may jump, also backwards. */
  now(): number;
  /** Milliseconds that only grow. */
  monotonicMs(): number;
  /** Calls `fn` once. Only `waited`, for which somebody waits, keeps the process alive. */
  after(delayMs: number, fn: () => void, kind?: 'waited'): Timer;
}

// Taken when this is loaded. A test framework that replaces them later moves its program's time, not the log's: under fake timers
// nothing would be sealed, and flush() would not resolve. Event timestamps are the machine's too.
const { setTimeout: startTimer, clearTimeout: cancelTimer, setImmediate: nextTurn } = globalThis;
const wallMs = Date.now;
const sinceStartMs = performance.now.bind(performance);

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => wallMs(),
  monotonicMs: () => sinceStartMs(),
  after(delayMs, fn, kind) {
    const timer = startTimer(fn, delayMs);
    if (kind !== 'waited') timer.unref();
    return { cancel: () => cancelTimer(timer) };
  },
};

/** Calls a function when the current tick ends. */
export const atEndOfTick: (fn: () => void) => void = process.nextTick.bind(process);

/** Calls `fn` in the next turn of the event loop, and keeps the process alive until then. */
export function soon(fn: () => void): void {
  nextTurn(fn);
}

/** What the promise resolves to, or `late` where the time is up first; what was begun goes on. The process is kept alive meanwhile. */
export async function orLate<T>(clock: Clock, promise: Promise<T>, delayMs: number, late: T): Promise<T> {
  let timer: Timer | undefined;
  const isLate = new Promise<T>((resolve) => {
    timer = clock.after(delayMs, () => resolve(late), 'waited');
  });
  try {
    return await Promise.race([promise, isLate]);
  } finally {
    timer?.cancel();
  }
}

/** RFC 3339, UTC, with milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
