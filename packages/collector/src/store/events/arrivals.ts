// Events in the order in which they came in. The key of the table is another, so this is for going on, not for looking around.
import type { ArrivalKey, ArrivalsRequest, StoredEvent } from '../store.ts';
import type { Condition } from '../visible.ts';
import { type EventSource, narrow, signalOf } from './narrowing.ts';
import { eventColumns, eventOfRow } from './pages.ts';

const anywhere: Condition = { sql: '1', parameters: {} };

/** The next of them. */
export async function readArrivals(
  source: EventSource,
  request: ArrivalsRequest,
): Promise<{ readonly events: readonly StoredEvent[]; readonly more: boolean }> {
  const { receivedFromMs, lines, after, limit } = request;
  const condition = await narrow(source, request);
  const within = lines === undefined ? anywhere : linesCondition(lines);
  const behind = after === undefined ? anywhere : behindCondition(after);
  const rows = await source.database.rows({
    sql: `SELECT ${eventColumns} FROM ${source.table}
      WHERE ${condition.sql} AND ${within.sql} AND ${behind.sql}
        AND received >= fromUnixTimestamp64Milli({received_from:Int64}, 'UTC')
      ORDER BY received, log_id, seq LIMIT {page:UInt64}`,
    parameters: {
      ...condition.parameters,
      ...within.parameters,
      ...behind.parameters,
      received_from: receivedFromMs,
      page: limit + 1,
    },
    settings: source.limits,
    ...signalOf(request),
  });
  return { events: rows.slice(0, limit).map(eventOfRow), more: rows.length > limit };
}

function linesCondition({ logId, from, to }: NonNullable<ArrivalsRequest['lines']>): Condition {
  return {
    sql: 'log_id = {lines_log:String} AND seq >= {lines_from:UInt64} AND seq < {lines_to:UInt64}',
    parameters: { lines_log: logId, lines_from: from, lines_to: to },
  };
}

function behindCondition({ receivedMs, logId, seq }: ArrivalKey): Condition {
  return {
    sql: `(received, log_id, seq) > (fromUnixTimestamp64Milli({after_received:Int64}, 'UTC'), {after_log:String}, {after_seq:UInt64})`,
    parameters: { after_received: receivedMs, after_log: logId, after_seq: seq },
  };
}
