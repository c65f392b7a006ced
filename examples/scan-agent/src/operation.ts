// An operation is a span: it has a start, an end and a duration, and its events carry its ids. What it runs inside is its parent.
import { randomBytes } from 'node:crypto';
import type { Details, EventLogger } from 'agent-audit';

/** What begins. The events are `<type>_started`, then `<type>_completed` or `<type>_failed`; a job that takes too long: `job_timeout`. */
export interface OperationSpec {
  readonly type: 'job' | 'scan' | 'upload';
  readonly details?: Details;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** An operation that runs. */
export interface Operation {
  /** Logs with the ids of this operation. */
  readonly log: EventLogger;
  /** Aborted when the time is over, or when the caller's signal is. */
  readonly signal: AbortSignal;
  /** Facts for the event that ends it. */
  set(details: Details): void;
  /** Runs another one inside. */
  operation<R>(spec: OperationSpec, fn: (inner: Operation) => Promise<R>): Promise<R>;
}

interface Parent {
  readonly traceId: string;
  readonly spanId: string;
  readonly signal: AbortSignal;
}

/** Records the start, runs `fn`, records how it ended; resolves or rejects as `fn` does. */
export async function operation<R>(
  audit: EventLogger,
  spec: OperationSpec,
  fn: (op: Operation) => Promise<R>,
  parent?: Parent,
): Promise<R> {
  const { type, timeoutMs, details = {} } = spec;
  const startedMs = performance.now();
  const durationMs = (): number => Math.round(performance.now() - startedMs);
  const ids = { traceId: parent?.traceId ?? randomBytes(16).toString('hex'), spanId: randomBytes(8).toString('hex') };
  const own = parent === undefined ? ids : { ...ids, parentSpanId: parent.spanId };
  const log = audit.withContext(own);
  const timeout = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)];
  const signal = AbortSignal.any([...timeout, ...[spec.signal, parent?.signal].filter((given) => given !== undefined)]);
  let facts: Details = {};
  log.log({ type: `${type}_started`, message: `${nameOf[type]} started`, details });
  try {
    const result = await fn({
      log,
      signal,
      set: (more) => void (facts = { ...facts, ...more }),
      operation: async (inner, run) => operation(log, inner, run, { ...ids, signal }),
    });
    const message = `${nameOf[type]} completed`;
    log.log({ type: `${type}_completed`, message, durationMs: durationMs(), outcome: 'success', details: facts });
    return result;
  } catch (error) {
    const isLate = isTimeout(signal.reason);
    const end = isLate && type === 'job' ? 'timeout' : 'failed';
    const message = end === 'timeout' ? `${nameOf[type]} timed out after ${timeoutMs} ms` : `${nameOf[type]} failed`;
    const outcome = isLate ? 'timeout' : 'failure';
    log.log({ type: `${type}_${end}`, severity: 'ERROR', message, error, durationMs: durationMs(), outcome, details: facts });
    throw error;
  }
}

const nameOf = { job: 'Job', scan: 'Scan', upload: 'Upload' } as const;

/** Whether this is why a signal is aborted whose time was over. */
export function isTimeout(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}
