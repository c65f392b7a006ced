// The condition of every statement about events: what the asker may see, the time, and the search.
import { compile } from '@agent-audit/search';
import { type Database, DatabaseError, type Parameter, type Statement } from '../../db/database.ts';
import { type SearchCondition, searchCondition } from '../search/search-condition.ts';
import type { EventsRequest } from '../store.ts';
import { type Condition, visibleCondition } from '../visible.ts';
import { placedLineColumns, placedLines } from './binary-lines.ts';

/** Which events, of whatever order. */
export type Narrowed = Omit<EventsRequest, 'order' | 'limit' | 'after'>;

/** Where events are read from, and within which limits. */
export interface EventSource {
  readonly database: Database;
  /** For counting: `events`, or `events FINAL` where two collectors may have stored the same line at the same time. */
  readonly table: 'events' | 'events FINAL';
  /** Seconds, rows and bytes that one statement may take. */
  readonly limits: NonNullable<Statement['settings']>;
}

/** Lines that the matcher itself is asked of, at most, for one request. */
const asidesMax = 50_000;
const asideBytesMax = 128 * 1024 * 1024;

/** Makes the condition; asks the matcher of the lines that no statement can decide. */
export async function narrow(source: EventSource, request: Narrowed): Promise<Condition> {
  const base = baseCondition(request);
  if (request.query.kind === 'all') return base;
  const search = searchCondition(request.query);
  const aside = await findAsides(source, request, base, search);
  const parts = [...(search.isExact ? [`(regular AND ${search.sql})`] : []), ...(aside === undefined ? [] : [aside.sql])];
  return {
    sql: `${base.sql} AND ${parts.length === 0 ? '0' : `(${parts.join(' OR ')})`}`,
    parameters: { ...base.parameters, ...search.parameters, ...aside?.parameters },
  };
}

/** Whose events, and of which time. */
function baseCondition({ visible, sinceMs, untilMs }: Narrowed): Condition {
  const { sql, parameters } = visibleCondition(visible);
  const since = sinceMs === undefined ? [] : [`time >= ${timePlace('since')}`];
  const until = untilMs === undefined ? [] : [`time < ${timePlace('until')}`];
  const times: Record<string, Parameter> = {
    ...(sinceMs === undefined ? {} : { since: inRange(sinceMs) }),
    ...(untilMs === undefined ? {} : { until: inRange(untilMs) }),
  };
  return { sql: [sql, ...since, ...until].join(' AND '), parameters: { ...parameters, ...times } };
}

function timePlace(name: string): string {
  return `fromUnixTimestamp64Nano({${name}:Int64} * 1000000, 'UTC')`;
}

/** Milliseconds that the column can be compared with: from 1900 to 2262. */
function inRange(timeMs: number): number {
  return Math.min(9_223_372_036_000, Math.max(-2_208_988_800_000, Math.ceil(timeMs)));
}

/** The lines that only the matcher can judge, and that it finds. */
async function findAsides(
  source: EventSource,
  request: Narrowed,
  base: Condition,
  search: SearchCondition,
): Promise<Condition | undefined> {
  const matcher = compile(request.query);
  const bytes = await source.database.bytes(
    {
      sql: `SELECT ${placedLineColumns} FROM ${source.table}
        WHERE ${base.sql} AND ${search.isExact ? 'NOT regular' : `(NOT regular OR ${search.sql})`} LIMIT {asides:UInt64}`,
      parameters: { ...base.parameters, ...(search.isExact ? {} : search.parameters), asides: asidesMax + 1 },
      settings: { ...source.limits, max_result_bytes: asideBytesMax },
      ...signalOf(request),
    },
    'RowBinary',
  );
  const logs: string[] = [];
  const seqs: number[] = [];
  let count = 0;
  for (const { logId, seq, line } of placedLines(bytes)) {
    if (++count > asidesMax) throw tooMany(source.database);
    if (!matcher.matchesLine(line)) continue;
    logs.push(logId);
    seqs.push(seq);
  }
  if (logs.length === 0) return undefined;
  return {
    sql: `(log_id, seq) IN (SELECT place.1, place.2
      FROM (SELECT arrayJoin(arrayZip({aside_logs:Array(String)}, {aside_seqs:Array(UInt64)})) AS place))`,
    parameters: { aside_logs: logs, aside_seqs: seqs },
  };
}

function tooMany({ where }: Database): DatabaseError {
  return new DatabaseError(
    'DB_LIMIT',
    `${where}: more than ${asidesMax} lines of this time range must be looked at one by one for this search (they are irregular, or ` +
      'it has parts that no statement says); narrow the time range',
  );
}

/**
 * Between ORDER BY and LIMIT of a statement that gives events in their order: where a line may stand twice, it is given once. It costs
 * nothing there, because the two stand side by side; FINAL reads four times as much.
 */
export function onceOnly({ table }: EventSource): string {
  return table === 'events' ? '' : 'LIMIT 1 BY log_id, seq';
}

/** The signal of a request, as a member of a statement. */
export function signalOf({ signal }: Pick<Narrowed, 'signal'>): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}
