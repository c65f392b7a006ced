import { constants } from 'node:os';

/** What a process was told by a signal. */
export interface Stopping {
  /** Aborts at the first SIGINT or SIGTERM. */
  readonly signal: AbortSignal;
  /** The exit status that says so, as shells have it: 130 for SIGINT; undefined while there was none. */
  readonly status: () => number | undefined;
}

/** A terminal and npm may both pass on the same Ctrl-C. */
const sameSignalMs = 500;

/**
 * The first signal ends the running jobs, so that the end of each and of the agent is recorded before the log closes. An agent with
 * nothing to end leaves it to the logger: `createLogger({ handleSignals: true })`. A second one ends the process at once.
 */
export function stopOnSignals(): Stopping {
  const stopping = new AbortController();
  let first: { readonly status: number; readonly atMs: number } | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      const nowMs = performance.now();
      if (first !== undefined && nowMs - first.atMs > sameSignalMs) process.exit(first.status);
      first ??= { status: 128 + constants.signals[name], atMs: nowMs };
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  return { signal: stopping.signal, status: () => first?.status };
}
