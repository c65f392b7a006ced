// The one place that tells the time and waits for it.

/** Milliseconds since 1970, by the browser's clock. */
export function nowMs(): number {
  return Date.now();
}

/** Calls `run` once, after `delayMs`, unless what it returns is called before. */
export function after(delayMs: number, run: () => void): () => void {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
}
