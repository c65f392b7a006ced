/** A pending call that can be taken back. */
export interface Timer {
  cancel(): void;
}

/** Where time comes from. The only file of the collector that asks the machine for it, so that tests can move it by hand. */
export interface Clock {
  /** Wall time, milliseconds since the epoch. It may jump, also backwards. */
  now(): number;
  /** Milliseconds that only grow. */
  monotonicMs(): number;
  /** Calls `fn` once. A pending call alone never keeps the process alive. */
  after(delayMs: number, fn: () => void): Timer;
}

// Taken when this is loaded, so that fake timers of a test framework leave a collector of the same process alone.
const { setTimeout: startTimer, clearTimeout: cancelTimer, setImmediate: startTurn } = globalThis;
const wallMs = Date.now;
const sinceStartMs = performance.now.bind(performance);

/** The machine's own clock. */
export const systemClock: Clock = {
  now: () => wallMs(),
  monotonicMs: () => sinceStartMs(),
  after(delayMs, fn) {
    const timer = startTimer(fn, delayMs);
    timer.unref();
    return { cancel: () => cancelTimer(timer) };
  },
};

/** Resolves in the next turn of the event loop: long work lets others go first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    startTurn(resolve);
  });
}
