// How far a job is, by the events that begin and end operations: as `agent-audit jobs` tells it (packages/cli/src/jobs).
import type { JobSummary } from '../store.ts';

/** An event of a job that begins or ends an operation, or says that the job was received. */
export interface JobStep {
  readonly logId: string;
  readonly seq: number;
  readonly timeMs: number;
  readonly type: string;
  /** What operation() left: `start`, `end` or ''. */
  readonly mark: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly outcome: string;
  readonly durationMs: number | undefined;
  readonly findings: number | undefined;
}

/** What is known of a job when all its steps were looked at. */
export interface JobState {
  readonly startedMs: number;
  readonly endedMs: number | undefined;
  /** What its end says it took, by a clock that nobody sets; by the times of its beginning and its end, where that says nothing. */
  readonly tookMs: number | undefined;
  readonly outcome: JobSummary['outcome'];
  readonly findings: number | undefined;
  /** Where its last attempt began: a process that ended behind this place left nobody to end it. */
  readonly begun: { readonly logId: string; readonly seq: number } | undefined;
}

interface Phase {
  readonly kind: 'start' | 'end' | 'point';
  readonly operation: string;
}

const endings = /^(.+)_(started|completed|failed|timeout)$/s;

/** By the mark that operation() leaves; in logs without it, by the name of the type. */
function phaseOf({ type, mark }: JobStep): Phase {
  const [, operation, ending] = endings.exec(type) ?? [];
  if (operation === undefined) return { kind: 'point', operation: '' };
  return { kind: mark === 'start' || mark === 'end' ? mark : ending === 'started' ? 'start' : 'end', operation };
}

const underWay = { endedMs: undefined, tookMs: undefined, outcome: 'running', findings: undefined } as const;

/** Follows the steps of one job, oldest first. `firstMs`: its first event. */
export function followJob(steps: readonly JobStep[], firstMs: number): JobState {
  let state: JobState = { startedMs: firstMs, ...underWay, begun: undefined };
  let main = '';
  let span = '';
  let isReceived = false;
  const begin = (step: JobStep): void => {
    const begun = { logId: step.logId, seq: step.seq };
    // An attempt that had only been received goes on.
    const startedMs = isReceived && step.type !== 'job_received' ? state.startedMs : step.timeMs;
    state = { startedMs, ...underWay, begun };
    span = '';
  };
  for (const step of steps) {
    const { kind, operation } = phaseOf(step);
    if (step.type === 'job_received') {
      begin(step);
      isReceived = true;
    } else if (kind === 'start' && (operation === 'job' || (main !== 'job' && step.parentSpanId === ''))) {
      begin(step);
      isReceived = false;
      main = operation;
      span = step.spanId;
    } else if (kind === 'end' && (operation === 'job' || operation === main) && isOf(span, step)) {
      const tookMs = step.durationMs ?? Math.max(0, step.timeMs - state.startedMs);
      state = { ...state, endedMs: step.timeMs, tookMs, outcome: outcomeOf(step), findings: step.findings, begun: undefined };
    }
  }
  return state;
}

/** Whether an end is that of the last attempt: an earlier one may still have been under way. */
function isOf(span: string, { spanId }: JobStep): boolean {
  return span === '' || spanId === '' || span === spanId;
}

/** `denied` is told as a failure: the job did not do what it should. */
function outcomeOf({ type, outcome }: JobStep): JobSummary['outcome'] {
  if (type.endsWith('_completed')) return 'completed';
  if (type.endsWith('_timeout') || outcome === 'timeout') return 'timeout';
  return outcome === 'unknown' ? 'unknown' : 'failed';
}
