// An operation is a span of events: its first line is durable before its work begins, its last one says how it ended.
import { type Details, EventType, isOutcome, type Outcome, Severity } from '@agent-audit/log';
import type { Timer } from './clock.ts';
import { type Context, contextOf, mergeScopes } from './context.ts';
import type { Core } from './core.ts';
import { read, type Scope, textOf } from './encode/index.ts';
import { AuditError } from './error.ts';
import { membersOf } from './members.ts';
import type { Inner } from './nesting.ts';
import { newSpan, type SpanIds } from './span.ts';

/** What begins. Its ids are the operation's, and those of all that is logged within; a `spanId` is that of the parent. */
export interface OperationSpec extends Context {
  /** Makes the types of its events: `<type>_started`, then `<type>_completed`, `<type>_failed` or `<type>_timeout`. */
  readonly type: 'job' | 'scan' | 'upload' | (string & {});
  /** For both events; by default `Job started`, `Job completed` and so on. */
  readonly message?: string | undefined;
  /** For the event that begins it. */
  readonly details?: Details | undefined;
  /** Aborts the operation: its promise rejects with the signal's reason, at once. */
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from the call of the work on, at most 2^31-1 (24.8 days). After them the promise rejects with a TimeoutError. */
  readonly timeoutMs?: number | undefined;
}

/**
 * How long the work waits for its first line to be durable, in milliseconds: longer than a slow disk takes for a sync, and short
 * enough that an agent with a hung one goes on.
 */
const durableMsMax = 5_000;
/** What a timer of the machine takes. */
const timeoutMsMax = 2 ** 31 - 1;
/** So that a suffix never falls to the limit for a type. */
const typeUnitsMax = 64;

const types: ReadonlySet<string> = new Set(Object.values(EventType));

type End =
  | { readonly kind: 'returned' }
  | { readonly kind: 'threw'; readonly error: unknown }
  | { readonly kind: 'timed out'; readonly error: unknown };

