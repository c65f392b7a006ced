import type { IngestStore, LogRecord } from '../store/store.ts';
import type { Lazily } from './committer.ts';

/** A log, as this process knows it. Only the job that has the log's lane changes it. */
export interface LogState {
  /** As committed; heartbeats may be ahead of it, in time only. */
  record: LogRecord;
  /** How far lines are stored without a hole, which may be beyond the record; undefined: ask the store first. */
  stored: number | undefined;
}

/** All logs of this collector. */
export class Registry implements Lazily {
  readonly #store: IngestStore;
  readonly #logs = new Map<string, LogState>();
  /** Logs of which a commit failed: what is known of them is not to be relied on. */
  readonly #doubtful = new Set<string>();
  /** Logs whose record has a heartbeat that is not written yet. */
  readonly #unwritten = new Set<string>();

  private constructor(store: IngestStore) {
    this.#store = store;
  }

  /** Reads all records. */
  static async load(store: IngestStore): Promise<Registry> {
    const registry = new Registry(store);
    for (const record of await store.records()) registry.#logs.set(record.logId, { record, stored: undefined });
    return registry;
  }

  /** What is known now, for showing; a job that changes the log asks `settled`. */
  get(logId: string): LogRecord | undefined {
    return this.#logs.get(logId)?.record;
  }

  all(): LogRecord[] {
    return [...this.#logs.values()].map(({ record }) => record);
  }

  /** The log's state, read anew from the store where that is in doubt. Throws what the store does. */
  async settled(logId: string): Promise<LogState | undefined> {
    if (this.#doubtful.has(logId)) {
      const record = await this.#store.record(logId);
      const stored = record === undefined ? 0 : await this.#store.storedSize(logId, record.size);
      this.#unwritten.delete(logId);
      if (record === undefined) this.#logs.delete(logId);
      else this.#logs.set(logId, { record, stored });
      this.#doubtful.delete(logId);
    }
    return this.#logs.get(logId);
  }

  /** How far lines are stored, at least up to the record's size. Throws what the store does. */
  async storedSize(state: LogState): Promise<number> {
    const { logId, size } = state.record;
    state.stored ??= await this.#store.storedSize(logId, size);
    return Math.max(state.stored, size);
  }

  /** A commit with this record went through; lines are stored up to `stored`, where that was found out. */
  committed(record: LogRecord, stored: number | undefined = this.#logs.get(record.logId)?.stored): void {
    this.#logs.set(record.logId, { record, stored: stored === undefined ? undefined : Math.max(stored, record.size) });
    this.#unwritten.delete(record.logId);
  }

  /** A commit of this log failed. */
  doubt(logId: string): void {
    this.#doubtful.add(logId);
  }

  /** A heartbeat: the record is newer, and written when that suits. */
  heard(record: LogRecord): void {
    const state = this.#logs.get(record.logId);
    if (state === undefined) return;
    state.record = record;
    this.#unwritten.add(record.logId);
  }

  get hasUnwritten(): boolean {
    return this.#unwritten.size > 0;
  }

  take(count: number, except: ReadonlySet<string>): LogRecord[] {
    const records: LogRecord[] = [];
    for (const logId of this.#unwritten) {
      const record = this.#logs.get(logId)?.record;
      if (record === undefined || except.has(logId) || this.#doubtful.has(logId)) continue;
      records.push(record);
      if (records.length === count) break;
    }
    return records;
  }

  written(records: readonly LogRecord[]): void {
    for (const record of records) if (this.get(record.logId) === record) this.#unwritten.delete(record.logId);
  }
}
