// How long to wait before the next try, and how fast to go after an outage: a fleet that comes back must not come back at once.

const backoffMsMin = 1_000;
const backoffMsMax = 60_000;
const longBackoffMsMax = 300_000;
/** After so long without success the pauses may grow longer. */
const longOutageMs = 3_600_000;
const retryAfterMsMax = 3_600_000;
const spreadMsMax = 30_000;
const floorMs = 250;

/** How fast lines that had to wait are sent, in bytes a second. */
export const catchUpBytesPerSecond: number = 8 * 1024 * 1024;
/** An outage of so long is followed by catching up at that rate. */
export const outageMs = 60_000;
/** After a start with lines that have waited so long, the first request waits for up to so long. */
export const startSpreadMs = 5_000;

/** A failure, as far as the next try depends on it. */
export interface Failure {
  /** In a row, this one included. */
  readonly tries: number;
  /** Since the first of them. */
  readonly outageMs: number;
  /** What the collector asked for. */
  readonly retryAfterMs: number | undefined;
}

/** Full jitter: anything up to a limit that doubles with each failure. `random` is in [0, 1). */
export function pauseMs({ tries, outageMs: lasting, retryAfterMs }: Failure, random: number): number {
  const most = lasting >= longOutageMs ? longBackoffMsMax : backoffMsMax;
  const limit = Math.min(most, backoffMsMin * 2 ** Math.min(tries - 1, 16));
  const backoff = Math.max(floorMs, limit * random);
  if (retryAfterMs === undefined) return backoff;
  // Asked for by all at the same time: they come back one after another.
  return Math.max(backoff, retryAfterMs + Math.min(spreadMsMax, retryAfterMs / 4) * random);
}

/** Milliseconds that a Retry-After header asks for (RFC 9110 §10.2.3), one hour at most; undefined where it asks for nothing. */
export function readRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  const ms = /^[0-9]{1,9}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(retryAfterMsMax, Math.max(0, ms));
}