/** An operation under way. It never throws for what it was given; what it rejects with is the work's own, but for NOT_RECORDED. */
export class RunningOperation implements Inner {
  readonly ids: SpanIds;
  /** All ids of what is logged within. */
  readonly scope: Scope;
  readonly ended: Promise<void>;
  readonly #core: Core;
  readonly #type: string;
  readonly #message: string;
  readonly #details: unknown;
  readonly #timeoutMs: number | undefined;
  readonly #controller = new AbortController();
  readonly #sources: readonly AbortSignal[];
  readonly #facts = new Map<string, unknown>();
  #outcome: Outcome | undefined;
  #outcomeMessage = '';
  #timer: Timer | undefined;
  #startedMs = 0;
  #endedMs: number | undefined;
  #isTimedOut = false;
  #isWorking = false;
  #onEnd = (): void => {};
  readonly #onAbort = (event: Event): void => {
    if (event.target instanceof AbortSignal) this.#controller.abort(event.target.reason);
  };

  constructor(core: Core, logger: Scope | undefined, parent: AbortSignal | undefined, spec: unknown) {
    const given = contextOf(spec);
    const around = core.scopeOf(logger);
    this.ids = newSpan(given, around);
    const own = mergeScopes(mergeScopes(core.ambient.under(logger), given), this.ids);
    this.scope = own ?? this.ids;
    this.#core = core;
    this.ended = new Promise((resolve) => void (this.#onEnd = resolve));
    this.#type = (textOf(read(spec, 'type')) || 'operation').slice(0, typeUnitsMax);
    this.#message = textOf(read(spec, 'message'));
    this.#details = read(spec, 'details');
    const timeoutMs = read(spec, 'timeoutMs');
    if (typeof timeoutMs === 'number' && !Number.isNaN(timeoutMs)) this.#timeoutMs = Math.min(Math.max(0, timeoutMs), timeoutMsMax);
    this.#sources = [parent, read(spec, 'signal')].filter((signal) => signal instanceof AbortSignal);
    for (const source of this.#sources) {
      if (source.aborted) this.#controller.abort(source.reason);
      else source.addEventListener('abort', this.#onAbort);
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** What only waits for its first line to be durable may wait for long. */
  get isCalledOff(): boolean {
    return this.#isWorking && this.signal.aborted;
  }

  /** Members for the event that ends it; later ones take the place of earlier ones. */
  set(details: unknown): void {
    for (const [name, value] of membersOf(details)) this.#facts.set(name, value);
  }

  setOutcome(outcome: Outcome, message: unknown): void {
    this.#outcome = isOutcome(outcome) ? outcome : 'unknown';
    this.#outcomeMessage = textOf(message);
  }

  /** Records the start, does the work, records the end. */
  async run<R>(work: () => R | PromiseLike<R>): Promise<R> {
    this.#core.nesting.enter(this.ids.parentSpanId, this);
    try {
      await this.#begin();
      return await this.#work(work);
    } finally {
      this.#timer?.cancel();
      for (const source of this.#sources) source.removeEventListener('abort', this.#onAbort);
    }
  }

  async #begin(): Promise<void> {
    const type = `${this.#type}_started`;
    const event = { type, message: this.#message || `${this.#title} started`, details: this.#details };
    this.#core.recordMarked(event, this.scope, { kind: 'start', spanId: this.ids.spanId });
    this.#startedMs = this.#core.clock.monotonicMs();
    // What was called off before is told all the same: a start and an end, and no work between.
    this.#throwIfAborted();
    const reason = await this.#whyNotDurable();
    this.#startedMs = this.#core.clock.monotonicMs();
    if (reason !== undefined) this.#startUndurable(reason);
    this.#throwIfAborted();
  }

  async #whyNotDurable(): Promise<AuditError | undefined> {
    const reason = await this.#core.whyNotDurable(durableMsMax);
    if (reason !== undefined || this.#core.hasStarted(this.ids.spanId)) return reason;
    return new AuditError('NOT_DURABLE', 'drop', 'its first line had to go while the disk refused');
  }

  #startUndurable(cause: AuditError): void {
    const what = `the start of ${this.#type} ${this.ids.spanId}`;
    if (this.#core.failClosed) {
      const message = `${what} is not recorded (failClosed), and its work was not begun: ${cause.message}`;
      const error = new AuditError('NOT_RECORDED', 'stop', message, { cause });
      this.#recordEnd({ kind: 'threw', error });
      throw error;
    }
    this.#core.undurableStarts++;
    // That nothing is recorded any more was reported with the event itself.
    if (cause.code === 'LOGGER_STOPPED') return;
    const message = `${what} is not durable; its work runs all the same: ${cause.message}`;
    this.#core.report(new AuditError('NOT_DURABLE', cause.action, message, { cause }));
  }

  #throwIfAborted(): void {
    const { signal } = this;
    if (!signal.aborted) return;
    this.#recordEnd({ kind: 'threw', error: signal.reason });
    throw signal.reason;
  }

  async #work<R>(work: () => R | PromiseLike<R>): Promise<R> {
    const { signal } = this;
    const aborted = new Promise<never>((_resolve, reject) => {
      // oxlint-disable-next-line typescript/prefer-promise-reject-errors -- the reason is the caller's, and any value
      signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    });
    this.#startTimer();
    this.#isWorking = true;
    const done = (async () => this.#core.ambient.enter(this.scope, work))();
    let result: R;
    try {
      result = await Promise.race([done, aborted]);
    } catch (error) {
      if (signal.aborted && error === signal.reason) {
        this.#reportLate(done, error);
        await this.#endsWithin();
      }
      this.#recordEnd({ kind: this.#isTimedOut && error === signal.reason ? 'timed out' : 'threw', error });
      throw error;
    }
    this.#recordEnd({ kind: 'returned' });
    if (this.#core.failClosed) await this.#requireDurableEnd();
    return result;
  }

  #startTimer(): void {
    const timeoutMs = this.#timeoutMs;
    if (timeoutMs === undefined) return;
    this.#timer = this.#core.clock.after(
      timeoutMs,
      () => {
        this.#isTimedOut = !this.signal.aborted;
        this.#controller.abort(new DOMException(`${this.#title} took longer than ${timeoutMs} ms`, 'TimeoutError'));
      },
      'waited',
    );
  }

  /** An operation ends after those within it. They are called off by the same signal, and end by themselves, or they are not waited for. */
  async #endsWithin(): Promise<void> {
    this.#endedMs = this.#core.clock.monotonicMs();
    const ends = this.#core.nesting.endsWithin(this.ids.spanId);
    if (ends !== undefined) await ends;
  }

  /** The end is recorded, and once. What the work comes to later is told to onError. */
  #reportLate(done: Promise<unknown>, reason: unknown): void {
    const report = (how: string): void => {
      const message = `the work of ${this.#type} ${this.ids.spanId} went on after its end was recorded, and ${how}`;
      this.#core.report(new AuditError('ABORTED', 'drop', message));
    };
    void done.then(
      () => report('returned'),
      (error: unknown) => {
        // To throw the reason, or an AbortError, is how work obeys its signal.
        if (error !== reason && read(error, 'name') !== 'AbortError') report(`failed: ${textOf(error)}`);
      },
    );
  }

  #recordEnd(end: End): void {
    const outcome = this.#outcomeOf(end);
    const event = {
      type: this.#endType(outcome, end.kind === 'timed out'),
      severity: outcome === 'success' ? Severity.Info : Severity.Error,
      message: this.#outcomeMessage || this.#message || `${this.#title} ${endVerbs[outcome]}`,
      error: end.kind === 'returned' ? undefined : end.error,
      durationMs: Math.round(((this.#endedMs ?? this.#core.clock.monotonicMs()) - this.#startedMs) * 1_000) / 1_000,
      details: Object.fromEntries(this.#facts),
      outcome,
    };
    this.#core.recordMarked(event, this.scope, { kind: 'end', spanId: this.ids.spanId });
    this.#core.nesting.leave(this.ids.parentSpanId, this);
    this.#onEnd();
  }

  #outcomeOf(end: End): Outcome {
    if (end.kind === 'timed out') return 'timeout';
    if (end.kind === 'returned') return this.#outcome ?? 'success';
    return this.#outcome === undefined || this.#outcome === 'success' ? 'failure' : this.#outcome;
  }

  /** Of the shared types those that there are: a scan that takes too long is a scan_failed, with the outcome timeout. */
  #endType(outcome: Outcome, isTimedOut: boolean): string {
    const type = this.#type;
    if (outcome === 'success') return `${type}_completed`;
    const hasTimeout = types.has(`${type}_timeout`) || !types.has(`${type}_started`);
    return isTimedOut && hasTimeout ? `${type}_timeout` : `${type}_failed`;
  }

  async #requireDurableEnd(): Promise<void> {
    const cause = await this.#core.whyNotDurable(durableMsMax);
    if (cause === undefined) return;
    const message = `the end of ${this.#type} ${this.ids.spanId} is not recorded (failClosed); its work is done: ${cause.message}`;
    throw new AuditError('NOT_RECORDED', 'stop', message, { cause });
  }

  get #title(): string {
    const words = this.#type.replaceAll('_', ' ');
    return words.charAt(0).toUpperCase() + words.slice(1);
  }
}

const endVerbs: Readonly<Record<Outcome, string>> = {
  success: 'completed',
  failure: 'failed',
  denied: 'was denied',
  timeout: 'timed out',
  unknown: 'ended, how is unknown',
};
