// Jobs, as a collector tells of them.
import { type Completeness, jobsAnswer, jobsAnswerMax, jobsPath, type ReadEvent, type ReadJob } from '@agent-audit/log';
import { parseEvent, print } from '@agent-audit/search';
import { type JobEvent, jobEventOf } from '../jobs/job-event.ts';
import type { Job } from '../jobs/list.ts';
import { stateOfAttempt, Timeline } from '../jobs/timeline.ts';
import { count } from '../units.ts';
import type { Collector, Parameters } from './client.ts';
import { pagesOf } from './events.ts';

/** Jobs of a collector, those that began last at the end. */
export interface RemoteJobs {
  readonly jobs: readonly Job[];
  /** There are older ones. */
  readonly more: boolean;
  readonly completeness: Completeness;
}

/** The newest jobs that a search finds. */
export async function listRemoteJobs(collector: Collector, search: Parameters, last: number): Promise<RemoteJobs> {
  const limit = Math.min(last, jobsAnswerMax);
  const { jobs, more, completeness } = await collector.get(jobsAnswer, jobsPath, { ...search, limit });
  return { jobs: jobs.slice(0, limit).map(jobOf).toReversed(), more, completeness };
}

/** The collector sums up: what a job was about, and its last error, its story tells. */
function jobOf({ job_id: id, agent, started_at: started, took_ms: durationMs, outcome, events, errors, findings }: ReadJob): Job {
  return {
    id,
    what: findings === undefined ? '' : `${count(findings)} findings`,
    state: outcome,
    agents: [agent],
    startedMs: Date.parse(started),
    started,
    durationMs,
    attempts: 1,
    events,
    errors,
    error: '',
    isFound: true,
  };
}

/** One job's story, from the logs of all agents that worked on it. */
export interface RemoteStory {
  readonly timeline: Timeline;
  readonly agents: number;
  readonly completeness: Completeness | undefined;
  /** There were more events than are read. */
  readonly isCut: boolean;
}

/** Events of one job, and lines around it, that are read at most. */
const storyEventsMax = 100_000;
const aroundEventsMax = 10_000;

/** Reads the story of a job: its events, and what the logs say around them: throttling, and the ends of processes. */
export async function readStory(collector: Collector, id: string): Promise<RemoteStory> {
  const isId = (field: string): string => print({ kind: 'field', field, tests: [{ op: 'is', value: id }] });
  const ofJob = await readAll(collector, { q: ['job_id', 'span_id', 'parent_span_id'].map(isId).join(' OR ') }, storyEventsMax);
  const logs = new Set(ofJob.events.map(({ log }) => log));
  const [first, last] = [ofJob.events[0], ofJob.events.at(-1)].map(timestampOf);
  const isOpen = timelineOf(id, ofJob.events).attempts.some((attempt) => ['running', 'received'].includes(stateOfAttempt(attempt)));
  const around =
    first === undefined || first === ''
      ? { events: [], isCut: false }
      : await readAll(
          collector,
          // Of a job that ended, what comes after says nothing more; of another one, the end of its process may.
          { q: 'type:(log.* OR resource_*)', since: wireTime(first), until: isOpen ? undefined : behind(last ?? first) },
          aroundEventsMax,
        );
  const known = new Set(ofJob.events.map(keyOf));
  const more = around.events.filter((event) => logs.has(event.log) && !known.has(keyOf(event)));
  const timeline = timelineOf(id, inOrder([...ofJob.events, ...more]));
  return { timeline, agents: logs.size, completeness: ofJob.completeness, isCut: ofJob.isCut || around.isCut };
}

interface ReadAll {
  readonly events: readonly ReadEvent[];
  readonly completeness?: Completeness | undefined;
  readonly isCut: boolean;
}

async function readAll(collector: Collector, search: Parameters, max: number): Promise<ReadAll> {
  const events: ReadEvent[] = [];
  let completeness: Completeness | undefined;
  let isCut = false;
  for await (const page of pagesOf(collector, search, { order: 'asc', limit: max })) {
    events.push(...page.events);
    completeness ??= page.completeness;
    isCut = page.next !== undefined && events.length >= max;
  }
  return { events, completeness, isCut };
}

/** By time; each log in its own order, whatever its times say. */
function inOrder(events: readonly ReadEvent[]): readonly ReadEvent[] {
  const latest = new Map<string, number>();
  const placed = events
    .toSorted((a, b) => (a.log === b.log ? a.seq - b.seq : a.log < b.log ? -1 : 1))
    .map((event) => {
      const timeMs = jobEventOf(parsed(event)).timeMs;
      const before = latest.get(event.log) ?? -Infinity;
      const placeMs = Number.isNaN(timeMs) ? before : Math.max(before, timeMs);
      latest.set(event.log, placeMs);
      return { event, placeMs };
    });
  return placed.toSorted((a, b) => a.placeMs - b.placeMs).map(({ event }) => event);
}

function timelineOf(id: string, events: readonly ReadEvent[]): Timeline {
  const timeline = new Timeline(id);
  for (const event of events) timeline.add(withAgent(jobEventOf(parsed(event)), event.agent), event.log);
  return timeline;
}

/** An event that does not name its agent is of the one that brought it. */
function withAgent(event: JobEvent, agent: string): JobEvent {
  return event.agent === '' ? { ...event, agent } : event;
}

function timestampOf(event: ReadEvent | undefined): string {
  return event === undefined ? '' : jobEventOf(parsed(event)).timestamp;
}

function parsed({ line }: ReadEvent): Readonly<Record<string, unknown>> {
  return parseEvent(line) ?? {};
}

function keyOf({ log, seq }: ReadEvent): string {
  return `${log}/${seq}`;
}

/** A time of an event, to the millisecond before it. */
function wireTime(timestamp: string): string | undefined {
  const timeMs = Date.parse(timestamp);
  return Number.isNaN(timeMs) ? undefined : new Date(timeMs).toISOString();
}

function behind(timestamp: string): string | undefined {
  const timeMs = Date.parse(timestamp);
  return Number.isNaN(timeMs) ? undefined : new Date(timeMs + 1).toISOString();
}
