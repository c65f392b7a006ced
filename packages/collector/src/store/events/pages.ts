// Pages of events, by the place of their last one: a page never shifts because events come in.
import { parseEvent } from '@agent-audit/search';
import type { Row } from '../../db/database.ts';
import { oneOf, textOf, wholeOf } from '../row-values.ts';
import type { EventKey, EventsPage, EventsRequest, Mark, StoredEvent } from '../store.ts';
import type { Condition } from '../visible.ts';
import { type EventSource, narrow, onceOnly, signalOf } from './narrowing.ts';

const marks: readonly Mark[] = ['NOT_JSON', 'OTHER_TENANT', 'OTHER_AGENT', 'RELAYED', 'ERASED'];

/** What a page shows of a row. */
export const eventColumns = `log_id, origin, tenant, agent, seq, whole, marks,
  toUnixTimestamp64Milli(received) AS received_ms, toUnixTimestamp64Nano(time) AS time_ns`;

/** One page. */
export async function readPage(source: EventSource, request: EventsRequest): Promise<EventsPage> {
  const { order, limit, after } = request;
  const condition = await narrow(source, request);
  const behind = after === undefined ? undefined : behindCondition(after, order);
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const rows = await source.database.rows({
    sql: `SELECT ${eventColumns} FROM events WHERE ${condition.sql}${behind === undefined ? '' : ` AND ${behind.sql}`}
      ORDER BY time ${direction}, log_id ${direction}, seq ${direction} ${onceOnly(source)} LIMIT {page:UInt64}`,
    parameters: { ...condition.parameters, ...behind?.parameters, page: limit + 1 },
    // A page reads from its end on; blocks of a granule do not look at more than they must.
    settings: { ...source.limits, max_block_size: 8_192 },
    ...signalOf(request),
  });
  return { events: rows.slice(0, limit).map(eventOfRow), more: rows.length > limit };
}

/** Events strictly behind one, in an order. */
export function behindCondition({ timestampMs, nanos, logId, seq }: EventKey, order: 'asc' | 'desc'): Condition {
  const time = `fromUnixTimestamp64Nano({after_time:Int64}, 'UTC')`;
  const operator = order === 'asc' ? '>' : '<';
  // The first half alone is what the primary key understands.
  return {
    sql: `time ${operator}= ${time} AND (time ${operator} ${time} OR (log_id, seq) ${operator} ({after_log:String}, {after_seq:UInt64}))`,
    parameters: { after_time: BigInt(timestampMs) * 1_000_000n + BigInt(nanos), after_log: logId, after_seq: seq },
  };
}

/** An event, out of a row of `eventColumns`. */
export function eventOfRow(row: Row): StoredEvent & { readonly key: EventKey } {
  const logId = textOf(row, 'log_id');
  const seq = wholeOf(row, 'seq');
  const line = textOf(row, 'whole');
  const key = keyOf(BigInt(textOf(row, 'time_ns')), logId, seq);
  return {
    logId,
    origin: textOf(row, 'origin'),
    tenant: textOf(row, 'tenant'),
    agent: textOf(row, 'agent'),
    seq,
    line,
    receivedAtMs: wholeOf(row, 'received_ms'),
    timestampMs: key.timestampMs,
    marks: marksOf(row, line),
    key,
  };
}

/** The place of an event whose time is so many nanoseconds after 1970, or before. */
export function keyOf(nanos: bigint, logId: string, seq: number): EventKey {
  const belowMs = ((nanos % 1_000_000n) + 1_000_000n) % 1_000_000n;
  return { timestampMs: Number((nanos - belowMs) / 1_000_000n), nanos: Number(belowMs), logId, seq };
}

/** The database reads fewer numbers than JavaScript does (`1e999`): what can be read after all is no damage. */
function marksOf(row: Row, line: string): readonly Mark[] {
  const told = row['marks'];
  const found = Array.isArray(told) ? told.map((mark: unknown) => oneOf({ mark }, 'mark', marks)) : [];
  return found.filter((mark) => mark !== 'NOT_JSON' || parseEvent(line) === undefined);
}
