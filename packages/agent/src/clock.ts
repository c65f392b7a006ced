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

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(delayMs, fn, kind) {
    const timer = setTimeout(fn, delayMs);
    if (kind !== 'waited') timer.unref();
    return { cancel: () => clearTimeout(timer) };
  },
};

/** RFC 3339, UTC, with milliseconds. */
export function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
