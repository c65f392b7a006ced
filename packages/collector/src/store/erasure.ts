// Erasure: a line becomes its stub, everywhere that it was kept. The database rewrites the parts that hold it, and deletes the old ones
// within half a minute (settings of the table).
import type { Database } from '../db/database.ts';
import { textOf } from './row-values.ts';

/** Stubs of one statement: each rewrites the parts that hold its lines. */
const stubsMax = 1_000;

const cleared = [
  'type',
  'severity',
  'agent_id',
  'tenant_id',
  'job',
  'report_id',
  'error',
  'trace_id',
  'outcome',
  'operation',
  'rest',
];

/** Resolves when no row has the old bytes. Repeating it does nothing. */
export async function eraseLines(
  database: Database,
  logId: string,
  stubs: readonly { readonly seq: number; readonly line: Uint8Array }[],
): Promise<void> {
  for (let at = 0; at < stubs.length; at += stubsMax) await eraseSome(database, logId, stubs.slice(at, at + stubsMax));
}

async function eraseSome(
  database: Database,
  logId: string,
  stubs: readonly { readonly seq: number; readonly line: Uint8Array }[],
): Promise<void> {
  const lines = stubs.map(({ line }) => Buffer.from(line).toString('utf8').replace(/\n$/, ''));
  const parameters = { log: logId, seqs: stubs.map(({ seq }) => seq), lines };
  const stub = 'transform(seq, {seqs:Array(UInt64)}, {lines:Array(String)}, line)';
  const where = `log_id = {log:String} AND seq IN {seqs:Array(UInt64)} AND line != ${stub}`;
  const [row] = await database.rows({ sql: `SELECT toString(count()) AS count FROM events WHERE ${where} LIMIT 1`, parameters });
  if (row === undefined || textOf(row, 'count') === '0') return;
  const columns = cleared.map((name) => `${name} = ${name === 'type' ? `'log.erased'` : `''`}`);
  await database.execute({
    sql: `ALTER TABLE events UPDATE line = ${stub}, ${columns.join(', ')}, duration_ms = NULL, by_span = 0, regular = 0, plain = 1,
      marks = arrayConcat(arrayFilter(mark -> mark = 'RELAYED', marks), ['ERASED']) WHERE ${where}`,
    parameters,
  });
}
