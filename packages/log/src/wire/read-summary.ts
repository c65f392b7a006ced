// Answers that sum up: counts over time, values of fields, statistics, jobs.
import { type Completeness, completenessShape, readEventsMax, type ReadEvent, readEventShape } from './read.ts';
import { count, flag, list, message, type Message, number, oneOf, optional, record, type Shape, text, time } from './shape.ts';

/** Bars of a histogram, at most. */
export const histogramBarsMax = 400;

/** Jobs of one answer, at most. */
export const jobsAnswerMax = 1_000;

/** How often a value stands in a field. */
export interface ValueCount {
  readonly value: string;
  readonly count: number;
}

/** The events of [from, from + width_ms). */
export interface TimeBar {
  readonly from: string;
  /** By severity or type; those that are not there are left out. */
  readonly counts: readonly ValueCount[];
}

/** `GET /v1/histogram?q&since&until&by=severity|type&bars`; without since and until, over all that is found. */
export interface HistogramAnswer {
  readonly since: string;
  readonly until: string;
  readonly width_ms: number;
  readonly by: 'severity' | 'type';
  /** Oldest first; those without events are left out. */
  readonly bars: readonly TimeBar[];
  readonly completeness: Completeness;
}

/** `GET /v1/facets?q&since&until&fields=type,agent_id&limit`: the most frequent values first. */
export interface FacetsAnswer {
  readonly facets: readonly { readonly field: string; readonly values: readonly ValueCount[] }[];
}

/** `GET /v1/stats?q&since&until` */
export interface StatsAnswer {
  readonly events: number;
  readonly first?: string;
  readonly last?: string;
  /** The most frequent first, as in the other lists. */
  readonly by_type: readonly ValueCount[];
  readonly by_severity: readonly ValueCount[];
  readonly by_agent: readonly ValueCount[];
  readonly top_errors: readonly ValueCount[];
  readonly durations: readonly TypeDurations[];
  readonly completeness: Completeness;
}

/** How long events of a type say that something took, in milliseconds. */
export interface TypeDurations {
  readonly type: string;
  readonly count: number;
  readonly median_ms: number;
  readonly p95_ms: number;
  readonly max_ms?: number;
}

/** unknown: nobody was left to see how it ended. */
export type JobOutcome = 'completed' | 'failed' | 'timeout' | 'unknown' | 'running';

/** A job, as one agent ran it. */
export interface ReadJob {
  readonly job_id: string;
  readonly tenant: string;
  readonly agent: string;
  readonly started_at: string;
  /** As the event that ended it says. */
  readonly ended_at?: string;
  /**
   * How long it took, in milliseconds: the `duration_ms` of the event that ended it, which a clock measured that nobody sets; where that
   * says nothing, `ended_at` less `started_at`. Where those two differ by more, the clock was set, or it had been received before it began.
   */
  readonly took_ms?: number;
  readonly outcome: JobOutcome;
  readonly events: number;
  readonly errors: number;
  readonly findings?: number;
}

/** `GET /v1/jobs?q&since&until&outcome&limit`: those that began last first. */
export interface JobsAnswer {
  readonly jobs: readonly ReadJob[];
  /** There are older ones. */
  readonly more: boolean;
  readonly completeness: Completeness;
}

/** `GET /v1/jobs/{id}?cursor&limit`: the story of a job, over all agents that worked on it. */
export interface JobAnswer {
  readonly job_id: string;
  /** One for each agent. */
  readonly runs: readonly ReadJob[];
  /** Oldest first: those of this job_id, and those within an operation of it. */
  readonly events: readonly ReadEvent[];
  readonly next?: string;
  readonly completeness: Completeness;
}

const valueCounts: Shape<readonly ValueCount[]> = list(record<ValueCount>({ value: text, count }));

const readJob: Shape<ReadJob> = record<ReadJob>({
  job_id: text,
  tenant: text,
  agent: text,
  started_at: time,
  ended_at: optional(time),
  took_ms: optional(number),
  outcome: oneOf('completed', 'failed', 'timeout', 'unknown', 'running'),
  events: count,
  errors: count,
  findings: optional(count),
});

/** Reads and writes a histogram. */
export const histogramAnswer: Message<HistogramAnswer> = message(
  'the histogram',
  record<HistogramAnswer>({
    since: time,
    until: time,
    width_ms: count,
    by: oneOf('severity', 'type'),
    bars: list(record<TimeBar>({ from: time, counts: valueCounts }), histogramBarsMax),
    completeness: completenessShape,
  }),
);

/** Reads and writes facets. */
export const facetsAnswer: Message<FacetsAnswer> = message(
  'the facets',
  record<FacetsAnswer>({ facets: list(record<FacetsAnswer['facets'][number]>({ field: text, values: valueCounts })) }),
);

/** Reads and writes statistics. */
export const statsAnswer: Message<StatsAnswer> = message(
  'the statistics',
  record<StatsAnswer>({
    events: count,
    first: optional(time),
    last: optional(time),
    by_type: valueCounts,
    by_severity: valueCounts,
    by_agent: valueCounts,
    top_errors: valueCounts,
    durations: list(record<TypeDurations>({ type: text, count, median_ms: number, p95_ms: number, max_ms: optional(number) })),
    completeness: completenessShape,
  }),
);

/** Reads and writes the list of jobs. */
export const jobsAnswer: Message<JobsAnswer> = message(
  'the list of jobs',
  record<JobsAnswer>({ jobs: list(readJob, jobsAnswerMax), more: flag, completeness: completenessShape }),
);

/** Reads and writes the story of one job. */
export const jobAnswer: Message<JobAnswer> = message(
  'the job',
  record<JobAnswer>({
    job_id: text,
    runs: list(readJob, jobsAnswerMax),
    events: list(readEventShape, readEventsMax),
    next: optional(text),
    completeness: completenessShape,
  }),
);
