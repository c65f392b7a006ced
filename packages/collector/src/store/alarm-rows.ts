// Alarms, as rows.
import type { Row } from '../db/database.ts';
import { oneOf, optionalWholeOf, textOf, textsOf, wholeOf } from './row-values.ts';
import type { Alarm } from './store.ts';

/** The columns, in the order of the table. */
export const alarmColumns: readonly string[] = [
  'id',
  'version',
  'tenant',
  'agent',
  'log_id',
  'origin',
  'kind',
  'at_ms',
  'message',
  'notes',
  'gap_from',
  'gap_to',
];

/** An alarm as its row. */
export function rowOfAlarm(alarm: Alarm, version: number): Row {
  const { id, tenant, agent, logId, origin, kind, atMs, message, notes, from, to } = alarm;
  const place = { gap_from: from ?? null, gap_to: to ?? null };
  return { id, version, tenant, agent, log_id: logId, origin, kind, at_ms: Math.round(atMs), message, notes, ...place };
}

/** A row as its alarm. */
export function alarmOfRow(row: Row): Alarm {
  const from = optionalWholeOf(row, 'gap_from');
  const to = optionalWholeOf(row, 'gap_to');
  return {
    id: textOf(row, 'id'),
    tenant: textOf(row, 'tenant'),
    agent: textOf(row, 'agent'),
    logId: textOf(row, 'log_id'),
    origin: textOf(row, 'origin'),
    kind: oneOf(row, 'kind', ['FORK', 'ROLLBACK', 'ROOT_MISMATCH', 'DATA_LOST', 'GAP', 'FOREIGN_IDENTITY']),
    atMs: wholeOf(row, 'at_ms'),
    message: textOf(row, 'message'),
    notes: textsOf(row, 'notes'),
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}
