import { isError, type JobEvent, type State, stateOf, whatOf } from './job-event.ts';
import { LogLife } from './log-life.ts';

/** A stretch of time; without an end it goes on, or nobody saw its end. */
export interface Stretch {
  readonly startMs: number;
  endMs: number | undefined;
}

/** Something at a moment: it worked, it did not, it is worth a look, it was. */
export interface Mark {
  readonly timeMs: number;
  readonly sign: '✔' | '✘' | '!' | '·';
}

/** One line of a timeline: an operation, the times of throttling, or events of one type. */
export interface Row {
  readonly kind: 'span' | 'throttle' | 'points';
  /** The operation, or the type of the events. */
  readonly name: string;
  readonly startMs: number;
  readonly stretches: Stretch[];
  readonly marks: Mark[];
  readonly rows: Row[];
  state: State;
  durationMs: number | undefined;
  /** How many events it stands for, besides an operation's first and last. */
  events: number;
  /** The event that says the most: an operation's last, the newest of a type. */
  last: JobEvent;
  spanId: string;
}

/** One run of a job: from its start to its end. */
export interface Attempt {
  readonly log: string;
  startMs: number;
  readonly first: JobEvent;
  what: string;
  agent: string;
  state: State;
  durationMs: number | undefined;
  events: number;
  errors: number;
  /** The newest time that one of its events says. */
  lastMs: number;
  /** What says how it ended; undefined while it runs. */
  end: JobEvent | undefined;
  readonly rows: Row[];
}

interface OpenAttempt extends Attempt {
  span: string;
  hasMain: boolean;
  readonly open: Row[];
}

/** How many rows and marks are held; of what comes then only the number is. */
const heldMax = 20_000;

const signs: Readonly<Record<string, Mark['sign']>> = { chunk_uploaded: '✔', chunk_failed: '✘', upload_retry: '✘' };

/** One job's timeline, as the lines of logs tell of it. */
export class Timeline {
  /** Events that are counted, and not drawn. */
  omitted = 0;
  readonly attempts: Attempt[] = [];
  readonly #id: string;
  #held = 0;
  readonly #current = new Map<string, OpenAttempt>();
  readonly #lives = new Map<string, LogLife>();
  readonly #spans = new Map<string, { readonly attempt: OpenAttempt; readonly row: Row | undefined }>();

  constructor(id: string) {
    this.#id = id;
  }

  /** Takes the next event of a log, of this job or not. */
  add(event: JobEvent, log: string): void {
    if (event.type.startsWith('log.')) this.#addLogEvent(event, log);
    else if (event.job === this.#id || (event.job === '' && this.#isOfSpan(event))) this.#addJobEvent(event, log);
    else if (event.job === '' && event.type.startsWith('resource_')) this.#addThrottle(event, this.#current.get(log));
  }

  /** An operation without a job_id is a job by its span, and so is what runs inside of it. */
  #isOfSpan({ spanId, parentSpanId }: JobEvent): boolean {
    return spanId === this.#id || this.#spans.has(spanId) || this.#spans.has(parentSpanId) || parentSpanId === this.#id;
  }

