// Lines, into the database, exactly once. What a commit that was cut off has left is found out before the same lines are written again.
import type { Database } from '../db/database.ts';
import { TabSeparatedRows } from '../db/tab-separated.ts';
import { wholeOf } from './row-values.ts';
import type { LineBatch } from './store.ts';

/** Bytes of lines in one insert: what the database takes at once, and holds twice or so while it does. */
const insertBytesMax = 16 * 1024 * 1024;

const columns = ['log_id', 'origin', 'tenant', 'agent', 'received', 'relayed', 'seq', 'line'];
/** What a row has beside its line, about. */
const lineBytesBeside = 200;
const LF = 0x0a;

/** Not safe for two calls at once: whoever owns it lets one commit follow another. */
export class LineWriter {
  readonly #database: Database;
  /** Another collector may write the same logs, so that what this one wrote says nothing of what is there. */
  readonly #isShared: boolean;
  /** By log: the seq behind the last line that is known to be stored, with nothing beyond it. */
  readonly #ends = new Map<string, number>();

  constructor(database: Database, isShared: boolean) {
    this.#database = database;
    this.#isShared = isShared;
  }

  /** Resolves when all of them are durable. */
  async write(batches: readonly LineBatch[]): Promise<void> {
    // What a log's lines will end at; until the database has said that all is written, nothing is known of it.
    const ends = new Map<string, number>();
    const missing: LineBatch[] = [];
    for (const batch of batches) {
      if (batch.lines === 0) continue;
      const { logId, from, lines } = batch;
      const end = ends.get(logId) ?? this.#endOf(logId);
      // At the end and beyond it nothing is stored.
      if (end !== undefined && from >= end) missing.push(batch);
      else missing.push(...(await this.#missingOf(batch)));
      ends.set(logId, Math.max(from + lines, end ?? (await this.#storedEnd(logId, from))));
    }
    for (const logId of ends.keys()) this.#ends.delete(logId);
    for (const group of groupsOf(missing)) await this.#insert(group);
    for (const [logId, end] of ends) this.#ends.set(logId, end);
  }

  #endOf(logId: string): number | undefined {
    return this.#isShared ? undefined : this.#ends.get(logId);
  }

  /** The parts of a batch that are not stored yet. */
  async #missingOf(batch: LineBatch): Promise<readonly LineBatch[]> {
    const { logId, from, lines } = batch;
    const rows = await this.#database.rows({
      sql: `SELECT DISTINCT seq FROM events WHERE log_id = {log:String} AND seq >= {from:UInt64} AND seq < {to:UInt64}
        LIMIT {most:UInt64}`,
      parameters: { log: logId, from, to: from + lines, most: lines },
    });
    if (rows.length === 0) return [batch];
    const present = new Set(rows.map((row) => wholeOf(row, 'seq')));
    return runsOf(batch, (seq) => !present.has(seq));
  }

  /** The seq behind the last line that is stored from `from` on; `from` where there is none. */
  async #storedEnd(logId: string, from: number): Promise<number> {
    const [row] = await this.#database.rows({
      sql: `SELECT greatest(max(seq) + 1, {from:UInt64}) AS end FROM events WHERE log_id = {log:String} AND seq >= {from:UInt64} LIMIT 1`,
      parameters: { log: logId, from },
    });
    return row === undefined ? from : wholeOf(row, 'end');
  }

  async #insert(group: readonly LineBatch[]): Promise<void> {
    const body = new TabSeparatedRows(group.reduce((sum, { bytes, lines }) => sum + bytes.length + lines * lineBytesBeside, 0));
    for (const { logId, origin, tenant, agent, from, receivedAtMs, relayed = false, bytes } of group) {
      body.addLines([logId, origin, tenant, agent, (receivedAtMs / 1_000).toFixed(3), relayed ? 1 : 0], from, bytes);
    }
    // Each line is a row of `incoming`, and one that the view makes of it.
    await this.#database.insert({ table: 'incoming', columns, format: 'TabSeparated', body: body.body(), rows: body.rows * 2 });
  }
}

/** The stretches of a batch whose lines are wanted. */
function runsOf(batch: LineBatch, isWanted: (seq: number) => boolean): readonly LineBatch[] {
  const runs: LineBatch[] = [];
  let start = 0;
  let seq = batch.from;
  let open: { readonly from: number; readonly start: number } | undefined;
  const close = (to: number, end: number): void => {
    if (open !== undefined) runs.push({ ...batch, from: open.from, lines: to - open.from, bytes: batch.bytes.subarray(open.start, end) });
    open = undefined;
  };
  for (let end = batch.bytes.indexOf(LF); end >= 0; end = batch.bytes.indexOf(LF, start)) {
    if (!isWanted(seq)) close(seq, start);
    else open ??= { from: seq, start };
    start = end + 1;
    seq++;
  }
  close(seq, start);
  return runs;
}

/** Batches in groups of one insert each. */
function groupsOf(batches: readonly LineBatch[]): readonly (readonly LineBatch[])[] {
  const groups: LineBatch[][] = [];
  let bytes = Infinity;
  for (const batch of batches) {
    bytes += batch.bytes.length;
    if (bytes > insertBytesMax) {
      groups.push([]);
      bytes = batch.bytes.length;
    }
    groups.at(-1)?.push(batch);
  }
  return groups;
}
