// The methods that log. A Logger is one, and so is what withContext() gives.
import { type AuditEvent, type Details, EventType, type Outcome, Severity as Severities } from '@agent-audit/log';
import type { Catalog, DetailsOf, Tail, TypeOf } from './catalog.ts';
import { type Context, mergeScopes } from './context.ts';
import type { Core } from './core.ts';
import { type Scope, textOf } from './encode/index.ts';
import { membersOf } from './members.ts';
import { type OperationSpec, RunningOperation } from './operation.ts';

/** An event as `log()` takes it; its type and details are checked against the catalog. */
export type EventOf<C extends Catalog, T extends string> = Omit<AuditEvent, 'type' | 'details' | 'error'> &
  DetailsMember<C, T> & {
    readonly type: T;
    /** The error's text, or any thrown value. */
    readonly error?: unknown;
  };

type DetailsMember<C extends Catalog, T extends string> =
  {} extends DetailsOf<C, T> ? { readonly details?: DetailsOf<C, T> | undefined } : { readonly details: DetailsOf<C, T> };

/** What `operation()` begins; its details are checked against the catalog's `<type>_started`. */
export type OperationSpecOf<C extends Catalog, T extends string> = Omit<OperationSpec, 'type' | 'details'> &
  DetailsMember<C, `${T}_started`> & { readonly type: T };

/**
 * Records events, each with the ids of its context. Every method returns the event's seq, or undefined while the event waits for
 * a disk that refuses. None throws on what it is given; see `failClosed` for the exception.
 */
export class EventLogger<C extends Catalog = {}> {
  readonly #core: Core;
  readonly #scope: Scope | undefined;
  /** Of the operation that this logger is of: what begins through it ends with it. */
  readonly #signal: AbortSignal | undefined;

  /** Made by `createLogger`, `withContext` and `operation`. */
  constructor(core: Core, scope: Scope | undefined, signal?: AbortSignal) {
    this.#core = core;
    this.#scope = scope;
    this.#signal = signal;
  }

  /** Records an event with any of its fields. Time, severity (INFO), agent and tenant are set where missing. */
  log<T extends TypeOf<C>>(event: EventOf<C, T>): number | undefined {
    return this.#core.log(event, this.#scope);
  }

  /** The same, and durable when it returns: synced on this thread, not yet sealed. Throws NOT_DURABLE where it is not. */
  logSync<T extends TypeOf<C>>(event: EventOf<C, T>): number {
    return this.#core.logSync(event, this.#scope);
  }

  debug<T extends TypeOf<C>>(type: T, message: string, ...details: Tail<C, T>): number | undefined {
    return this.#core.record(type, Severities.Debug, message, undefined, details[0], this.#scope);
  }

  info<T extends TypeOf<C>>(type: T, message: string, ...details: Tail<C, T>): number | undefined {
    return this.#core.record(type, Severities.Info, message, undefined, details[0], this.#scope);
  }

  warn<T extends TypeOf<C>>(type: T, message: string, ...details: Tail<C, T>): number | undefined {
    return this.#core.record(type, Severities.Warn, message, undefined, details[0], this.#scope);
  }

  /** Severity ERROR. `error` may be any thrown value: its message is kept, with its chain of causes. */
  error<T extends TypeOf<C>>(type: T, message: string, error?: unknown, details?: DetailsOf<C, T>): number | undefined {
    return this.#core.record(type, Severities.Error, message, error, details, this.#scope);
  }

  /** Severity CRITICAL. */
  critical<T extends TypeOf<C>>(type: T, message: string, ...details: Tail<C, T>): number | undefined {
    return this.#core.record(type, Severities.Critical, message, undefined, details[0], this.#scope);
  }

  /** A job begins: `Job started: <type>`. */
  jobStarted(jobId: string, jobType: string, details?: Details): number | undefined {
    const message = `Job started: ${textOf(jobType)}`;
    return this.#core.log({ type: EventType.JobStarted, jobId, message, details: withMember(details, 'job_type', jobType) }, this.#scope);
  }

  /** A job has ended well, after so many milliseconds. */
  jobCompleted(jobId: string, durationMs: number, details?: Details): number | undefined {
    return this.#core.log({ type: EventType.JobCompleted, jobId, message: 'Job completed successfully', durationMs, details }, this.#scope);
  }

