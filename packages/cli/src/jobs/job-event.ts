import { severityRank } from '@agent-audit/log';
import type { WireEvent } from '@agent-audit/search';
import { isObject, text } from '../wire-values.ts';

/** How far a job or an operation is, or how it ended. `unknown`: nobody was left to see it. */
export type State = 'received' | 'running' | 'completed' | 'failed' | 'timeout' | 'denied' | 'unknown';

/** Whether an event begins or ends an operation, and which. */
export type Phase = { readonly kind: 'start' | 'end'; readonly operation: string } | { readonly kind: 'point' };

/** What of an event a job is told by. What is not there is ''. Nothing of it is inert yet. */
export interface JobEvent {
  /** -1 where the line does not say. */
  readonly seq: number;
  /** Milliseconds since 1970; NaN where the line does not say. */
  readonly timeMs: number;
  readonly timestamp: string;
  readonly type: string;
  readonly severity: string;
  readonly job: string;
  readonly agent: string;
  readonly message: string;
  readonly error: string;
  readonly durationMs: number | undefined;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly outcome: string;
  readonly phase: Phase;
  readonly details: WireEvent;
  readonly target: WireEvent;
}

/** What a line says of jobs. */
export function jobEventOf(event: WireEvent): JobEvent {
  const timestamp = text(event['timestamp']);
  const type = text(event['type']);
  const { seq, duration_ms: durationMs } = event;
  return {
    seq: typeof seq === 'number' ? seq : -1,
    timeMs: Date.parse(timestamp),
    timestamp,
    type,
    severity: text(event['severity']),
    job: text(event['job_id']),
    agent: text(event['agent_id']),
    message: text(event['message']),
    error: text(event['error']),
    durationMs: typeof durationMs === 'number' ? durationMs : undefined,
    spanId: text(event['span_id']),
    parentSpanId: text(event['parent_span_id']),
    outcome: text(event['outcome']),
    phase: phaseOf(type, event['operation']),
    details: object(event['details']),
    target: object(event['target']),
  };
}

const endings = /^(.+)_(started|completed|failed|timeout)$/;

/** By the mark that operation() leaves; in logs without it, by the name of the type. */
function phaseOf(type: string, mark: unknown): Phase {
  const [, operation, ending] = endings.exec(type) ?? [];
  if (operation === undefined) return { kind: 'point' };
  const kind = mark === 'start' || mark === 'end' ? mark : ending === 'started' ? 'start' : 'end';
  return { kind, operation };
}

/** How an operation ended, by the event that ends it. */
export function stateOf({ type, outcome }: JobEvent): State {
  if (type.endsWith('_completed')) return 'completed';
  if (type.endsWith('_timeout') || outcome === 'timeout') return 'timeout';
  return outcome === 'denied' || outcome === 'unknown' ? outcome : 'failed';
}

/** Whether an event tells of an error. */
export function isError({ severity }: JobEvent): boolean {
  return severityRank(severity) >= severityRank('ERROR');
}

/** What a job does: `scan on web-01`. '' where the event does not say. */
export function whatOf({ message, phase, details, target }: JobEvent): string {
  const named = /^Job started: (.+)$/s.exec(message)?.[1];
  const generic = message === '' || /^\w+ started$/.test(message);
  const operation = phase.kind === 'start' && phase.operation !== 'job' ? phase.operation : '';
  const what = named ?? (generic ? text(details['job_type']) || operation : message);
  const on = text(target['name']) || text(target['id']) || text(details['target']);
  return on === '' || what.includes(on) ? what : `${what}${what === '' ? '' : ' '}on ${on}`;
}

/**
 * Which job an event is of: its job_id; of an operation of type job without one, its span.
 * '' where it is of none.
 */
export function jobIdOf({ job, spanId, phase }: JobEvent): string {
  return job !== '' || phase.kind === 'point' || phase.operation !== 'job' ? job : spanId;
}

function object(value: unknown): WireEvent {
  return isObject(value) ? value : {};
}
