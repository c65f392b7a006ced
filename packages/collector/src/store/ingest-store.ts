// What ingest writes and reads back. The commit point is the insert of the records: what is stored beyond them was never acknowledged.
import type { Database } from '../db/database.ts';
import { TabSeparatedRows } from '../db/tab-separated.ts';
import type { Visible } from '../principal.ts';
import { alarmColumns, alarmOfRow, rowOfAlarm } from './alarm-rows.ts';
import { eraseLines } from './erasure.ts';
import { LineWriter } from './line-writer.ts';
import { logColumns, recordOfRow, rowOfRecord } from './log-record-rows.ts';
import { textOf, wholeOf } from './row-values.ts';
import { addRows, nextVersion } from './state-table.ts';
import type { Alarm, Commit, IngestStore, LogRecord, SharedStore, TreeNode } from './store.ts';
import { readLines, readStoredSize, type StoredLines } from './stored-lines.ts';
import { visibleCondition } from './visible.ts';

const rowsMax = 1_000_000;

export interface IngestStoreOptions {
  readonly database: Database;
  /** The name of this collector: each has records and nodes of its own. */
  readonly collector: string;
  /** Other collectors write into the same database. */
  readonly isShared: boolean;
}

/** Opens ingest's part of a database that has its schema. */
export async function openIngestStore(options: IngestStoreOptions): Promise<IngestStore & SharedStore> {
  const { database } = options;
  const version = Math.max(await nextVersion(database, 'logs'), await nextVersion(database, 'nodes'));
  return new DatabaseIngestStore(options, version);
}

class DatabaseIngestStore implements IngestStore, SharedStore {
  readonly #database: Database;
  readonly #collector: string;
  readonly #lines: LineWriter;
  /** Of the next commit. */
  #version: number;
  /** The last commit or erasure: one follows another. */
  #last: Promise<void> = Promise.resolve();

  constructor({ database, collector, isShared }: IngestStoreOptions, version: number) {
    this.#database = database;
    this.#collector = collector;
    this.#lines = new LineWriter(database, isShared);
    this.#version = version;
  }

  async commit(commit: Commit): Promise<void> {
    await this.#inTurn(async () => {
      const version = this.#version++;
      const alarms = commit.alarms.map((alarm) => rowOfAlarm(alarm, version));
      await allDone([
        this.#lines.write(commit.batches),
        this.#writeNodes(commit.nodes, version).then(() => addRows(this.#database, 'alarms', alarmColumns, alarms)),
      ]);
      // THE COMMIT POINT: nothing of the above counts before this, and all of it is durable.
      await addRows(
        this.#database,
        'logs',
        logColumns,
        commit.records.map((record) => rowOfRecord(record, this.#collector, version)),
      );
    });
  }

