import { isError, type JobEvent, jobIdOf, type State, stateOf, whatOf } from './job-event.ts';
import { LogLife } from './log-life.ts';

/** What a list says of a job. Texts as they stand in the log. */
export interface Job {
  readonly id: string;
  what: string;
  state: State;
  /** The agents that it ran on, in order; at most `agentsMax`. */
  readonly agents: string[];
  /** When its last attempt began; NaN where no line says. */
  startedMs: number;
  started: string;
  /** How long that attempt took; undefined while it runs, and where nobody saw its end. */
  durationMs: number | undefined;
  attempts: number;
  events: number;
  errors: number;
  /** Of its last error event. */
  error: string;
  /** Whether one of its events is one that was searched for. */
  isFound: boolean;
}

interface Entry extends Job {
  /** The operation that stands for the job: its `job`, otherwise the one around all others. */
  main: string;
  span: string;
}

const agentsMax = 8;
/** How long one text of a job may be; longer ones are cut. */
const textUnitsMax = 200;

/** How many jobs are held by default: about a kilobyte each. */
export const jobsMax = 100_000;

/** Jobs, as the lines of logs tell of them. Holds one small record a job; of more than `capacity` jobs an eighth goes, the oldest. */
export class JobList {
  /** How many jobs had to go. */
  omitted = 0;
  readonly #capacity: number;
  /** How many more are held before the oldest go. */
  readonly #spare: number;
  /** In the order of their last attempts. */
  readonly #jobs = new Map<string, Entry>();
  /** By the span of its main operation, while that is open. */
  readonly #bySpan = new Map<string, Entry>();
  readonly #logs = new Map<string, { readonly life: LogLife; readonly open: Set<Entry> }>();

  constructor(capacity: number = jobsMax) {
    this.#spare = capacity >> 3;
    this.#capacity = capacity - this.#spare;
  }

  /** Jobs of which an event was found, those whose last attempts began last at the end. */
  jobs(): Job[] {
    return [...this.#jobs.values()].filter(({ isFound }) => isFound);
  }

  /** Takes the next event of a log. */
  add(event: JobEvent, log: string, isFound: boolean): void {
    const { life, open } = this.#logOf(log);
    if (event.type.startsWith('log.')) {
      if (life.hasEnded(event)) for (const job of open) this.#settle(job, 'unknown', open);
      const orphan = event.type === 'log.orphan' ? this.#bySpan.get(String(event.details['span_id'])) : undefined;
      if (orphan !== undefined) this.#settle(orphan, 'unknown', open);
      return;
    }
    const id = jobIdOf(event);
    if (id === '') return;
    const job = this.#jobs.get(id) ?? this.#begin(id, event, open);
    job.events++;
    job.isFound ||= isFound;
    if (event.agent !== '' && !job.agents.includes(event.agent) && job.agents.length < agentsMax) job.agents.push(cut(event.agent));
    if (isError(event)) {
      job.errors++;
      job.error = cut(event.error || event.message);
    }
    this.#advance(job, event, open);
  }

  #advance(job: Entry, event: JobEvent, open: Set<Entry>): void {
    const { phase, spanId } = event;
    if (event.type === 'job_received') {
      this.#attempt(job, event, open);
      job.state = 'received';
      if (job.what === '') job.what = cut(event.message);
    } else if (phase.kind === 'start' && (phase.operation === 'job' || (job.main !== 'job' && event.parentSpanId === ''))) {
      this.#attempt(job, event, open);
      job.state = 'running';
      job.main = phase.operation;
      job.span = spanId;
      if (spanId !== '') this.#bySpan.set(spanId, job);
      job.what = cut(whatOf(event)) || job.what;
    } else if (phase.kind === 'end' && (phase.operation === 'job' || phase.operation === job.main) && isOf(job, event)) {
      job.durationMs = event.durationMs ?? event.timeMs - job.startedMs;
      this.#settle(job, stateOf(event), open);
    }
  }

  #begin(id: string, { timeMs, timestamp }: JobEvent, open: Set<Entry>): Entry {
    const times = { startedMs: timeMs, started: timestamp, durationMs: undefined };
    const told = { what: '', state: 'running', agents: [], error: '', isFound: false, main: '', span: '' } as const;
    const job: Entry = { id, ...told, agents: [], ...times, attempts: 0, events: 0, errors: 0 };
    this.#jobs.set(id, job);
    open.add(job);
    this.#shed();
    return job;
  }

  /** A new attempt, but where the one before has only been received. */
  #attempt(job: Entry, { timeMs, timestamp, type }: JobEvent, open: Set<Entry>): void {
    if (job.attempts > 0 && job.state === 'received' && type !== 'job_received') return;
    job.attempts++;
    job.startedMs = timeMs;
    job.started = timestamp;
    job.durationMs = undefined;
    this.#bySpan.delete(job.span);
    job.span = '';
    open.add(job);
    this.#jobs.delete(job.id);
    this.#jobs.set(job.id, job);
  }

  #settle(job: Entry, state: State, open: Set<Entry>): void {
    job.state = state;
    open.delete(job);
    this.#bySpan.delete(job.span);
  }

  #logOf(log: string): { readonly life: LogLife; readonly open: Set<Entry> } {
    const known = this.#logs.get(log);
    if (known !== undefined) return known;
    const begun = { life: new LogLife(), open: new Set<Entry>() };
    this.#logs.set(log, begun);
    return begun;
  }

  /** Many at a time: what a Map has deleted at its front is walked over again with each look at its first. */
  #shed(): void {
    if (this.#jobs.size <= this.#capacity + this.#spare) return;
    for (const oldest of this.#jobs.values()) {
      if (this.#jobs.size <= this.#capacity) return;
      this.#jobs.delete(oldest.id);
      this.#bySpan.delete(oldest.span);
      for (const { open } of this.#logs.values()) open.delete(oldest);
      this.omitted++;
    }
  }
}

/** Whether an end is that of a job's last attempt: an earlier one may still have been under way. */
function isOf({ span }: Entry, event: JobEvent): boolean {
  return span === '' || event.spanId === '' || span === event.spanId;
}

function cut(text: string): string {
  return text.length > textUnitsMax ? `${text.slice(0, textUnitsMax - 1)}…` : text;
}