  /** A job has failed. */
  jobFailed(jobId: string, error?: unknown, details?: Details): number | undefined {
    const event = { type: EventType.JobFailed, severity: Severities.Error, jobId, message: 'Job failed', error, details };
    return this.#core.log(event, this.#scope);
  }

  /** Chunk `chunkIndex` (from 0) of a report is uploaded; its size in bytes. */
  chunkUploaded(reportId: string, chunkIndex: number, totalChunks: number, sizeBytes: number): number | undefined {
    const ordinal = typeof chunkIndex === 'number' ? chunkIndex + 1 : chunkIndex;
    const message = `Chunk ${textOf(ordinal)}/${textOf(totalChunks)} uploaded`;
    const details = { chunk_index: chunkIndex, total_chunks: totalChunks, size_bytes: sizeBytes };
    return this.#core.log({ type: EventType.ChunkUploaded, reportId, message, details }, this.#scope);
  }

  /** The agent slows down, and why: severity WARN. */
  resourceThrottle(reason: string, metrics?: Details): number | undefined {
    const message = `Resource throttling activated: ${textOf(reason)}`;
    return this.#core.log({ type: EventType.ResourceThrottle, severity: Severities.Warn, message, details: metrics }, this.#scope);
  }

  /** A logger whose events carry these ids; what it leaves open is inherited. */
  withContext(context: Context): EventLogger<C> {
    return new EventLogger<C>(this.#core, mergeScopes(this.#scope, context), this.#signal);
  }

  /**
   * Does the work `fn` between two events with the same `trace_id` and `span_id`, and resolves or rejects as it does. Everything
   * that it logs, through any logger of this log, carries these ids too; an operation within has this one as its parent.
   *
   * `<type>_started` is durable and sealed before `fn` is called. Where that cannot be had, at once or within 5,000 ms, `fn` runs all
   * the same, `onError` gets NOT_DURABLE and `health().operations.undurable` counts it; with `failClosed` it does not run. Then
   * `<type>_completed` (outcome success, durationMs), or `<type>_failed` with the error that is thrown on, severity ERROR. After
   * `timeoutMs` the promise rejects with a TimeoutError, whatever `fn` does: `job_timeout`, `<type>_timeout` for types of your own,
   * `scan_failed` and `upload_failed` with the outcome timeout. What work that ignores its signal comes to later, `onError` is told
   * (ABORTED). Operations that are called off together end from the innermost outwards. A signal that is aborted already: `fn` is not
   * called, and both events say so. The last event is sealed soon after, like any other; with `failClosed` before the promise resolves.
   * After stop() `fn` runs, unrecorded, but for `failClosed`.
   * @throws AuditError NOT_RECORDED with `failClosed`, and otherwise what `fn` throws, or why it was aborted
   */
  async operation<R, T extends string = string>(
    spec: OperationSpecOf<C, T>,
    fn: (operation: Operation<C>) => R | PromiseLike<R>,
  ): Promise<R> {
    const running = new RunningOperation(this.#core, this.#scope, this.#signal, spec);
    return running.run(() => fn(new Operation<C>(this.#core, running)));
  }
}

/** An operation that runs: a logger with its ids. */
export class Operation<C extends Catalog = {}> extends EventLogger<C> {
  readonly #running: RunningOperation;

  /** Made by `operation`. */
  constructor(core: Core, running: RunningOperation) {
    super(core, running.scope, running.signal);
    this.#running = running;
  }

  /** 32 hexadecimal digits, unless those around it have others. */
  get traceId(): string {
    return this.#running.ids.traceId;
  }

  /** 16 hexadecimal digits. */
  get spanId(): string {
    return this.#running.ids.spanId;
  }

  /** Aborted when the time is over, when the caller's signal is, or that of the operation it was begun through. */
  get signal(): AbortSignal {
    return this.#running.signal;
  }

  /** Details for the event that ends it; what is set later takes the place of earlier members. */
  set(details: Details): void {
    this.#running.set(details);
  }

  /**
   * How it ends where nothing is thrown: any outcome but success makes it `<type>_failed`. Where something is thrown, an outcome
   * but success stands beside the error.
   */
  setOutcome(outcome: Outcome, message?: string): void {
    this.#running.setOutcome(outcome, message);
  }
}

/** The caller's details with one member more. */
function withMember(details: unknown, name: string, value: unknown): unknown {
  return { ...Object.fromEntries(membersOf(details)), [name]: value };
}
