// For tests only: writes a log in memory, as an agent would on disk, and verifies what a test then did to it.
import { encodeBase64, utf8 } from '../bytes.ts';
import { signCheckpoint } from '../checkpoint.ts';
import { cosign } from '../cosignature.ts';
import { nodeVerify, publicKeyOf, signerOf, witnessOf } from '../ed25519.test.support.ts';
import { hasher } from '../hash.ts';
import { formatVerifierKey, type NoteSigner, type VerifierKey } from '../key.ts';
import { appendSignature } from '../note.ts';
import { originOf } from '../origin.ts';
import { formatSidecarRecord, parseSidecarRecord } from '../sidecar.ts';
import { Frontier } from '../tree.ts';
import { type OuterNote, planVerification } from './plan.ts';
import { type Anchors, assembleReport, type VerifyReport } from './report.ts';
import { type SegmentResult, SegmentVerifier } from './segment.ts';

/** A segment as its two files: lines without LF, sidecar records without LF. */
export interface Segment {
  first: number;
  lines: string[];
  records: string[];
  /** Bytes after the last line's LF. */
  tail?: Uint8Array;
  /** The data file is gone, the sidecar is not. */
  dataGone?: true;
  /** The data can be read up to its end, and then fails. */
  damaged?: true;
}

export const time = '2026-11-24T14:03:22.118Z';

/** A log's own signer: its origin certifies its key. */
export function signerFrom(seed: number): NoteSigner {
  return signerOf(originOf('scanner-7', publicKeyOf(seed)), seed);
}

export const signer: NoteSigner = signerFrom(7);
export const stranger: NoteSigner = signerFrom(9);

export const witness: NoteSigner = witnessOf('witness.example', 99);

/** Writes lines and checkpoints. Everything it holds may be changed by a test, which then asks `verifyLog`. */
export class LogWriter {
  readonly signer: NoteSigner;
  readonly segments: Segment[] = [];
  readonly notes: OuterNote[] = [];
  frontier: Frontier = Frontier.empty();

  constructor(by: NoteSigner = signer) {
    this.signer = by;
    this.begin();
    this.open();
  }

  get size(): number {
    return this.frontier.size;
  }

  get segment(): Segment {
    const segment = this.segments.at(-1);
    if (segment === undefined) throw new Error('no segment was begun');
    return segment;
  }

  /** Begins a segment here, with its base record. */
  begin(): this {
    this.segments.push({ first: this.size, lines: [], records: [] });
    return this.checkpoint();
  }

  line(type: string, details: object = {}): this {
    const text = JSON.stringify({ seq: this.size, timestamp: time, type, severity: 'INFO', message: type, details });
    this.segment.lines.push(text);
    this.frontier.append(hasher.leaf(utf8(text), 0, utf8(text).length));
    return this;
  }

  lines(count: number): this {
    for (let i = 0; i < count; i++) this.line('job_started', { i });
    return this;
  }

  open(more: object = {}): this {
    const { key } = this.signer;
    const identity = { format: 1, origin: key.name, vkey: formatVerifierKey(key) };
    const process = { host: 'h', pid: 1, node: '20.19.0', version: '0.1.0' };
    return this.line('log.open', { ...identity, ...process, first: this.segment.first, ...more });
  }

  checkpoint(): this {
    this.segment.records.push(this.recordNow());
    return this;
  }

  recordNow(): string {
    const record = { size: this.size, ts: time, frontier: this.frontier.hashes(), note: this.noteNow() };
    return formatSidecarRecord(record).trimEnd();
  }

  noteNow(): string {
    return signCheckpoint({ origin: this.signer.key.name, size: this.size, root: this.frontier.root() }, this.signer);
  }

  cosignedNow(by: NoteSigner = witness): this {
    const note = this.noteNow();
    this.notes.push({ kind: 'cosigned', source: 'scanner.cosigned', note: appendSignature(note, cosign(note, by, 1_795_529_002)) });
    return this;
  }

