// Brings the schema of a database to this version: each step once, in order.
import { type Database, DatabaseError } from '../../db/database.ts';
import { textOf, wholeOf } from '../row-values.ts';
import { events } from './0001-events.ts';
import { state } from './0002-state.ts';
import { ingest } from './0003-ingest.ts';
import { toldSizes } from './0004-told-sizes.ts';
import { shortLines } from './0005-short-lines.ts';
import { durable, type Migration } from './migration.ts';

/** All steps, in order. */
export const migrations: readonly Migration[] = [events, state, ingest, toldSizes, shortLines];

/**
 * Runs the steps that this database has not had. A step is recorded when all of it was done; one that was cut off is run again.
 * @throws DatabaseError DB_REFUSED where a newer version has been here
 */
export async function migrate(database: Database, steps: readonly Migration[] = migrations): Promise<void> {
  await database.execute({
    sql: `CREATE TABLE IF NOT EXISTS migrations (version UInt32, name String)
      ENGINE = ReplacingMergeTree ORDER BY version SETTINGS ${durable}`,
  });
  const rows = await database.rows({ sql: 'SELECT DISTINCT version, name FROM migrations ORDER BY version LIMIT 1000' });
  const done = new Map(rows.map((row) => [wholeOf(row, 'version'), textOf(row, 'name')]));
  const newest = Math.max(0, ...done.keys());
  if (newest > steps.length) {
    throw new DatabaseError(
      'DB_REFUSED',
      `${database.where} has schema ${newest} (${done.get(newest)}), and this collector knows ${steps.length}: run the newer collector`,
    );
  }
  for (const { version, name, statements } of steps) {
    if (done.has(version)) continue;
    for (const sql of statements) await database.execute({ sql });
    const body = Buffer.from(`${JSON.stringify({ version, name })}\n`);
    await database.insert({ table: 'migrations', columns: ['version', 'name'], format: 'JSONEachRow', body, rows: 1 });
  }
}
