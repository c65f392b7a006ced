// How a job ended, in words, and for its colour.
import type { JobOutcome } from '@agent-audit/log';
import type { Tone } from '../ui/badge.tsx';

/** What the address says of a list of jobs. */
export interface JobsSearch {
  /** A search that the jobs' events match. */
  readonly q?: string | undefined;
  readonly outcome?: JobOutcome | undefined;
  /** By what they are sorted, the most first; by their beginning where it is missing. */
  readonly sort?: JobsSort | undefined;
}

/** What a list of jobs can be sorted by. */
export type JobsSort = 'took' | 'events' | 'errors' | 'findings';

/** Whether a value of the address is one. */
export function isJobsSort(value: unknown): value is JobsSort {
  return value === 'took' || value === 'events' || value === 'errors' || value === 'findings';
}

/** All outcomes, those that a responder looks for first. */
export const jobOutcomes: readonly JobOutcome[] = ['failed', 'timeout', 'unknown', 'running', 'completed'];

/** Whether a value of the address is an outcome. */
export function isJobOutcome(value: unknown): value is JobOutcome {
  return jobOutcomes.some((outcome) => outcome === value);
}

/** What people call it. */
export const outcomeLabel: Readonly<Record<JobOutcome, string>> = {
  completed: 'completed',
  failed: 'failed',
  timeout: 'timed out',
  unknown: 'unknown outcome',
  running: 'running',
};

/** How good or bad it is. */
export const outcomeTone: Readonly<Record<JobOutcome, Tone>> = {
  completed: 'good',
  failed: 'bad',
  timeout: 'bad',
  unknown: 'warn',
  running: 'plain',
};
