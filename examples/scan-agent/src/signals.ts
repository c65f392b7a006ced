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
const lookMs = 500;

/**
 * The first signal ends the running jobs, so that the end of each and of the agent is recorded before the log closes. An agent with
 * nothing to end leaves it to the logger: `createLogger({ handleSignals: true })`. A second one ends the process at once.
 */
export function stopOnSignals(): Stopping {
  const stopping = new AbortController();
  let first: { readonly status: number; readonly atMs: number } | undefined;
  const stop = (name: 'SIGINT' | 'SIGTERM'): void => {
    const nowMs = performance.now();
    if (first !== undefined && nowMs - first.atMs > sameSignalMs) process.exit(first.status);
    first ??= { status: 128 + constants.signals[name], atMs: nowMs };
    stopping.abort(new Error(`stopped by ${name}`));
  };
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, stop);
  // It may be told both ways: that is one signal.
  if (process.env['npm_lifecycle_event'] === 'start') whenShellIsGone(() => first === undefined && stop('SIGTERM'));
  return { signal: stopping.signal, status: () => first?.status };
}

/** SIGTERM for `npm start` goes to the shell between npm and this process, which dies of it and tells nobody. */
function whenShellIsGone(stop: () => unknown): void {
  const shell = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === shell) return;
    clearInterval(timer);
    stop();
  }, lookMs).unref();
}
