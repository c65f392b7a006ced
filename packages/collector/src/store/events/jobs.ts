// Jobs, summed up. Which jobs: those of which an event was found. What is said of one: by all of its events.
import { DatabaseError, type Row } from '../../db/database.ts';
import { numberOf, textOf, wholeOf } from '../row-values.ts';
import type { JobSummary } from '../store.ts';
import { type Condition, visibleCondition } from '../visible.ts';
import { followJob, type JobState, type JobStep } from './job.ts';
import { type EventSource, type Narrowed, narrow, signalOf } from './narrowing.ts';

/** Jobs that are looked at in one go, and in all. */
const pieceJobs = 200;
const jobsMax = 10_000;
/** Beginnings and ends of one job: the newest of them. */
const stepsMax = 200;

const isStep = `(type = 'job_received' OR match(type, '._(?:started|completed|failed|timeout)$'))`;

interface FoundJob {
  readonly tenant: string;
  readonly jobId: string;
}

/** The jobs whose newest events come first. */
export async function readJobs(
  source: EventSource,
  request: Narrowed & { readonly limit: number; readonly outcome?: JobSummary['outcome'] },
): Promise<readonly JobSummary[]> {
  const condition = await narrow(source, request);
  const jobs: JobSummary[] = [];
  for (let offset = 0; offset < jobsMax; offset += pieceJobs) {
    const found = await findJobs(source, request, condition, offset);
    const summaries = await sumUp(source, request, found);
    jobs.push(...summaries.filter(({ outcome }) => request.outcome === undefined || outcome === request.outcome));
    if (jobs.length >= request.limit || found.length < pieceJobs) break;
  }
  return jobs.toSorted((a, b) => b.startedMs - a.startedMs).slice(0, request.limit);
}

async function findJobs(source: EventSource, request: Narrowed, condition: Condition, offset: number): Promise<readonly FoundJob[]> {
  const rows = await source.database.rows({
    sql: `SELECT tenant, job, max(time) AS newest FROM ${source.table} WHERE ${condition.sql} AND job != ''
      GROUP BY tenant, job ORDER BY newest DESC, job LIMIT ${pieceJobs} OFFSET {offset:UInt64}`,
    parameters: { ...condition.parameters, offset },
    settings: source.limits,
    ...signalOf(request),
  });
  return rows.map((row) => ({ tenant: textOf(row, 'tenant'), jobId: textOf(row, 'job') }));
}

async function sumUp(source: EventSource, request: Narrowed, found: readonly FoundJob[]): Promise<readonly JobSummary[]> {
  if (found.length === 0) return [];
  const visible = visibleCondition(request.visible);
  const rows = await source.database.rows({
    sql: `SELECT tenant, job, argMin(agent, time) AS agent_name,
        toUnixTimestamp64Milli(min(time)) AS first_ms, count() AS events, countIf(severity IN ('ERROR', 'CRITICAL')) AS errors,
        groupArraySortedIf(${stepsMax})(
          (-toUnixTimestamp64Nano(time), -toInt64(seq), log_id, seq, toUnixTimestamp64Milli(time), type, operation,
            JSONExtractString(document, 'span_id'), JSONExtractString(document, 'parent_span_id'), outcome, duration_ms,
            JSONExtract(document, 'details', 'findings_count', 'Nullable(Float64)')), ${isStep}) AS steps
      FROM ${source.table}
      WHERE ${visible.sql} AND tenant IN {job_tenants:Array(String)} AND job IN {jobs:Array(String)}
        AND (tenant, job) IN (SELECT place.1, place.2
          FROM (SELECT arrayJoin(arrayZip({job_pair_tenants:Array(String)}, {jobs:Array(String)})) AS place))
      GROUP BY tenant, job LIMIT ${pieceJobs}`,
    parameters: {
      ...visible.parameters,
      job_tenants: [...new Set(found.map(({ tenant }) => tenant))],
      job_pair_tenants: found.map(({ tenant }) => tenant),
      jobs: found.map(({ jobId }) => jobId),
    },
    settings: source.limits,
    ...signalOf(request),
  });
  const told = rows.map((row) => ({ row, state: followJob(stepsOf(row), wholeOf(row, 'first_ms')) }));
  const ends = await endsOfProcesses(
    source,
    request,
    told.flatMap(({ state }) => (state.begun === undefined ? [] : [state.begun.logId])),
  );
  const byKey = new Map(told.map(({ row, state }) => [keyOf(textOf(row, 'tenant'), textOf(row, 'job')), summaryOf(row, state, ends)]));
  return found.flatMap(({ tenant, jobId }) => byKey.get(keyOf(tenant, jobId)) ?? []);
}

