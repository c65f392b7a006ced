// For tests: any IngestStore, which fails when it is told to, at any point of a commit; and a process that is killed.
import { DatabaseError } from '../db/database.ts';
import type { Visible } from '../principal.ts';
import type { Alarm, Commit, IngestStore, LineBatch, LogRecord, TreeNode } from '../store/store.ts';
import { splitLines } from './memory-store.test.support.ts';

/** Where a commit breaks off: before that part. `answer`: all of it is durable, and the caller is told that it failed. */
export type BreakPoint = 'lines' | 'some-lines' | 'nodes' | 'alarms' | 'records' | 'answer';

const nothing: Commit = { batches: [], nodes: [], alarms: [], records: [] };

export class FaultyStore<S extends IngestStore> implements IngestStore {
  readonly inner: S;
  readonly commits: Commit[] = [];
  /** Asked before each commit. */
  breaks: () => BreakPoint | undefined = () => undefined;
  /** Asked before everything else. */
  fails: () => boolean = () => false;
  failure: DatabaseError = new DatabaseError('DB_UNAVAILABLE', 'the test breaks the store');
  /** A commit waits for it. */
  gate: Promise<void> = Promise.resolve();

  constructor(inner: S) {
    this.inner = inner;
  }

  async commit(commit: Commit): Promise<void> {
    await this.gate;
    this.commits.push(commit);
    const at = this.breaks();
    if (at === undefined) return this.inner.commit(commit);
    const { batches, nodes, alarms } = commit;
    const before: Readonly<Record<BreakPoint, Commit>> = {
      lines: nothing,
      'some-lines': { ...nothing, batches: batches.map(firstHalf) },
      nodes: { ...nothing, batches },
      alarms: { ...nothing, batches, nodes },
      records: { ...nothing, batches, nodes, alarms },
      answer: commit,
    };
    await this.inner.commit(before[at]);
    throw this.failure;
  }

  records(): Promise<readonly LogRecord[]> {
    return this.#ask(() => this.inner.records());
  }

  record(logId: string): Promise<LogRecord | undefined> {
    return this.#ask(() => this.inner.record(logId));
  }

  storedSize(logId: string, from: number): Promise<number> {
    return this.#ask(() => this.inner.storedSize(logId, from));
  }

  lines(logId: string, from: number, to: number): Promise<{ readonly bytes: Uint8Array; readonly seqs: readonly number[] }> {
    return this.#ask(() => this.inner.lines(logId, from, to));
  }

  nodes(logId: string, wanted: readonly { level: number; index: number }[]): Promise<readonly TreeNode[]> {
    return this.#ask(() => this.inner.nodes(logId, wanted));
  }

  erase(logId: string, stubs: readonly { seq: number; line: Uint8Array }[]): Promise<void> {
    return this.#ask(() => this.inner.erase(logId, stubs));
  }

  alarms(visible: Visible, limit: number, logId?: string): Promise<readonly Alarm[]> {
    return this.#ask(() => this.inner.alarms(visible, limit, logId));
  }

  alarmCounts(visible: Visible): Promise<ReadonlyMap<string, number>> {
    return this.#ask(() => this.inner.alarmCounts(visible));
  }

  cosigners(): Promise<readonly string[]> {
    return this.#ask(() => this.inner.cosigners());
  }

  announce(vkey: string): Promise<void> {
    return this.#ask(() => this.inner.announce(vkey));
  }

  async #ask<T>(call: () => Promise<T>): Promise<T> {
    if (this.fails()) throw this.failure;
    return call();
  }
}

function firstHalf(batch: LineBatch): LineBatch {
  const kept = splitLines(batch.bytes).slice(0, Math.ceil(batch.lines / 2));
  return { ...batch, bytes: Buffer.concat(kept), lines: kept.length };
}

/** A store as one process sees it, until that is killed: from then on nothing of it reaches the store. */
export function sessionOf(store: IngestStore): { readonly store: IngestStore; readonly kill: () => void } {
  let isDead = false;
  const alive = async <T>(call: () => Promise<T>): Promise<T> => {
    if (isDead) throw new DatabaseError('DB_UNAVAILABLE', 'this process is dead');
    return call();
  };
  const session: IngestStore = {
    commit: (commit) => alive(() => store.commit(commit)),
    records: () => alive(() => store.records()),
    record: (logId) => alive(() => store.record(logId)),
    storedSize: (logId, from) => alive(() => store.storedSize(logId, from)),
    lines: (logId, from, to) => alive(() => store.lines(logId, from, to)),
    nodes: (logId, wanted) => alive(() => store.nodes(logId, wanted)),
    erase: (logId, stubs) => alive(() => store.erase(logId, stubs)),
    alarms: (visible, limit, logId) => alive(() => store.alarms(visible, limit, logId)),
    alarmCounts: (visible) => alive(() => store.alarmCounts(visible)),
    cosigners: () => alive(() => store.cosigners()),
    announce: (vkey) => alive(() => store.announce(vkey)),
  };
  return {
    store: session,
    kill: () => {
      isDead = true;
    },
  };
}