  async records(): Promise<readonly LogRecord[]> {
    const rows = await this.#database.rows({
      sql: 'SELECT * FROM logs FINAL WHERE collector = {collector:String} ORDER BY log_id LIMIT {most:UInt64}',
      parameters: { collector: this.#collector, most: rowsMax },
    });
    return rows.map(recordOfRow);
  }

  async othersRecords(): Promise<readonly LogRecord[]> {
    const rows = await this.#database.rows({
      sql: `SELECT * FROM logs FINAL WHERE collector != {collector:String}
        ORDER BY log_id, state = 'forked' DESC, size DESC, seen_ms DESC LIMIT 1 BY log_id LIMIT {most:UInt64}`,
      parameters: { collector: this.#collector, most: rowsMax },
    });
    return rows.map(recordOfRow);
  }

  async record(logId: string): Promise<LogRecord | undefined> {
    const [row] = await this.#database.rows({
      sql: 'SELECT * FROM logs WHERE collector = {collector:String} AND log_id = {log:String} ORDER BY version DESC LIMIT 1',
      parameters: { collector: this.#collector, log: logId },
    });
    return row === undefined ? undefined : recordOfRow(row);
  }

  storedSize(logId: string, from: number): Promise<number> {
    return readStoredSize(this.#database, logId, from);
  }

  lines(logId: string, from: number, to: number): Promise<StoredLines> {
    return readLines(this.#database, logId, from, to);
  }

  async nodes(logId: string, wanted: readonly { readonly level: number; readonly index: number }[]): Promise<readonly TreeNode[]> {
    if (wanted.length === 0) return [];
    const rows = await this.#database.rows({
      sql: `SELECT level, place, hex(hash) AS hash FROM nodes
        WHERE collector = {collector:String} AND log_id = {log:String} AND (level, place) IN (
          SELECT node.1, node.2 FROM (SELECT arrayJoin(arrayZip({levels:Array(UInt8)}, {indexes:Array(UInt64)})) AS node))
        ORDER BY version DESC LIMIT 1 BY level, place LIMIT {most:UInt64}`,
      parameters: {
        collector: this.#collector,
        log: logId,
        levels: wanted.map(({ level }) => level),
        indexes: wanted.map(({ index }) => index),
        most: wanted.length,
      },
    });
    return rows.map((row) => ({
      logId,
      level: wholeOf(row, 'level'),
      index: wholeOf(row, 'place'),
      hash: new Uint8Array(Buffer.from(textOf(row, 'hash'), 'hex')),
    }));
  }

  async erase(logId: string, stubs: readonly { readonly seq: number; readonly line: Uint8Array }[]): Promise<void> {
    await this.#inTurn(async () => {
      await eraseLines(this.#database, logId, stubs);
    });
  }

  async alarms(visible: Visible, limit: number, logId?: string): Promise<readonly Alarm[]> {
    const { sql, parameters } = visibleCondition(visible);
    const ofLog = logId === undefined ? '' : 'AND log_id = {alarms_of:String}';
    const rows = await this.#database.rows({
      sql: `SELECT * FROM alarms WHERE ${sql} ${ofLog} ORDER BY at_ms DESC, id, version LIMIT 1 BY id LIMIT {most:UInt64}`,
      parameters: { ...parameters, most: limit, ...(logId === undefined ? {} : { alarms_of: logId }) },
    });
    return rows.map(alarmOfRow);
  }

  async alarmCounts(visible: Visible): Promise<ReadonlyMap<string, number>> {
    const { sql, parameters } = visibleCondition(visible);
    const rows = await this.#database.rows({
      sql: `SELECT log_id, uniqExact(id) AS count FROM alarms WHERE ${sql} GROUP BY log_id LIMIT {most:UInt64}`,
      parameters: { ...parameters, most: rowsMax },
    });
    return new Map(rows.map((row) => [textOf(row, 'log_id'), wholeOf(row, 'count')]));
  }

  async cosigners(): Promise<readonly string[]> {
    const rows = await this.#database.rows({
      sql: 'SELECT vkey FROM cosigners GROUP BY vkey ORDER BY min(version), vkey LIMIT {most:UInt64}',
      parameters: { most: rowsMax },
    });
    return rows.map((row) => textOf(row, 'vkey'));
  }

  async announce(vkey: string): Promise<void> {
    if ((await this.cosigners()).includes(vkey)) return;
    const version = await nextVersion(this.#database, 'cosigners');
    await addRows(this.#database, 'cosigners', ['vkey', 'version'], [{ vkey, version }]);
  }

  async #writeNodes(nodes: readonly TreeNode[], version: number): Promise<void> {
    if (nodes.length === 0) return;
    const rows = new TabSeparatedRows();
    for (const { logId, level, index, hash } of nodes) rows.add(this.#collector, logId, level, index, version, hash);
    const columns = ['collector', 'log_id', 'level', 'place', 'version', 'hash'];
    await this.#database.insert({ table: 'nodes', columns, format: 'TabSeparated', body: rows.body(), rows: rows.rows });
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    const mine = this.#last.then(work);
    this.#last = mine.catch(() => undefined);
    await mine;
  }
}

/** Resolves when all have; rejects when the last has ended, with the first failure: nothing is on its way any more. */
async function allDone(works: readonly Promise<void>[]): Promise<void> {
  const ends = await Promise.allSettled(works);
  const failure = ends.find((end) => end.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
