// For tests only: a log as its writer leaves it, with a fixed key and fixed times, so that what is printed about it can be compared
// letter by letter.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  appendSignature,
  cosign,
  cosignatureKeyType,
  ed25519KeyType,
  formatSidecarRecord,
  formatVerifierKey,
  Frontier,
  hasher,
  type KeyType,
  logNames,
  type LogNames,
  type NoteSigner,
  originOf,
  signCheckpoint,
  utf8,
  verifierKey,
} from '@agent-audit/log';

/** When the first event of every test log was. */
export const startMs: number = Date.UTC(2026, 10, 24, 14, 3, 22, 118);

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

function signerOf(seed: number, name: string | undefined, type: KeyType): NoteSigner {
  const privateKey = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(createPublicKey(privateKey).export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = verifierKey(name ?? originOf('scanner-7', publicKey), type, publicKey);
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

/** A collector that cosigns. */
export const witness: NoteSigner = signerOf(99, 'collector.example', cosignatureKeyType);

/** An own folder for a test, deleted when it ends. */
export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-cli-'));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** What an event says besides its seq, timestamp, type and severity. */
export type Fields = Readonly<Record<string, unknown>>;

/** A log on disk. */
export class TestLog {
  readonly path: string;
  readonly vkey: string;
  readonly origin: string;
  readonly names: LogNames = logNames('audit.log');
  readonly #signer: NoteSigner;
  readonly #frontier: Frontier = Frontier.empty();
  #first = 0;

  constructor(folder: string, seed = 7) {
    mkdirSync(folder, { recursive: true });
    this.path = join(folder, 'audit.log');
    this.#signer = signerOf(seed, undefined, ed25519KeyType);
    this.origin = this.#signer.key.name;
    this.vkey = formatVerifierKey(this.#signer.key);
    this.#begin();
  }

  /** How many lines there are. */
  get size(): number {
    return this.#frontier.size;
  }

  file(name: string): string {
    return join(dirname(this.path), name);
  }

  /** Logs an event, three seconds after the one before. */
  event(type: string, severity: string, message: string, fields: Fields = {}): this {
    const timestamp = new Date(this.#nextMs()).toISOString();
    return this.line(JSON.stringify({ seq: this.size, timestamp, type, severity, message, ...fields }));
  }

  line(text: string): this {
    appendFileSync(this.path, `${text}\n`);
    const bytes = utf8(text);
    this.#frontier.append(hasher.leaf(bytes, 0, bytes.length));
    return this;
  }

  /** Makes a checkpoint of all there is. */
  seal(): this {
    const path = this.file(this.names.checkpoints(this.#first));
    appendFileSync(path, this.#record());
    const seconds = this.#nextMs() / 1_000;
    utimesSync(path, seconds, seconds);
    return this;
  }

  /** Has the witness cosign all there is. */
  cosign(): this {
    const note = this.#note();
    writeFileSync(this.file(this.names.cosigned), appendSignature(note, cosign(note, witness, Math.floor(startMs / 1_000) + 36)));
    return this;
  }

  /** Closes the segment and begins the next one. */
  rotate(): this {
    this.event('log.close', 'INFO', 'Segment closed', { details: { reason: 'rotate' } }).seal();
    renameSync(this.path, this.file(this.names.closed(this.#first)));
    return this.#begin();
  }

  /** Cuts the active file to so many bytes, as nobody should. */
  truncate(bytes: number): this {
    truncateSync(this.path, bytes);
    return this;
  }

  /** What a process says that begins to write. */
  open(): this {
    const identity = { format: 1, origin: this.origin, vkey: this.vkey };
    const details = { ...identity, host: 'web-01', pid: 4_711, node: '20.19.0', version: '0.1.0', first: this.#first };
    return this.event('log.open', 'INFO', 'Log opened', { details });
  }

  /** Packs the closed segment that begins at a seq. */
  pack(first: number): this {
    const closed = this.file(this.names.closed(first));
    writeFileSync(this.file(this.names.gzip(first)), gzipSync(readFileSync(closed)));
    rmSync(closed);
    return this;
  }

  #nextMs(): number {
    return startMs + this.size * 2_889;
  }

  #begin(): this {
    this.#first = this.size;
    writeFileSync(this.file(this.names.checkpoints(this.#first)), this.#record());
    writeFileSync(this.path, '', { flag: 'wx' });
    return this.open();
  }

  #note(): string {
    return signCheckpoint({ origin: this.origin, size: this.size, root: this.#frontier.root() }, this.#signer);
  }

  #record(): string {
    const ts = new Date(this.#nextMs()).toISOString();
    return formatSidecarRecord({ size: this.size, ts, frontier: this.#frontier.hashes(), note: this.#note() });
  }
}

/** A log with a job in it: what most tests read. 12 lines, sealed. */
export function jobLog(folder: string): TestLog {
  return new TestLog(folder)
    .event('job_started', 'INFO', 'Job started: scan', { job_id: 'j-42', details: { target: 'web-01', job_type: 'scan' } })
    .event('upload_failed', 'ERROR', 'Upload failed', { job_id: 'j-42', error: 'ECONNRESET: socket hang up', details: { attempt: 3 } })
    .event('resource_throttle', 'WARN', 'Resource throttling activated: cpu', { details: { cpu: 95.5, note: 'two words' } })
    .event('auth_failed', 'CRITICAL', 'Login refused', { actor: { type: 'user', id: 'u-1', name: 'alice' }, outcome: 'denied' })
    .event('scan_completed', 'DEBUG', 'Scan of 東京-1 done', {
      job_id: 'j-42',
      duration_ms: 2_140,
      details: { 'findings.high': 2, hosts: ['a', 'b'] },
    })
    .rotate()
    .event('job_failed', 'ERROR', 'Job failed', {
      job_id: 'j-42',
      error: 'Error: boom\n    at scan (scan.js:1)\n\u001b[31mred\u202e',
      duration_ms: 3_200,
    })
    .event('job_received', 'INFO', 'Next\u001b]0;title\u0007 job', { job_id: 'j-43', report_id: 'rep-1' })
    .event('job_started', 'INFO', 'Job started: scan', {
      job_id: 'j-43',
      target: { type: 'host', id: 'web-02' },
      details: { target: 'web-02' },
    })
    .event('job_completed', 'INFO', 'Job completed successfully', { job_id: 'j-43', duration_ms: 61_000 })
    .seal();
}
