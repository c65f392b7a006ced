// For tests: an agent's log in memory, with a key from a fixed seed, and a collector around any store.
import { createPrivateKey, createPublicKey, type KeyObject, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  cosignatureKeyType,
  ed25519KeyType,
  encodeBase64,
  type EntriesHead,
  erasedLeaf,
  formatEnrolment,
  formatEntriesHead,
  formatVerifierKey,
  Frontier,
  type Hash,
  type NoteSigner,
  originOf,
  rootOfLeaves,
  type SidecarRecord,
  signCheckpoint,
  utf8,
  verifierKey,
} from '@agent-audit/log';
import { nodeHasher } from 'agent-audit/files';
import { ManualClock } from 'agent-audit/testing';
import type { Journal, JournalEntry } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { IngestStore } from '../store/store.ts';
import { Ingest, type IngestOptions } from './ingest.ts';

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function privateKeyOf(seed: number): KeyObject {
  const bytes = Buffer.alloc(32);
  bytes.writeUInt32BE(seed);
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, bytes]), format: 'der', type: 'pkcs8' });
}

function publicKeyOf(key: KeyObject): Uint8Array {
  return new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
}

/** The collector's key. */
export function cosignerOf(seed: number, name = 'collector.example'): NoteSigner {
  const privateKey = privateKeyOf(seed);
  const key = verifierKey(name, cosignatureKeyType, publicKeyOf(privateKey));
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

/** A line of a log, with its LF. */
export function eventLine(seq: number, message = `event ${seq}`, atMs: number = Date.UTC(2026, 0, 1) + seq): Uint8Array {
  const line = { seq, timestamp: new Date(atMs).toISOString(), type: 'custom', severity: 'INFO', message };
  return utf8(`${JSON.stringify(line)}\n`);
}

/** One of the log's own lines, with its LF. */
export function ownLine(seq: number, type: string, details: object, atMs: number = Date.UTC(2026, 0, 1) + seq): Uint8Array {
  const line = { seq, timestamp: new Date(atMs).toISOString(), type, severity: 'INFO', message: type, details };
  return utf8(`${JSON.stringify(line)}\n`);
}

/** An agent's log. Its lines may be any bytes; they are what is signed. */
export class TestLog {
  readonly signer: NoteSigner;
  readonly origin: string;
  readonly logId: string;
  readonly vkey: string;
  readonly lines: Uint8Array[] = [];
  readonly leaves: Hash[] = [];

  constructor(seed: number, agent = 'agent-1', lines = 0) {
    const privateKey = privateKeyOf(seed);
    const publicKey = publicKeyOf(privateKey);
    this.origin = originOf(agent, publicKey);
    this.logId = this.origin.slice(this.origin.indexOf('/') + 1);
    const key = verifierKey(this.origin, ed25519KeyType, publicKey);
    this.signer = { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
    this.vkey = formatVerifierKey(key);
    this.write(lines);
  }

  get size(): number {
    return this.lines.length;
  }

  /** So many more plain events. */
  write(count: number): this {
    for (let i = 0; i < count; i++) this.add(eventLine(this.size));
    return this;
  }

  add(line: Uint8Array): this {
    this.lines.push(line);
    this.leaves.push(erasedLeaf(line, 0, line.length - 1) ?? nodeHasher.leaf(line, 0, line.length - 1));
    return this;
  }

  /** A log of the same key that goes another way after so many lines. */
  forkAt(size: number): TestLog {
    const other = Object.create(TestLog.prototype, Object.getOwnPropertyDescriptors(this)) as TestLog;
    return Object.assign(other, { lines: this.lines.slice(0, size), leaves: this.leaves.slice(0, size) });
  }

  note(size: number = this.size): string {
    return signCheckpoint({ origin: this.origin, size, root: rootOfLeaves(this.leaves.slice(0, size), nodeHasher) }, this.signer);
  }

  frontier(size: number): Hash[] {
    const frontier = Frontier.empty();
    for (const leaf of this.leaves.slice(0, size)) frontier.append(leaf, nodeHasher);
    return frontier.hashes();
  }

  base(size: number): SidecarRecord {
    return { size, ts: '2026-01-01T00:00:00.000Z', frontier: this.frontier(size), note: this.note(size) };
  }

  enrolment(): string {
    return formatEnrolment({ vkey: this.vkey, note: this.note() });
  }

  bytes(from: number, to: number = this.size): Uint8Array {
    return Buffer.concat(this.lines.slice(from, to));
  }

  /** A body for the lines [old, size). */
  body(old: number, size: number = this.size, more: Partial<EntriesHead> = {}): Uint8Array {
    return Buffer.concat([utf8(formatEntriesHead({ old, size, note: this.note(size), ...more })), this.bytes(old, size)]);
  }

  gzip(old: number, size: number = this.size, more: Partial<EntriesHead> = {}): Uint8Array {
    return gzipSync(this.body(old, size, more));
  }

  /** The stub of a line. */
  stub(seq: number): Uint8Array {
    return utf8(`{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(this.leaves[seq] ?? new Uint8Array(32))}"}\n`);
  }
}

/** Somebody with a token. */
export function principalOf(more: Partial<Principal> = {}): Principal {
  return { tokenId: 'token-1', name: 'fleet', tenant: 'acme', scopes: ['ingest'], ...more };
}

/** A journal that keeps what it is told. */
export class MemoryJournal implements Journal {
  readonly entries: JournalEntry[] = [];

  record(entry: JournalEntry): void {
    this.entries.push(entry);
  }
}

export interface TestCollector {
  readonly ingest: Ingest;
  readonly clock: ManualClock;
  readonly journal: MemoryJournal;
  readonly signer: NoteSigner;
}

/** A collector around a store. */
export async function collectorOf(store: IngestStore, more: Partial<IngestOptions> = {}): Promise<TestCollector> {
  const clock = new ManualClock();
  const journal = new MemoryJournal();
  const signer = cosignerOf(7);
  const ingest = await Ingest.open({ store, signer, clock, journal, ...more });
  return { ingest, clock, journal, signer };
}

/** Which refusal a promise ends with; its receipt else. */
export async function outcomeOf<T>(promise: Promise<T>): Promise<T | Refusal> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

/** The code of a refusal; undefined for none. */
export async function codeOf(promise: Promise<unknown>): Promise<string | undefined> {
  const outcome = await outcomeOf(promise);
  return outcome instanceof Refusal ? outcome.code : undefined;
}
