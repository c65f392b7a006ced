// For tests: an IngestStore in memory, which fails when it is told to, at any point of a commit.
import { DatabaseError } from '../db/database.ts';
import type { Visible } from '../principal.ts';
import type { Alarm, Commit, IngestStore, LogRecord, TreeNode } from '../store/store.ts';
import { isVisible } from './ownership.ts';

/** Where a commit breaks off. `answer`: all of it is durable, and the caller is told that it failed. */
export type BreakPoint = 'lines' | 'some-lines' | 'nodes' | 'alarms' | 'records' | 'answer';

export class MemoryStore implements IngestStore {
  readonly rows: Map<string, Map<number, Uint8Array>> = new Map();
  readonly #records = new Map<string, LogRecord>();
  readonly #nodes = new Map<string, TreeNode>();
  readonly #alarms = new Map<string, Alarm>();
  readonly #cosigners = new Set<string>();
  readonly commits: Commit[] = [];
  readonly erased: { logId: string; seq: number }[] = [];
  /** Asked before each commit. */
  breaks: () => BreakPoint | undefined = () => undefined;
  /** Asked before everything else. */
  fails: () => boolean = () => false;
  failure: DatabaseError = new DatabaseError('DB_UNAVAILABLE', 'the test breaks the store');
  /** A commit waits for it. */
  gate: Promise<void> = Promise.resolve();
  /** Lines that were given for a seq that had one already, another one. Must stay empty. */
  readonly overwritten: { logId: string; seq: number }[] = [];
  /** Lines that were given again just as they are. */
  repeated = 0;

  async commit(commit: Commit): Promise<void> {
    await this.gate;
    const at = this.breaks();
    this.commits.push(commit);
    this.#breakAt('lines', at);
    for (const { logId, from, bytes, lines } of commit.batches) {
      const parts = splitLines(bytes);
      if (parts.length !== lines) throw new Error(`a batch says ${lines} lines and has ${parts.length}`);
      const kept = at === 'some-lines' ? parts.slice(0, Math.ceil(parts.length / 2)) : parts;
      for (const [i, line] of kept.entries()) this.#put(logId, from + i, line);
    }
    this.#breakAt('some-lines', at);
    this.#breakAt('nodes', at);
    for (const node of commit.nodes) this.#nodes.set(`${node.logId}/${node.level}/${node.index}`, node);
    this.#breakAt('alarms', at);
    for (const alarm of commit.alarms) this.#alarms.set(alarm.id, alarm);
    this.#breakAt('records', at);
    for (const record of commit.records) this.#records.set(record.logId, record);
    this.#breakAt('answer', at);
  }

  async records(): Promise<readonly LogRecord[]> {
    return this.#answer([...this.#records.values()]);
  }

  async record(logId: string): Promise<LogRecord | undefined> {
    return this.#answer(this.#records.get(logId));
  }

  async storedSize(logId: string, from: number): Promise<number> {
    let size = from;
    while (this.rows.get(logId)?.has(size) === true) size++;
    return this.#answer(size);
  }

  async lines(logId: string, from: number, to: number): Promise<{ bytes: Uint8Array; seqs: readonly number[] }> {
    const found: { seq: number; line: Uint8Array }[] = [];
    for (let seq = from; seq < to; seq++) {
      const line = this.rows.get(logId)?.get(seq);
      if (line !== undefined) found.push({ seq, line });
    }
    return this.#answer({ bytes: Buffer.concat(found.map(({ line }) => line)), seqs: found.map(({ seq }) => seq) });
  }

  async nodes(logId: string, wanted: readonly { level: number; index: number }[]): Promise<readonly TreeNode[]> {
    return this.#answer(
      wanted.flatMap(({ level, index }) => {
        const node = this.#nodes.get(`${logId}/${level}/${index}`);
        return node === undefined ? [] : [node];
      }),
    );
  }

  async erase(logId: string, stubs: readonly { seq: number; line: Uint8Array }[]): Promise<void> {
    this.#answer(undefined);
    for (const { seq, line } of stubs) {
      this.rows.get(logId)?.set(seq, line);
      this.erased.push({ logId, seq });
    }
  }

  async alarms(visible: Visible, limit: number): Promise<readonly Alarm[]> {
    return this.#answer([...this.#alarms.values()].filter((alarm) => isVisible(alarm, visible)).slice(0, limit));
  }

  async cosigners(): Promise<readonly string[]> {
    return this.#answer([...this.#cosigners]);
  }

  async announce(vkey: string): Promise<void> {
    this.#cosigners.add(vkey);
  }

  /** The stored bytes of a log, from its first line on. */
  bytesOf(logId: string): Uint8Array {
    const rows = [...(this.rows.get(logId) ?? [])].toSorted(([a], [b]) => a - b);
    return Buffer.concat(rows.map(([, line]) => line));
  }

  #put(logId: string, seq: number, line: Uint8Array): void {
    const rows = this.rows.get(logId) ?? new Map<number, Uint8Array>();
    this.rows.set(logId, rows);
    const before = rows.get(seq);
    if (before !== undefined && Buffer.compare(before, line) === 0) this.repeated++;
    else if (before !== undefined) this.overwritten.push({ logId, seq });
    rows.set(seq, line.slice());
  }

  #answer<T>(value: T): T {
    if (this.fails()) throw this.failure;
    return value;
  }

  #breakAt(point: BreakPoint, at: BreakPoint | undefined): void {
    if (point === at) throw this.failure;
  }
}

/** Lines with their LF. */
export function splitLines(bytes: Uint8Array): Uint8Array[] {
  const lines: Uint8Array[] = [];
  let at = 0;
  while (at < bytes.length) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) throw new Error('a line without LF');
    lines.push(bytes.subarray(at, end + 1));
    at = end + 1;
  }
  return lines;
}