function keyOf(tenant: string, job: string): string {
  return JSON.stringify([tenant, job]);
}

function summaryOf(row: Row, state: JobState, ends: ReadonlyMap<string, number>): JobSummary {
  const { startedMs, endedMs, tookMs, findings, begun } = state;
  const isLeft = state.outcome === 'running' && begun !== undefined && (ends.get(begun.logId) ?? -1) > begun.seq;
  return {
    jobId: textOf(row, 'job'),
    tenant: textOf(row, 'tenant'),
    agent: textOf(row, 'agent_name'),
    startedMs,
    ...(endedMs === undefined ? {} : { endedMs }),
    ...(tookMs === undefined ? {} : { tookMs }),
    outcome: isLeft ? 'unknown' : state.outcome,
    events: wholeOf(row, 'events'),
    errors: wholeOf(row, 'errors'),
    ...(findings === undefined ? {} : { findings }),
  };
}

/** Steps come as lists of values, the newest first. */
function stepsOf(row: Row): readonly JobStep[] {
  const steps: unknown = row['steps'];
  if (!Array.isArray(steps)) throw new DatabaseError('DB_REFUSED', 'the steps of a job came as no list');
  return steps.map(stepOf).toReversed();
}

function stepOf(values: unknown): JobStep {
  if (!Array.isArray(values)) throw new DatabaseError('DB_REFUSED', 'a step of a job came as no list');
  const step: Row = Object.fromEntries(values.map((value: unknown, index) => [String(index), value]));
  const optional = (name: string): number | undefined => (step[name] === null ? undefined : numberOf(step, name));
  return {
    logId: textOf(step, '2'),
    seq: wholeOf(step, '3'),
    timeMs: wholeOf(step, '4'),
    type: textOf(step, '5'),
    mark: textOf(step, '6'),
    spanId: textOf(step, '7'),
    parentSpanId: textOf(step, '8'),
    outcome: textOf(step, '9'),
    durationMs: optional('10'),
    findings: optional('11'),
  };
}

/** By log: where a process was last seen to end. A segment that is closed to go on in the next one ends nothing. */
async function endsOfProcesses(source: EventSource, request: Narrowed, logIds: readonly string[]): Promise<ReadonlyMap<string, number>> {
  if (logIds.length === 0) return new Map();
  const visible = visibleCondition(request.visible);
  const rows = await source.database.rows({
    sql: `SELECT log_id, max(seq) AS ended FROM (
        SELECT log_id, seq, type, reason = 'rotate' AS is_rotating,
          lagInFrame(is_rotating) OVER (PARTITION BY log_id ORDER BY seq ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS was_rotating
        FROM (
          SELECT log_id, seq, type, if(type = 'log.close', JSONExtractString(document, 'details', 'reason'), '') AS reason
          FROM ${source.table} WHERE ${visible.sql} AND log_id IN {ended_logs:Array(String)} AND startsWith(type, 'log.')
        ))
      WHERE (type = 'log.open' AND NOT was_rotating) OR (type = 'log.close' AND NOT is_rotating) OR type = 'log.orphan'
      GROUP BY log_id LIMIT {logs:UInt64}`,
    parameters: { ...visible.parameters, ended_logs: [...new Set(logIds)], logs: logIds.length },
    settings: source.limits,
    ...signalOf(request),
  });
  return new Map(rows.map((row) => [textOf(row, 'log_id'), wholeOf(row, 'ended')]));
}
