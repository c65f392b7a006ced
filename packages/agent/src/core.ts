// Between the methods that log and the session that records: what is missing in an event, what its schema says to it, who sees it.
import { isReservedType, Severity } from '@agent-audit/log';
import { type Catalog, type StandardSchemaV1, validate } from './catalog.ts';
import type { Clock } from './clock.ts';
import { showEvent } from './console-line.ts';
import { AmbientContext, mergeScopes } from './context.ts';
import { type EncodableEvent, errorText, type Scope } from './encode/index.ts';
import { AuditError } from './error.ts';
import type { ResolvedOptions } from './options.ts';
import type { Session } from './record/session.ts';

export interface CoreParts {
  readonly options: ResolvedOptions;
  readonly events: Catalog;
  readonly session: Session;
  readonly clock: Clock;
  readonly report: (error: AuditError) => void;
}

export class Core {
  readonly ambient: AmbientContext = new AmbientContext();
  /** Events that their schema objected to. They are recorded. */
  invalidEvents = 0;
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

  /** The common forms: the hot path. */
  record(type: string, severity: Severity, message: string, error: unknown, details: unknown, scope: Scope | undefined): number | undefined {
    const { recorder } = this.#session;
    if (!this.#isPlain || recorder.state.kind === 'closed' || (typeof type === 'string' && isReservedType(type))) {
      return this.log({ type, severity, message, error, details }, scope);
    }
    const inherited = this.ambient.current;
    return recorder.record(
      this.#clock.now(),
      type,
      severity,
      message,
      error === undefined ? undefined : errorText(error),
      details,
      inherited === undefined ? scope : mergeScopes(inherited, scope),
    );
  }

  /** Any event. */
  log(given: EncodableEvent, scope: Scope | undefined): number | undefined {
    const { recorder } = this.#session;
    const { options } = this.#parts;
    if (recorder.state.kind === 'closed') {
      this.#parts.report(new AuditError('LOGGER_STOPPED', 'drop', `an event of type ${errorText(given?.type)} came after stop(); it is not recorded`));
      return undefined;
    }
    if (options.failClosed && recorder.state.kind === 'refusing') {
      const { error } = recorder.state;
      throw new AuditError('NOT_RECORDED', 'stop', `the event is not recorded (failClosed): ${error.message}`, { cause: error });
    }
    const now = this.#clock.now();
    const event = this.#complete(given);
    if (options.verbose) this.#show(now, event);
    return recorder.recordEvent(now, event, this.#scopeOf(scope));
  }

  /** Any event, durable when this returns. */
  logSync(event: EncodableEvent, scope: Scope | undefined): number {
    const seq = this.log(event, scope);
    this.#session.syncNow();
    if (seq === undefined) throw new AuditError('NOT_DURABLE', 'retry', 'not durable yet: the event waited for the disk, and has its line now. flush() makes sure');
    return seq;
  }

  #scopeOf(scope: Scope | undefined): Scope | undefined {
    const inherited = mergeScopes(this.#traced(), this.ambient.current);
    return inherited === undefined ? scope : mergeScopes(inherited, scope);
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

  #complete(given: EncodableEvent): EncodableEvent {
    const event: EncodableEvent = typeof given === 'object' && given !== null ? given : { type: 'unknown', message: errorText(given) };
    const error = event.error === undefined || event.error === null ? undefined : errorText(event.error);
    const { type, issues } = this.#checkType(event.type);
    const invalid = [...issues, ...this.#checkDetails(type, event.details)];
    if (invalid.length === 0) return { ...event, type, error };
    this.invalidEvents++;
    this.#parts.report(new AuditError('EVENT_INVALID', 'drop', `an event of type ${type} was recorded, marked invalid: ${invalid.join('; ')}`));
    return { ...event, type, error, invalid };
  }

  /** The log's own types are not a caller's to use: nobody else may seem to open, close or prune it. */
  #checkType(type: string): { type: string; issues: string[] } {
    if (typeof type !== 'string' || !isReservedType(type)) return { type, issues: [] };
    return { type: type.replace('log.', 'log_'), issues: [`type: ${type} is one of the log's own`] };
  }

  #checkDetails(type: string, details: unknown): readonly string[] {
    const schema = this.#schemas.get(type);
    if (schema === undefined) return [];
    const validation = validate(schema, details);
    switch (validation.kind) {
      case 'valid':
        return [];
      case 'invalid':
        return validation.issues;
      case 'async':
        this.#parts.report(new AuditError('SCHEMA_ASYNC', 'drop', `the schema of ${type} is asynchronous; its events are recorded unchecked`));
        return [];
    }
  }

  #show(now: number, event: EncodableEvent): void {
    showEvent(now, event.severity ?? Severity.Info, errorText(event.type), errorText(event.message), errorText(event.error));
  }
}
