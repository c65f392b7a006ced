// Events, counted: over time, by value, by kind.
import { type Database, DatabaseError, type Row } from '../../db/database.ts';
import { barOfEvent, barParameters, barsMax, barsOf } from '../bars.ts';
import { numberOf, textOf, wholeOf } from '../row-values.ts';
import { textColumns } from '../search/field-test.ts';
import { fieldValues } from '../search/field-values.ts';
import { Values } from '../search/values.ts';
import type { EventStats, FacetValue, HistogramBar } from '../store.ts';
import type { Condition } from '../visible.ts';
import { type EventSource, type Narrowed, narrow, signalOf } from './narrowing.ts';

/** Types with a series of their own; what is beyond goes into `otherSeries`. */
const seriesMax = 20;
const otherSeries = 'other';
const topMax = 20;
const errorCharsMax = 200;

/** How many events there are. */
export async function countEvents(source: EventSource, request: Narrowed): Promise<number> {
  const rows = await select(source, request, await narrow(source, request), 'count() AS count', 'LIMIT 1');
  return wholeOf(firstOf(rows, source.database), 'count');
}

/** Bars of one width over the whole of [sinceMs, untilMs), the empty ones too. */
export async function readHistogram(
  source: EventSource,
  request: Narrowed & { readonly bars: number; readonly by: 'severity' | 'type' },
): Promise<readonly HistogramBar[]> {
  const { sinceMs, untilMs, bars, by } = request;
  if (sinceMs === undefined || untilMs === undefined || untilMs <= sinceMs) {
    throw new RangeError('a histogram needs the time that it covers');
  }
  const { widthMs, count } = barsOf({ sinceMs, untilMs, bars });
  const condition = await narrow(source, request);
  // The events are looked at once; all else is about what they add up to.
  const counted = `SELECT ${barOfEvent} AS bar, ${by} AS value, count() AS events
    FROM ${source.table} WHERE ${condition.sql} GROUP BY bar, value`;
  const ranked = `SELECT bar, value, events, dense_rank() OVER (ORDER BY total DESC, value) AS rank
    FROM (SELECT bar, value, events, sum(events) OVER (PARTITION BY value) AS total FROM (${counted}))`;
  const rows = await source.database.rows({
    sql: `SELECT bar, if(rank <= ${seriesMax}, toString(value), '${otherSeries}') AS name, sum(events) AS count
      FROM (${ranked}) GROUP BY bar, name ORDER BY bar, name LIMIT ${barsMax * (seriesMax + 1)}`,
    parameters: { ...condition.parameters, ...barParameters(sinceMs, widthMs) },
    settings: source.limits,
    ...signalOf(request),
  });
  const counts = Array.from({ length: count }, (): Record<string, number> => ({}));
  for (const row of rows) {
    const bar = counts[wholeOf(row, 'bar')];
    if (bar !== undefined) bar[textOf(row, 'name')] = wholeOf(row, 'count');
  }
  return counts.map((bar, index) => ({ fromMs: sinceMs + index * widthMs, widthMs, counts: bar }));
}

/** The most frequent values of each field. */
export async function readFacets(
  source: EventSource,
  request: Narrowed & { readonly fields: readonly string[]; readonly limit: number },
): Promise<Readonly<Record<string, readonly FacetValue[]>>> {
  const condition = await narrow(source, request);
  const facets: Record<string, readonly FacetValue[]> = {};
  for (const field of request.fields) {
    const column = textColumns.get(field);
    const { limit } = request;
    if (column !== undefined) {
      facets[field] = await top(source, request, filled(condition, column), ofColumn(column), limit);
      continue;
    }
    const values = new Values('facet');
    const items = fieldValues(field, values);
    facets[field] = items === undefined ? [] : await top(source, request, withValues(condition, values), ofItems(items), limit);
  }
  return facets;
}

/** What the events are, summed up. */
export async function readStats(source: EventSource, request: Narrowed): Promise<EventStats> {
  const condition = await narrow(source, request);
  const rows = await select(
    source,
    request,
    condition,
    `count() AS events, toUnixTimestamp64Milli(min(time)) AS first_ms, toUnixTimestamp64Milli(max(time)) AS last_ms`,
    'LIMIT 1',
  );
  const whole = firstOf(rows, source.database);
  const events = wholeOf(whole, 'events');
  const durations = await select(
    source,
    request,
    { ...condition, sql: `${condition.sql} AND isNotNull(duration_ms)` },
    `type, count() AS count, quantilesTDigest(0.5, 0.95)(assumeNotNull(duration_ms)) AS quantiles,
      quantiles[1] AS median, quantiles[2] AS p95, max(assumeNotNull(duration_ms)) AS longest`,
    `GROUP BY type ORDER BY count DESC, type LIMIT ${topMax}`,
  );
  return {
    events,
    ...(events === 0 ? {} : { firstMs: wholeOf(whole, 'first_ms'), lastMs: wholeOf(whole, 'last_ms') }),
    byType: await top(source, request, condition, ofColumn('type'), topMax),
    bySeverity: await top(source, request, condition, ofColumn('severity'), topMax),
    byAgent: await top(source, request, condition, ofColumn('agent'), topMax),
    topErrors: await top(source, request, filled(condition, 'error'), ofColumn(`substringUTF8(error, 1, ${errorCharsMax})`), topMax),
    durations: durations.map((row) => ({
      type: textOf(row, 'type'),
      count: wholeOf(row, 'count'),
      medianMs: numberOf(row, 'median'),
      p95Ms: numberOf(row, 'p95'),
      maxMs: numberOf(row, 'longest'),
    })),
  };
}

/** What is counted: a value's text, and what events are grouped by for it. */
interface Counted {
  readonly value: string;
  readonly by: string;
}

/** A column, or what is made of one: by what is stored, not by its text, for an encoded column is counted by its codes. */
function ofColumn(expression: string): Counted {
  return { value: `toString(${expression})`, by: expression };
}

/** Each item of an expression that is a list. */
function ofItems(expression: string): Counted {
  return { value: `arrayJoin(${expression})`, by: 'value' };
}

/** How often each value stands in the events, the most frequent first. */
async function top(
  source: EventSource,
  request: Narrowed,
  condition: Condition,
  { value, by }: Counted,
  limit: number,
): Promise<readonly FacetValue[]> {
  const bounded = { sql: condition.sql, parameters: { ...condition.parameters, top: Math.max(1, Math.floor(limit)) } };
  const rest = `GROUP BY ${by} ORDER BY count DESC, value LIMIT {top:UInt64}`;
  const rows = await select(source, request, bounded, `${value} AS value, count() AS count`, rest);
  return rows.map((row) => ({ value: textOf(row, 'value'), count: wholeOf(row, 'count') }));
}

function select(source: EventSource, request: Narrowed, condition: Condition, what: string, rest: string): Promise<readonly Row[]> {
  return source.database.rows({
    sql: `SELECT ${what} FROM ${source.table} WHERE ${condition.sql} ${rest}`,
    parameters: condition.parameters,
    settings: source.limits,
    ...signalOf(request),
  });
}

/** Only where a column says something. */
function filled({ sql, parameters }: Condition, column: string): Condition {
  return { sql: `${sql} AND ${column} != ''`, parameters };
}

function withValues(condition: Condition, values: Values): Condition {
  return { sql: condition.sql, parameters: { ...condition.parameters, ...values.parameters } };
}

function firstOf(rows: readonly Row[], { where }: Database): Row {
  const [row] = rows;
  if (row === undefined) throw new DatabaseError('DB_UNAVAILABLE', `${where} answered a count with nothing`);
  return row;
}
