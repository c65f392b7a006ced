// Records of logs, as rows.
import type { Row } from '../db/database.ts';
import { oneOf, optionalWholeOf, textOf, textsOf, wholeOf, wholesOf } from './row-values.ts';
import type { LogRecord } from './store.ts';

/** The columns, in the order of the table. */
export const logColumns: readonly string[] = [
  'collector',
  'log_id',
  'version',
  'origin',
  'vkey',
  'tenant',
  'agent',
  'enrolled_ms',
  'first',
  'size',
  'frontier',
  'note',
  'seen_ms',
  'grown_ms',
  'newest_event_ms',
  'end',
  'state',
  'erasing',
  'told_size',
];

/** A record as its row. */
export function rowOfRecord(record: LogRecord, collector: string, version: number): Row {
  return {
    collector,
    log_id: record.logId,
    version,
    origin: record.origin,
    vkey: record.vkey,
    tenant: record.tenant,
    agent: record.agent,
    enrolled_ms: Math.round(record.enrolledAtMs),
    first: record.first,
    size: record.size,
    frontier: record.frontier.map((hash) => Buffer.from(hash).toString('base64')),
    note: record.note,
    seen_ms: Math.round(record.seenAtMs),
    grown_ms: Math.round(record.grownAtMs),
    newest_event_ms: Math.round(record.newestEventMs),
    end: record.end,
    state: record.state,
    erasing: record.erasing,
    told_size: record.toldSize ?? null,
  };
}

/** A row as its record. */
export function recordOfRow(row: Row): LogRecord {
  return {
    logId: textOf(row, 'log_id'),
    origin: textOf(row, 'origin'),
    vkey: textOf(row, 'vkey'),
    tenant: textOf(row, 'tenant'),
    agent: textOf(row, 'agent'),
    enrolledAtMs: wholeOf(row, 'enrolled_ms'),
    first: wholeOf(row, 'first'),
    size: wholeOf(row, 'size'),
    frontier: textsOf(row, 'frontier').map((text) => new Uint8Array(Buffer.from(text, 'base64'))),
    note: textOf(row, 'note'),
    seenAtMs: wholeOf(row, 'seen_ms'),
    grownAtMs: wholeOf(row, 'grown_ms'),
    newestEventMs: wholeOf(row, 'newest_event_ms'),
    end: oneOf(row, 'end', ['open', 'stop']),
    state: oneOf(row, 'state', ['sound', 'forked']),
    erasing: wholesOf(row, 'erasing'),
    toldSize: optionalWholeOf(row, 'told_size'),
  };
}
