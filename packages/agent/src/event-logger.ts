// The methods that log. A Logger is one, and so is what withContext() gives.
import { type AuditEvent, type Details, EventType, Severity as Severities } from '@agent-audit/log';
import type { Catalog, DetailsOf, Tail, TypeOf } from './catalog.ts';
import { type Context, mergeScopes } from './context.ts';
import type { Core } from './core.ts';
import { isKeyed, read, type Scope, textOf } from './encode/index.ts';

/** An event as `log()` takes it; its type and details are checked against the catalog. */
export type EventOf<C extends Catalog, T extends string> = Omit<AuditEvent, 'type' | 'details' | 'error'> &
  DetailsMember<C, T> & {
    readonly type: T;
    /** The error's text, or any thrown value. */
    readonly error?: unknown;
  };

type DetailsMember<C extends Catalog, T extends string> =
  {} extends DetailsOf<C, T> ? { readonly details?: DetailsOf<C, T> | undefined } : { readonly details: DetailsOf<C, T> };

/**
 * Records events, each with the ids of its context. Every method returns the event's seq, or undefined while the event waits for
 * a disk that refuses. None throws on what it is given; see `failClosed` for the exception.
 */
export class EventLogger<C extends Catalog = {}> {
  readonly #core: Core;
  readonly #scope: Scope | undefined;

  /** Made by `createLogger` and `withContext`. */
  constructor(core: Core, scope: Scope | undefined) {
    this.#core = core;
    this.#scope = scope;
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
    return new EventLogger<C>(this.#core, mergeScopes(this.#scope, context));
  }
}

/** The caller's details with one member more. They are read as the encoder reads: a getter that throws costs its value, not the event. */
function withMember(details: unknown, name: string, value: unknown): unknown {
  if (!isKeyed(details)) return details === undefined || details === null ? { [name]: value } : { value: details, [name]: value };
  return { ...Object.fromEntries(keysOf(details).map((key) => [key, read(details, key)])), [name]: value };
}

function keysOf(details: object): string[] {
  try {
    return Object.keys(details);
  } catch {
    // A proxy's own code.
    return [];
  }
}
