// How far an answer can be trusted to be all: docs/collector-api.md has the definition in words, completeness.test.ts in cases.
import { type Completeness, completenessLogsMax, type LaggingLog, type LogCounts } from '@agent-audit/log';
import type { Clause, Query } from '@agent-audit/search';
import { linesToCome, type Liveness, livenessOf } from '../ingest/index.ts';
import type { LogRecord } from '../store/store.ts';
import { timeText } from './event-view.ts';
import type { FoundGaps } from './gaps.ts';

/** What a completeness is told of a log. */
export type LogFacts = Pick<
  LogRecord,
  'logId' | 'agent' | 'enrolledAtMs' | 'first' | 'size' | 'toldSize' | 'seenAtMs' | 'grownAtMs' | 'newestEventMs' | 'end' | 'state'
>;

/** A log with how it is. */
export interface JudgedLog<T extends LogFacts = LogFacts> {
  readonly record: T;
  readonly state: Liveness;
}

/** How a log is now. One of which nothing came yet owes at least its first line. */
export function judge<T extends LogFacts>(record: T, nowMs: number): JudgedLog<T> {
  const state = livenessOf(record, nowMs);
  return { record, state: state === 'live' && record.size === 0 ? 'behind' : state };
}

/**
 * Before which time, by its own clock, all events of a log are here; undefined where nothing came yet.
 *
 * When its newest event came in, its clock stood at least at that event's time. So when it was last heard of, at least as much later. A
 * clock that runs ahead promises nothing for the time that has not come yet.
 */
export function deliveredToMs({ size, seenAtMs, grownAtMs, newestEventMs }: LogFacts): number | undefined {
  if (size === 0 || newestEventMs === 0) return undefined;
  return Math.max(0, seenAtMs + Math.min(0, newestEventMs - grownAtMs));
}

/** How complete what is known of these logs is. */
export function completenessOf(records: readonly LogFacts[], gaps: FoundGaps, nowMs: number): Completeness {
  const logs = records.map((record) => judge(record, nowMs));
  const heardTo = deliveredTo(logs.filter(({ state }) => state === 'live' || state === 'behind'));
  const completeTo = deliveredTo(logs.filter(({ state }) => state === 'live' || state === 'behind' || state === 'silent'));
  const allTo = logs.length === 0 ? undefined : nowMs;
  return {
    ...timeMember('complete_to', completeTo === 'all' ? allTo : completeTo),
    ...timeMember('heard_to', heardTo === 'all' ? allTo : heardTo),
    logs: countsOf(logs),
    behind: lagging(logs, 'behind'),
    silent: lagging(logs, 'silent'),
    forked: lagging(logs, 'forked'),
    gaps: gaps.listed,
    gaps_total: gaps.total,
  };
}

/** The earliest of their times; undefined where one has delivered nothing; `all` where there is none to wait for. */
function deliveredTo(logs: readonly JudgedLog[]): number | 'all' | undefined {
  let earliest: number | 'all' = 'all';
  for (const { record } of logs) {
    const to = deliveredToMs(record);
    if (to === undefined) return undefined;
    earliest = earliest === 'all' ? to : Math.min(earliest, to);
  }
  return earliest;
}

function timeMember<K extends string>(name: K, ms: number | undefined): Partial<Record<K, string>> {
  const member: Partial<Record<K, string>> = {};
  if (ms !== undefined) member[name] = timeText(ms);
  return member;
}

function countsOf(logs: readonly JudgedLog[]): LogCounts {
  const of = (wanted: Liveness): number => logs.filter(({ state }) => state === wanted).length;
  return { live: of('live'), behind: of('behind'), stopped: of('stopped'), silent: of('silent'), forked: of('forked') };
}

/** Those that lag most first. */
function lagging(logs: readonly JudgedLog[], wanted: Liveness): LaggingLog[] {
  return logs
    .filter(({ state }) => state === wanted)
    .map(({ record }) => ({ record, to: deliveredToMs(record) ?? 0 }))
    .toSorted((a, b) => a.to - b.to || (a.record.logId < b.record.logId ? -1 : 1))
    .slice(0, completenessLogsMax)
    .map(({ record }) => ({ log: record.logId, agent: record.agent, ...lagMember(record), seen_at: timeText(record.seenAtMs) }));
}

/** How many lines are still to come, as an answer says it. */
export function lagMember(record: Pick<LogRecord, 'size' | 'toldSize'>): { readonly lag_events?: number } {
  const lines = linesToCome(record);
  return lines === undefined ? {} : { lag_events: lines };
}

/** The agents that a search is only about; undefined where it is about any. */
export function agentsOf(query: Query): ReadonlySet<string> | undefined {
  const clauses: readonly Clause[] = query.kind === 'all' ? [] : query.kind === 'and' ? query.parts : [query];
  for (const clause of clauses) {
    if (clause.kind !== 'field' || clause.field !== 'agent_id') continue;
    const agents = clause.tests.flatMap((test) => (test.op === 'is' ? [test.value] : []));
    if (agents.length === clause.tests.length) return new Set(agents);
  }
  return undefined;
}