  #addLogEvent(event: JobEvent, log: string): void {
    const orphan = event.type === 'log.orphan' ? this.#spans.get(String(event.details['span_id'])) : undefined;
    if (orphan !== undefined) {
      if (orphan.row === undefined) endAttempt(orphan.attempt, 'unknown', event, true);
      else if (orphan.row.state === 'running') [orphan.row.state, orphan.row.last] = ['unknown', event];
    }
    const life = this.#lives.get(log) ?? new LogLife();
    this.#lives.set(log, life);
    if (!life.hasEnded(event)) return;
    for (const attempt of this.attempts) if (attempt.log === log && attempt.end === undefined) endAttempt(attempt, 'unknown', event);
  }

  #addJobEvent(event: JobEvent, log: string): void {
    const attempt = this.#attemptOf(event, log);
    const { phase } = event;
    attempt.events++;
    if (isError(event)) attempt.errors++;
    if (attempt.agent === '') attempt.agent = event.agent;
    if (event.timeMs > attempt.lastMs || Number.isNaN(attempt.lastMs)) attempt.lastMs = event.timeMs;
    if (event.type.startsWith('resource_') && this.#addThrottle(event, attempt)) return;
    if (phase.kind === 'point') this.#addPoint(event, attempt);
    else if (phase.operation === 'job') this.#addMain(event, phase.kind, attempt);
    else if (phase.kind === 'start') this.#startSpan(event, phase.operation, attempt);
    else this.#endSpan(event, phase.operation, attempt);
  }

  #addMain(event: JobEvent, kind: 'start' | 'end', attempt: OpenAttempt): void {
    if (kind === 'end') {
      attempt.durationMs = event.durationMs ?? event.timeMs - attempt.startMs;
      endAttempt(attempt, stateOf(event), event);
      return;
    }
    attempt.hasMain = true;
    attempt.state = 'running';
    attempt.what = whatOf(event) || attempt.what;
    attempt.span = event.spanId;
    if (event.spanId !== '') this.#spans.set(event.spanId, { attempt, row: undefined });
  }

  /** By its span, or the one around it; else the log's newest. A start after a start or an end is a new attempt. */
  #attemptOf(event: JobEvent, log: string): OpenAttempt {
    const bySpan = this.#spans.get(event.spanId) ?? this.#spans.get(event.parentSpanId);
    if (bySpan !== undefined) return bySpan.attempt;
    const current = this.#current.get(log);
    const starts = event.phase.kind === 'start' && event.phase.operation === 'job';
    const isNext = current !== undefined && ((starts && (current.hasMain || current.end !== undefined)) || isReceivedAgain(current, event));
    if (current !== undefined && !isNext) return current;
    const attempt: OpenAttempt = {
      log,
      startMs: event.timeMs,
      first: event,
      what: current?.what ?? whatOf(event),
      agent: event.agent,
      state: event.type === 'job_received' ? 'received' : 'running',
      durationMs: undefined,
      events: 0,
      errors: 0,
      lastMs: event.timeMs,
      end: undefined,
      rows: [],
      span: '',
      hasMain: false,
      open: [],
    };
    this.attempts.push(attempt);
    this.#current.set(log, attempt);
    return attempt;
  }

  #startSpan(event: JobEvent, operation: string, attempt: OpenAttempt): void {
    const row = this.#spanRow(event, operation, event.timeMs, attempt);
    if (row !== undefined) attempt.open.push(row);
  }

  #spanRow(event: JobEvent, operation: string, startMs: number, attempt: OpenAttempt): Row | undefined {
    const row = this.#row('span', operation, { ...event, timeMs: startMs }, this.#rowsOf(event.parentSpanId, attempt));
    if (row === undefined) return undefined;
    row.stretches.push({ startMs, endMs: undefined });
    row.spanId = event.spanId;
    if (event.spanId !== '') this.#spans.set(event.spanId, { attempt, row });
    return row;
  }

  /**
   * The end of the operation with its span; without one, of the newest of its type that is open. One that began in no line, and says how
   * long it took, is drawn by that; what else ends nothing is an event.
   */
  #endSpan(event: JobEvent, operation: string, attempt: OpenAttempt): void {
    const { timeMs, durationMs } = event;
    const begun = this.#spans.get(event.spanId)?.row ?? attempt.open.findLast(({ name }) => name === operation);
    const row = begun ?? (durationMs === undefined ? undefined : this.#spanRow(event, operation, timeMs - durationMs, attempt));
    if (row === undefined || row.kind !== 'span' || row.name !== operation || row.state !== 'running') {
      this.#addPoint(event, attempt);
      return;
    }
    const [stretch] = row.stretches;
    if (stretch !== undefined) stretch.endMs = event.timeMs;
    row.durationMs = event.durationMs ?? event.timeMs - row.startMs;
    row.state = stateOf(event);
    row.last = event;
    if (attempt.open.includes(row)) attempt.open.splice(attempt.open.indexOf(row), 1);
  }

  #addPoint(event: JobEvent, attempt: OpenAttempt): void {
    const sign = signs[event.type] ?? (isError(event) ? '✘' : event.severity === 'WARN' ? '!' : '·');
    const inside = this.#spans.get(event.spanId)?.row;
    const isOfUpload = /^(chunk_uploaded|chunk_failed|upload_retry|rate_limited)$/.test(event.type);
    const upload = inside?.name === 'upload' ? inside : attempt.open.findLast(({ name }) => name === 'upload');
    const row = isOfUpload && upload !== undefined ? upload : this.#pointsRow(event, inside?.rows ?? attempt.rows);
    if (row === undefined) return;
    row.events++;
    if (row.kind === 'points') row.last = event;
    this.#mark(row, { timeMs: event.timeMs, sign });
  }

  #pointsRow(event: JobEvent, rows: Row[]): Row | undefined {
    return rows.find(({ kind, name }) => kind === 'points' && name === event.type) ?? this.#row('points', event.type, event, rows);
  }

  #mark(row: Row, mark: Mark): void {
    if (this.#held >= heldMax) this.omitted++;
    else {
      this.#held++;
      row.marks.push(mark);
    }
  }

  /** @returns whether the event says that throttling began or ended */
  #addThrottle(event: JobEvent, attempt: OpenAttempt | undefined): boolean {
    if (attempt === undefined || attempt.end !== undefined) return false;
    const known = attempt.rows.find(({ kind }) => kind === 'throttle');
    const open = known?.stretches.findLast(({ endMs }) => endMs === undefined);
    if (event.type === 'resource_resume') {
      if (open !== undefined) open.endMs = event.timeMs;
      return open !== undefined;
    }
    if (event.type !== 'resource_throttle') return false;
    const row = known ?? this.#row('throttle', 'throttle', event, attempt.rows);
    if (row === undefined) return true;
    row.last = event;
    row.events++;
    if (open === undefined) row.stretches.push({ startMs: event.timeMs, endMs: undefined });
    return true;
  }

  #rowsOf(spanId: string, attempt: OpenAttempt): Row[] {
    return this.#spans.get(spanId)?.row?.rows ?? attempt.rows;
  }

  #row(kind: Row['kind'], name: string, event: JobEvent, rows: Row[]): Row | undefined {
    if (this.#held >= heldMax) {
      this.omitted++;
      return undefined;
    }
    this.#held++;
    const none = { stretches: [], marks: [], rows: [], state: 'running', durationMs: undefined, events: 0, spanId: '' } as const;
    const row: Row = { kind, name, startMs: event.timeMs, last: event, ...none, stretches: [], marks: [], rows: [] };
    rows.push(row);
    return row;
  }
}

function isReceivedAgain({ end }: Attempt, { type }: JobEvent): boolean {
  return end !== undefined && type === 'job_received';
}

/** Ends an attempt, once; a log.orphan says more than the log.open before it. */
function endAttempt(attempt: Attempt, state: State, event: JobEvent, isOrphan = false): void {
  if (attempt.end !== undefined && !(isOrphan && attempt.end.type === 'log.open')) return;
  attempt.state = state;
  attempt.end = event;
}

/** How a job is: as its last attempt is. A job without job_* events is as the last of its operations. */
export function stateOfAttempt(attempt: Attempt): State {
  if (attempt.end !== undefined || attempt.state === 'received') return attempt.state;
  const spans = attempt.rows.filter(({ kind }) => kind === 'span');
  const hasMain = attempt.first.phase.kind !== 'point' && attempt.first.phase.operation === 'job';
  return hasMain ? attempt.state : (spans.at(-1)?.state ?? attempt.state);
}
