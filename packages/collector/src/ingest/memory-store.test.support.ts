// For tests: an IngestStore in memory. It passes the contract of the real one (store-contract.test.support.ts).
import type { Visible } from '../principal.ts';
import type { Alarm, Commit, IngestStore, LogRecord, TreeNode } from '../store/store.ts';
import { isVisible } from './ownership.ts';

export class MemoryStore implements IngestStore {
  readonly rows: Map<string, Map<number, Uint8Array>> = new Map();
  readonly #records = new Map<string, LogRecord>();
  readonly #nodes = new Map<string, TreeNode>();
  readonly #alarms = new Map<string, Alarm>();
  readonly #cosigners = new Set<string>();
  readonly erased: { logId: string; seq: number }[] = [];
  /** Lines that were given for a seq that had one already, another one. */
  readonly overwritten: { logId: string; seq: number }[] = [];
  /** Lines that were given again just as they are. */
  repeated = 0;

  async commit({ batches, nodes, alarms, records }: Commit): Promise<void> {
    for (const { logId, from, bytes, lines } of batches) {
      const parts = splitLines(bytes);
      if (parts.length !== lines) throw new Error(`a batch says ${lines} lines and has ${parts.length}`);
      for (const [i, line] of parts.entries()) this.#put(logId, from + i, line);
    }
    for (const node of nodes) this.#nodes.set(`${node.logId}/${node.level}/${node.index}`, node);
    for (const alarm of alarms) if (!this.#alarms.has(alarm.id)) this.#alarms.set(alarm.id, alarm);
    for (const record of records) this.#records.set(record.logId, record);
  }

  async records(): Promise<readonly LogRecord[]> {
    return [...this.#records.values()].toSorted((a, b) => (a.logId < b.logId ? -1 : 1));
  }

  async record(logId: string): Promise<LogRecord | undefined> {
    return this.#records.get(logId);
  }

  async storedSize(logId: string, from: number): Promise<number> {
    let size = from;
    while (this.rows.get(logId)?.has(size) === true) size++;
    return size;
  }

  async lines(logId: string, from: number, to: number): Promise<{ bytes: Uint8Array; seqs: readonly number[] }> {
    const found: { seq: number; line: Uint8Array }[] = [];
    for (let seq = from; seq < to; seq++) {
      const line = this.rows.get(logId)?.get(seq);
      if (line !== undefined) found.push({ seq, line });
    }
    return { bytes: Buffer.concat(found.map(({ line }) => line)), seqs: found.map(({ seq }) => seq) };
  }

  async nodes(logId: string, wanted: readonly { level: number; index: number }[]): Promise<readonly TreeNode[]> {
    return wanted.flatMap(({ level, index }) => {
      const node = this.#nodes.get(`${logId}/${level}/${index}`);
      return node === undefined ? [] : [node];
    });
  }

  async erase(logId: string, stubs: readonly { seq: number; line: Uint8Array }[]): Promise<void> {
    for (const { seq, line } of stubs) {
      if (this.rows.get(logId)?.has(seq) === true) this.rows.get(logId)?.set(seq, line);
      this.erased.push({ logId, seq });
    }
  }

  async alarms(visible: Visible, limit: number, logId?: string): Promise<readonly Alarm[]> {
    const found = [...this.#alarms.values()].filter((alarm) => isVisible(alarm, visible));
    return found.filter((alarm) => logId === undefined || alarm.logId === logId).slice(0, limit);
  }

  async alarmCounts(visible: Visible): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    for (const { logId } of await this.alarms(visible, Infinity)) counts.set(logId, (counts.get(logId) ?? 0) + 1);
    return counts;
  }

  async cosigners(): Promise<readonly string[]> {
    return [...this.#cosigners];
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
    if (before === undefined) rows.set(seq, line.slice());
    else if (Buffer.compare(before, line) === 0) this.repeated++;
    else this.overwritten.push({ logId, seq });
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
