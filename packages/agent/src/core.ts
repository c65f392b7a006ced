// Between the methods that log and the session that records: what is missing in an event, what its schema says to it, who sees it.
import { isReservedType, Severity } from '@agent-audit/log';
import { type Catalog, type StandardSchemaV1, validate } from './catalog.ts';
import { type Clock, orLate } from './clock.ts';
import { showEvent } from './console-line.ts';
import { AmbientContext, mergeScopes } from './context.ts';
import { type EncodableEvent, isKeyed, read, type Scope, textOf } from './encode/index.ts';
import { AuditError, messageOf } from './error.ts';
import { Nesting } from './nesting.ts';
import type { ResolvedOptions } from './options.ts';
import type { OperationMark } from './record/open-operations.ts';
import type { Session } from './record/session.ts';
import { loggerStopped } from './record/troubles.ts';
import type { Redactor } from './redact/index.ts';

/** What a core works with. */
export interface CoreParts {
  readonly options: Pick<ResolvedOptions, 'verbose' | 'failClosed' | 'traceContext' | 'redactor'>;
  readonly events: Catalog;
  readonly session: Session;
  readonly clock: Clock;
  readonly report: (error: AuditError) => void;
}

/** What the loggers of one log, the log's own and those of withContext, have in common. */
export class Core {
  readonly ambient: AmbientContext = new AmbientContext();
  readonly nesting: Nesting = new Nesting();
  /** Events that their schema objected to, or whose type is the log's own. They are recorded. */
  invalidEvents = 0;
  /** Operations that ran though their start was not durable. */
  undurableStarts = 0;
  readonly #parts: CoreParts;
  readonly #session: Session;
  readonly #clock: Clock;
  readonly #schemas: ReadonlyMap<string, StandardSchemaV1>;
  /** Nothing stands between an event of the common forms and its line. */
  readonly #isPlain: boolean;

  constructor(parts: CoreParts) {
    this.#parts = parts;
    this.#session = parts.session;
    this.#clock = parts.clock;
    this.#schemas = new Map(Object.entries(parts.events));
    const { verbose, failClosed, traceContext } = parts.options;
    this.#isPlain = this.#schemas.size === 0 && !verbose && !failClosed && traceContext === undefined;
  }

  /** The common forms: the hot path. What is no plain case goes the long way, where nothing about an event is believed. */
  record(type: string, severity: Severity, message: string, error: unknown, details: unknown, scope?: Scope): number | undefined {
    const { recorder } = this.#session;
    if (!this.#isPlain || recorder.state.kind === 'closed' || typeof type !== 'string' || isReservedType(type)) {
      return this.log({ type, severity, message, error, details }, scope);
    }
    return recorder.record(this.#clock.now(), type, severity, message, error, details, this.ambient.under(scope));
  }

  get clock(): Clock {
    return this.#clock;
  }

  get failClosed(): boolean {
    return this.#parts.options.failClosed;
  }

  /** Any event. */
  log(given: EncodableEvent, scope: Scope | undefined): number | undefined {
    if (this.failClosed) this.#requireWriting();
    const seq = this.recordMarked(given, scope);
    if (this.failClosed) this.#requireWriting();
    return seq;
  }

