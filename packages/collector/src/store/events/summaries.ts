// Events, counted: over time, by value, by kind.
import { type Database, DatabaseError, type Row } from '../../db/database.ts';
import { numberOf, textOf, wholeOf } from '../row-values.ts';
import { textColumns } from '../search/field-test.ts';
import { fieldValues } from '../search/field-values.ts';
import { Values } from '../search/values.ts';
import type { EventStats, FacetValue, HistogramBar } from '../store.ts';
import type { Condition } from '../visible.ts';
import { type EventSource, type Narrowed, narrow, signalOf } from './narrowing.ts';

const barsMax = 400;
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
  const count = Math.min(barsMax, Math.max(1, Math.floor(bars)));
  const widthMs = Math.max(1, Math.ceil((untilMs - sinceMs) / count));
  const condition = await narrow(source, request);
  // The events are looked at once; all else is about what they add up to.
  const place = 'intDiv(toUnixTimestamp64Milli(time) - {bars_since:Int64}, {bar_width:Int64})';
  const counted = `SELECT ${place} AS bar, ${by} AS value, count() AS events
    FROM ${source.table} WHERE ${condition.sql} GROUP BY bar, value`;
  const ranked = `SELECT bar, value, events, dense_rank() OVER (ORDER BY total DESC, value) AS rank
    FROM (SELECT bar, value, events, sum(events) OVER (PARTITION BY value) AS total FROM (${counted}))`;
  const rows = await source.database.rows({
    sql: `SELECT bar, if(rank <= ${seriesMax}, toString(value), '${otherSeries}') AS name, sum(events) AS count
      FROM (${ranked}) GROUP BY bar, name ORDER BY bar, name LIMIT ${barsMax * (seriesMax + 1)}`,
    parameters: { ...condition.parameters, bars_since: Math.ceil(sinceMs), bar_width: widthMs },
    settings: source.limits,
    ...signalOf(request),
  });
  const counts = Array.from({ length: Math.ceil((untilMs - sinceMs) / widthMs) }, (): Record<string, number> => ({}));
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
    const values = new Values('facet');
    const expression = fieldValues(field, values);
    const { limit } = request;
    if (column !== undefined) facets[field] = await topOf(source, request, filled(condition, column), column, limit);
    else facets[field] = expression === undefined ? [] : await top(source, request, withValues(condition, values), expression, limit);
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
    byType: await topOf(source, request, condition, 'type', topMax),
    bySeverity: await topOf(source, request, condition, 'severity', topMax),
    byAgent: await topOf(source, request, condition, 'agent', topMax),
    topErrors: await topOf(source, request, filled(condition, 'error'), `substringUTF8(error, 1, ${errorCharsMax})`, topMax),
    durations: durations.map((row) => ({
      type: textOf(row, 'type'),
      count: wholeOf(row, 'count'),
      medianMs: numberOf(row, 'median'),
      p95Ms: numberOf(row, 'p95'),
      maxMs: numberOf(row, 'longest'),
    })),
  };
}

/** How often each value of a column, or of what is made of one, stands in the events. */
async function topOf(
  source: EventSource,
  request: Narrowed,
  condition: Condition,
  expression: string,
  limit: number,
): Promise<readonly FacetValue[]> {
  const bounded = { sql: condition.sql, parameters: { ...condition.parameters, top: topCount(limit) } };
  // By what is stored, not by its text: an encoded column is counted by its codes.
  const what = `toString(${expression}) AS value, count() AS count`;
  const rest = `GROUP BY ${expression} ORDER BY count DESC, value LIMIT {top:UInt64}`;
  return (await select(source, request, bounded, what, rest)).map(facetOfRow);
}

/** How often each value of an expression, which is a list, stands in the events. */
async function top(
  source: EventSource,
  request: Narrowed,
  condition: Condition,
  expression: string,
  limit: number,
): Promise<readonly FacetValue[]> {
  const rows = await select(
    source,
    request,
    { ...condition, parameters: { ...condition.parameters, top: topCount(limit) } },
    `arrayJoin(${expression}) AS value, count() AS count`,
    'GROUP BY value ORDER BY count DESC, value LIMIT {top:UInt64}',
  );
  return rows.map(facetOfRow);
}

function topCount(limit: number): number {
  return Math.max(1, Math.floor(limit));
}

function facetOfRow(row: Row): FacetValue {
  return { value: textOf(row, 'value'), count: wholeOf(row, 'count') };
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
