// How much each of some logs recorded over time: one statement, however many they are.
import { all } from '@agent-audit/search';
import { barOfEvent, barParameters, barsOf } from '../bars.ts';
import { textOf, wholeOf } from '../row-values.ts';
import type { RatesRequest } from '../store.ts';
import { type EventSource, narrow, signalOf } from './narrowing.ts';

/** Bars of one width over the whole of [sinceMs, untilMs), by log. */
export async function readRates(source: EventSource, request: RatesRequest): Promise<ReadonlyMap<string, readonly number[]>> {
  const { visible, logIds, sinceMs, untilMs, bars } = request;
  if (untilMs <= sinceMs) throw new RangeError('rates need the time that they cover');
  if (logIds.length === 0) return new Map();
  const { widthMs, count } = barsOf({ sinceMs, untilMs, bars });
  const condition = await narrow(source, { visible, query: all, sinceMs, untilMs });
  const rows = await source.database.rows({
    sql: `SELECT log_id, ${barOfEvent} AS bar, count() AS count
      FROM ${source.table} WHERE ${condition.sql} AND log_id IN (SELECT arrayJoin({rate_logs:Array(String)}))
      GROUP BY log_id, bar LIMIT {most:UInt64}`,
    parameters: {
      ...condition.parameters,
      rate_logs: logIds,
      ...barParameters(sinceMs, widthMs),
      most: logIds.length * count,
    },
    settings: source.limits,
    ...signalOf(request),
  });
  const rates = new Map<string, number[]>();
  for (const row of rows) {
    const logId = textOf(row, 'log_id');
    const counts = rates.get(logId) ?? Array.from({ length: count }, () => 0);
    const bar = wholeOf(row, 'bar');
    if (bar < count) counts[bar] = wholeOf(row, 'count');
    rates.set(logId, counts);
  }
  return rates;
}