  /** The same without a look at failClosed, and never throws. `mark`: the line begins or ends an operation. */
  recordMarked(given: EncodableEvent, scope: Scope | undefined, mark?: OperationMark): number | undefined {
    const { recorder } = this.#session;
    if (recorder.state.kind === 'closed' || (mark !== undefined && this.#session.isClosed)) {
      const type = textOf(read(given, 'type'));
      this.#parts.report(new AuditError('LOGGER_STOPPED', 'drop', `an event of type ${type} came after stop(); it is not recorded`));
      return undefined;
    }
    const now = this.#clock.now();
    const event = this.#checked(given);
    if (this.#parts.options.verbose) show(now, event, this.#parts.options.redactor);
    return recorder.recordEvent(now, event, this.scopeOf(scope), mark);
  }

  /** Any event, durable when this returns. What waits for the disk goes first. */
  logSync(event: EncodableEvent, scope: Scope | undefined): number {
    this.#session.recorder.retryNow();
    const seq = this.log(event, scope);
    if (this.#session.recorder.isEncoding) {
      const message = 'not durable yet: it was logged by a getter of another event, and its line comes after that one. flush() makes sure';
      throw new AuditError('NOT_DURABLE', 'retry', message);
    }
    this.#session.syncNow();
    if (seq !== undefined) return seq;
    const message = 'not durable yet: the event waited for the disk, and has its line now. flush() makes sure';
    throw new AuditError('NOT_DURABLE', 'retry', message);
  }

  report(error: AuditError): void {
    this.#parts.report(error);
  }

  /** Waits until all that was logged is durable and sealed, so many milliseconds at most; what stood in the way. */
  async whyNotDurable(waitMsMax: number): Promise<AuditError | undefined> {
    if (this.#session.isClosed) return loggerStopped();
    const next = 'What was logged is sealed when it can be';
    const slow = new AuditError('NOT_DURABLE', 'retry', `the disk took longer than ${waitMsMax} ms. ${next}`);
    const sealed: Promise<AuditError | undefined> = this.#session.seal().then(
      () => undefined,
      (cause: unknown) => (cause instanceof AuditError ? cause : new AuditError('NOT_DURABLE', 'retry', messageOf(cause), { cause })),
    );
    return orLate(this.#clock, sealed, waitMsMax, slow);
  }

  /** Whether the first line of this operation is in the log. */
  hasStarted(spanId: string): boolean {
    return this.#session.operations.has(spanId);
  }

  /** failClosed: all that was logged is with the operating system, or the caller must not go on. */
  #requireWriting(): void {
    const { recorder } = this.#session;
    recorder.retryNow();
    const { state } = recorder;
    if (state.kind === 'writing') return;
    const cause = state.kind === 'refusing' ? state.error : new AuditError('LOGGER_STOPPED', 'stop', 'the logger was stopped');
    throw new AuditError('NOT_RECORDED', 'stop', `the event is not recorded (failClosed): ${cause.message}`, { cause });
  }

  /** The ids of whatever is logged now through a logger with this scope. */
  scopeOf(scope: Scope | undefined): Scope | undefined {
    return mergeScopes(this.#traced(), this.ambient.under(scope));
  }

  #traced(): Scope | undefined {
    const { traceContext } = this.#parts.options;
    if (traceContext === undefined) return undefined;
    try {
      return traceContext();
    } catch {
      // The tracer is the caller's code; an event without a trace is better than none.
      return undefined;
    }
  }

  /** The event, or what stands for it with the objections to it. Its members may be getters, and anything. */
  #checked(given: EncodableEvent): EncodableEvent {
    const event: EncodableEvent = isKeyed(given) ? given : { type: '', message: textOf(given) };
    const type = textOf(read(event, 'type'));
    // The log's own types are not a caller's to use: nobody else may seem to open, close or prune it.
    if (isReservedType(type)) return this.#marked(event, type.replace('log.', 'log_'), [`type: ${type} is one of the log's own`]);
    const objections = this.#objections(type, event);
    return objections.length === 0 ? event : this.#marked(event, type, objections);
  }

  #marked(event: EncodableEvent, type: string, objections: readonly string[]): EncodableEvent {
    this.invalidEvents++;
    // A validator may quote what it objects to; the line's own are redacted when it is written.
    const told = objections.map((objection) => this.#parts.options.redactor?.text(objection) ?? objection);
    const message = `an event of type ${type} was recorded, marked invalid: ${told.join('; ')}`;
    this.#parts.report(new AuditError('EVENT_INVALID', 'drop', message));
    // All else shows through, unread: a copy would run the getters of the caller's event, and must not throw where they do.
    const marked: unknown = Object.create(event, { type: { value: type }, invalid: { value: objections } });
    return isEvent(marked) ? marked : event;
  }

  #objections(type: string, event: EncodableEvent): readonly string[] {
    const schema = this.#schemas.get(type);
    if (schema === undefined) return [];
    const validation = validate(schema, read(event, 'details'));
    switch (validation.kind) {
      case 'valid':
        return [];
      case 'invalid':
        return validation.issues;
      case 'async':
        this.#parts.report(schemaAsync(type));
        return [];
    }
  }
}

/** Whatever has members can be read as an event; the encoder believes none of them. */
function isEvent(value: unknown): value is EncodableEvent {
  return isKeyed(value);
}

function schemaAsync(type: string): AuditError {
  return new AuditError('SCHEMA_ASYNC', 'drop', `the schema of ${type} is asynchronous; its events are recorded unchecked`);
}

function show(timeMs: number, event: EncodableEvent, redactor: Redactor | undefined): void {
  const severity = textOf(read(event, 'severity')) || Severity.Info;
  const shown = (name: 'message' | 'error'): string => {
    const text = textOf(read(event, name));
    return redactor?.field(name, text) ?? text;
  };
  showEvent({ timeMs, severity, type: textOf(read(event, 'type')), message: shown('message'), error: shown('error') });
}
