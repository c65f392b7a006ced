// Raw lines out of the database, byte by byte as they came in.
import type { Database } from '../db/database.ts';
import { placedLineColumns, placedLines } from './events/binary-lines.ts';
import { wholeOf } from './row-values.ts';

const bytesMax = 64 * 1024 * 1024;
/** Lines of one statement. */
const linesMax = 20_000;
const LF = new Uint8Array([0x0a]);

/** Lines with the seqs they have. */
export interface StoredLines {
  readonly bytes: Uint8Array;
  readonly seqs: readonly number[];
}

/** Lines [from, to) of a log, in order, each with its LF; up to 64 MiB of them. */
export async function readLines(database: Database, logId: string, from: number, to: number): Promise<StoredLines> {
  const pieces: Uint8Array[] = [];
  const seqs: number[] = [];
  let bytes = 0;
  let next = from;
  while (next < to) {
    const result = await database.bytes(
      {
        sql: `SELECT ${placedLineColumns} FROM events WHERE log_id = {log:String} AND seq >= {from:UInt64} AND seq < {to:UInt64}
          ORDER BY seq LIMIT 1 BY seq LIMIT {most:UInt64}`,
        parameters: { log: logId, from: next, to, most: linesMax },
      },
      'RowBinary',
    );
    let count = 0;
    for (const { seq, line } of placedLines(result)) {
      bytes += line.length + 1;
      if (bytes > bytesMax) return { bytes: Buffer.concat(pieces), seqs };
      pieces.push(line, LF);
      seqs.push(seq);
      next = seq + 1;
      count++;
    }
    if (count < linesMax) break;
  }
  return { bytes: Buffer.concat(pieces), seqs };
}

/** One more than the highest seq that is stored from `from` on without a hole. */
export async function readStoredSize(database: Database, logId: string, from: number): Promise<number> {
  const [row] = await database.rows({
    sql: `SELECT if(countIf(seq = {from:UInt64}) = 0, {from:UInt64}, minIf(seq + 1, next != seq + 1)) AS size
      FROM (
        SELECT seq, leadInFrame(seq) OVER (ORDER BY seq ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) AS next
        FROM (SELECT DISTINCT seq FROM events WHERE log_id = {log:String} AND seq >= {from:UInt64})
      ) LIMIT 1`,
    parameters: { log: logId, from },
  });
  return row === undefined ? from : wholeOf(row, 'size');
}