  rotate(): this {
    return this.line('log.close', { reason: 'rotate' }).checkpoint().begin().open();
  }

  stop(): this {
    return this.line('log.close', { reason: 'stop' }).checkpoint();
  }
}

/** Three segments of 50 lines: [0,50), [50,100), [100,150), a checkpoint every ten lines, stopped, all sealed. */
export function wholeLog(by: NoteSigner = signer): LogWriter {
  const log = new LogWriter(by);
  for (let segment = 0; segment < 3; segment++) {
    for (const lines of [9, 10, 10, 10]) log.lines(lines).checkpoint();
    log.lines(9);
    if (segment < 2) log.rotate();
    else log.stop();
  }
  return log;
}

/** The segment at this index; a test that names one that is not there is wrong. */
export function segmentAt(log: LogWriter, index: number): Segment {
  const segment = log.segments.at(index);
  if (segment === undefined) throw new Error(`no segment ${index}`);
  return segment;
}

/** Replaces a line, given the one that is there. */
export function edit(log: LogWriter, seq: number, change: (line: string) => string): void {
  const segment = log.segments.findLast(({ first }) => first <= seq);
  const line = segment?.lines[seq - segment.first];
  if (segment === undefined || line === undefined) throw new Error(`no line ${seq}`);
  segment.lines[seq - segment.first] = change(line);
}

export function dataOf(segment: Segment): Uint8Array {
  return Buffer.concat([...segment.lines.map((line) => utf8(`${line}\n`)), segment.tail ?? new Uint8Array(0)]);
}

export interface VerifyOptions {
  readonly anchors?: Anchors;
  readonly cosigners?: readonly VerifierKey[];
  readonly notes?: readonly OuterNote[];
  readonly emptySuccessor?: boolean;
  /** Size of the pieces in which the data is read. */
  readonly chunkBytes?: number;
}

export function verifyLog(log: Pick<LogWriter, 'segments'> & { notes?: readonly OuterNote[] }, options: VerifyOptions = {}): VerifyReport {
  const { chunkBytes = 1 << 16, notes = log.notes ?? [], ...judging } = options;
  const withData = log.segments.filter(({ dataGone }) => dataGone !== true);
  const plan = planVerification(
    {
      segments: withData.map(({ first }) => first),
      sidecars: log.segments.map(({ first, records }) => ({ first, bytes: utf8(records.map((record) => `${record}\n`).join('')) })),
      notes,
    },
    hasher,
  );
  const segments: SegmentResult[] = [];
  for (const segment of plan.segments) {
    const source = withData.find(({ first }) => first === segment.first);
    if (source === undefined) throw new Error(`no data for the segment at ${segment.first}`);
    const verifier = new SegmentVerifier(segment, hasher, segments.at(-1));
    const data = dataOf(source);
    for (let at = 0; at < data.length && !verifier.done; at += chunkBytes) verifier.push(data.subarray(at, at + chunkBytes));
    if (source.damaged === true) verifier.unreadable('unexpected end of file');
    segments.push(verifier.finish());
  }
  return assembleReport({ plan, segments, verify: nodeVerify, ...judging });
}

/** The problems in short: code, or code and lines. */
export function shortly(report: VerifyReport): string[] {
  return report.problems.map(({ code, seq, to }) => [code, seq, to].filter((part) => part !== undefined).join(' '));
}

/** A line's stub, as erasure leaves it. */
export function stubOf(line: string, seq: number): string {
  return `{"seq":${seq},"type":"log.erased","leaf":"${encodeBase64(hasher.leaf(utf8(line), 0, utf8(line).length))}"}`;
}

/** A sidecar record with another note. */
export function withNote(record: string, change: (note: string) => string): string {
  const parsed = parseSidecarRecord(record);
  return formatSidecarRecord({ ...parsed, note: change(parsed.note) }).trimEnd();
}
