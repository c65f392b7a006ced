// For tests only: writes a log's files as its writer would, step by step, so that a test can stop between any two of them.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { appendFileSync, existsSync, linkSync, mkdtempSync, readFileSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  appendSignature,
  cosign,
  cosignatureKeyType,
  ed25519KeyType,
  encodeBase64,
  formatSidecarRecord,
  formatVerifierKey,
  Frontier,
  type KeyType,
  type LogNames,
  logNames,
  type NoteSigner,
  originOf,
  signCheckpoint,
  utf8,
  verifierKey,
} from '@agent-audit/log';
import { nodeHasher } from '../node-hasher.ts';

export const time = '2026-11-24T14:03:22.118Z';
const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer whose key is this byte, 32 times. Without a name it is that of a log. */
function signerOf(seed: number, name?: string, type: KeyType = ed25519KeyType): NoteSigner {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = verifierKey(name ?? originOf('scanner-7', publicKey), type, publicKey);
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

export const witness: NoteSigner = signerOf(99, 'witness.example', cosignatureKeyType);

/** An own folder for a test, deleted when it ends. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-files-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Text of a closed or active file: each line with its LF. */
export function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** A log on disk, and the model of what it holds. */
export class FixtureLog {
  readonly logFile: string;
  readonly folder: string;
  readonly names: LogNames;
  readonly signer: NoteSigner;
  /** Every line that counts, by its seq. */
  readonly model: string[] = [];
  frontier: Frontier = Frontier.empty();
  /** First seq of the active segment. */
  first = 0;

  constructor(logFile: string, seed = 7) {
    this.logFile = logFile;
    this.folder = dirname(logFile);
    this.names = logNames(basename(logFile));
    this.signer = signerOf(seed);
  }

  static create(folder: string, seed = 7): FixtureLog {
    const log = new FixtureLog(join(folder, 'audit.log'), seed);
    return log.begin().open();
  }

  get size(): number {
    return this.model.length;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** A new active segment: its sidecar with the base record, then its empty file. */
  begin(): this {
    this.first = this.size;
    writeFileSync(this.path(this.names.checkpoints(this.first)), this.record());
    writeFileSync(this.logFile, '', { flag: 'wx' });
    return this;
  }

  line(type: string, details: object = {}): this {
    return this.raw(JSON.stringify({ seq: this.size, timestamp: time, type, severity: 'INFO', message: type, details }));
  }

  raw(line: string): this {
    const bytes = utf8(`${line}\n`);
    appendFileSync(this.logFile, bytes);
    this.frontier.append(nodeHasher.leaf(bytes, 0, bytes.length - 1), nodeHasher);
    this.model.push(line);
    return this;
  }

  /** So many lines with one write. */
  lines(count: number, padding = 0): this {
    const lines = Array.from({ length: count }, (_, i) => {
      const seq = this.size + i;
      const details = { seq, é: 'x'.repeat(padding) };
      return JSON.stringify({ seq, timestamp: time, type: 'job_started', severity: 'INFO', message: 'Job started', details });
    });
    appendFileSync(this.logFile, textOf(lines));
    for (const line of lines) {
      const bytes = utf8(line);
      this.frontier.append(nodeHasher.leaf(bytes, 0, bytes.length), nodeHasher);
      this.model.push(line);
    }
    return this;
  }

  open(more: object = {}): this {
    const { key } = this.signer;
    const identity = { format: 1, origin: key.name, vkey: formatVerifierKey(key) };
    return this.line('log.open', { ...identity, host: 'h', pid: 1, node: '20.19.0', version: '0.1.0', first: this.first, ...more });
  }

  note(): string {
    return signCheckpoint({ origin: this.signer.key.name, size: this.size, root: this.frontier.root(nodeHasher) }, this.signer);
  }

  record(): string {
    return formatSidecarRecord({ size: this.size, ts: time, frontier: this.frontier.hashes(), note: this.note() });
  }

  checkpoint(): this {
    appendFileSync(this.path(this.names.checkpoints(this.first)), this.record());
    return this;
  }

  cosign(): this {
    const note = this.note();
    const temporary = this.path(this.names.temporary(this.names.cosigned));
    writeFileSync(temporary, appendSignature(note, cosign(note, witness, 1_795_529_002)));
    renameSync(temporary, this.path(this.names.cosigned));
    return this;
  }

  /** First step of closing: the active file under its closed name too. */
  link(): this {
    linkSync(this.logFile, this.path(this.names.closed(this.first)));
    return this;
  }

  /** The whole of closing, and the next segment's begin. */
  rotate(): this {
    this.line('log.close', { reason: 'rotate' }).checkpoint().link();
    unlinkSync(this.logFile);
    return this.begin().open();
  }

  stop(): this {
    return this.line('log.close', { reason: 'stop' }).checkpoint();
  }

  /** Packs a closed segment: temporary file, rename, unlink. */
  pack(first: number): this {
    const closed = this.path(this.names.closed(first));
    const temporary = this.path(this.names.temporary(this.names.gzip(first)));
    writeFileSync(temporary, gzipSync(readFileSync(closed), { level: 1 }));
    renameSync(temporary, this.path(this.names.gzip(first)));
    unlinkSync(closed);
    return this;
  }

  /** Ends the segment as after a failed sync: the next one begins at `at`, with the same lines as stand here from there on. */
  overlap(at: number): this {
    const rewritten = this.model.splice(at);
    linkSync(this.logFile, this.path(this.names.closed(this.first)));
    unlinkSync(this.logFile);
    this.frontier = Frontier.empty();
    for (const line of this.model) {
      const bytes = utf8(line);
      this.frontier.append(nodeHasher.leaf(bytes, 0, bytes.length), nodeHasher);
    }
    this.begin();
    for (const line of rewritten) this.raw(line);
    return this;
  }

  /** Deletes closed segments below `next`, on record. */
  prune(next: number, firsts: readonly number[]): this {
    this.line('log.prune', { next, bytes: 1, why: 'age' }).checkpoint();
    for (const first of firsts) this.remove(first);
    return this;
  }

  /** Deletes a segment with its sidecar, without a word. */
  remove(first: number): this {
    for (const name of [this.names.closed(first), this.names.gzip(first), this.names.checkpoints(first)]) {
      if (existsSync(this.path(name))) unlinkSync(this.path(name));
    }
    return this;
  }

  /** Erases a line of a closed segment, on record. */
  erase(seq: number, first: number): this {
    this.line('log.erasure', { seqs: [seq], why: 'asked', by: 'dpo' }).checkpoint();
    const line = utf8(this.model[seq] ?? '');
    const stub = `{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(nodeHasher.leaf(line, 0, line.length))}"}`;
    const closed = this.path(this.names.closed(first));
    const temporary = this.path(this.names.temporary(this.names.closed(first)));
    writeFileSync(temporary, readFileSync(closed, 'utf8').replace(`${this.model[seq]}\n`, `${stub}\n`));
    renameSync(temporary, closed);
    this.model[seq] = stub;
    return this;
  }
}
