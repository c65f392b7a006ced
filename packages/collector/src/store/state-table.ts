// A small table of rows that replace each other: what was written last counts.
import type { Database, Row } from '../db/database.ts';
import { wholeOf } from './row-values.ts';

type StateTable = 'logs' | 'nodes' | 'alarms' | 'tokens' | 'cosigners' | 'retention';

/** Adds rows; resolves when they are durable. */
export async function addRows(database: Database, table: StateTable, columns: readonly string[], rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const body = Buffer.from(rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  await database.insert({ table, columns, format: 'JSONEachRow', body, rows: rows.length });
}

/** A version above all that the table has. */
export async function nextVersion(database: Database, table: StateTable): Promise<number> {
  const [row] = await database.rows({ sql: `SELECT max(version) AS version FROM ${table} LIMIT 1` });
  return (row === undefined ? 0 : wholeOf(row, 'version')) + 1;
}
