// The sealed lines of a log, in batches that end at a checkpoint. Every line is hashed again on its way out: what does not have the signed
// root is never sent, because at a collector it would look like a second history of this log.
import {
  concatBytes, equalBytes, Frontier, type Hash, LineFeed, openCheckpoint, type SidecarRecord, type VerifierKey,
} from '@agent-audit/log';
import { soon } from '../clock.ts';
import { verifyEd25519 } from '../crypto.ts';
import { lineBatches, type LineBatch, listSegments } from '../files/index.ts';
import type { Folder } from '../folder.ts';
import { nodeHasher } from '../node-hasher.ts';
import { baseOf, checkpointAtLeast, checkpointAtMost } from './checkpoints.ts';

const LF = 0x0a;
/** Bytes that are hashed before others on this thread get their turn. */
const sliceBytes = 262_144;
/** Checkpoints are at most 1 MiB of lines apart, 2 MiB in a sidecar that was thinned. */
const gapBytesMax = 16 * 1024 * 1024;

/** Lines [old, record.size), and the checkpoint that covers them. */
export interface SealedBatch {
  readonly old: number;
  readonly record: SidecarRecord;
  /** Each with its LF. */
  readonly lines: Uint8Array;
  /** Lines that were sealed when these were read; those behind `record.size` come with the next batch. */
  readonly sealed: number;
}

/** The lines on disk do not hash to the root that this log signed. */
export class LinesDamaged extends Error {
  override readonly name = 'LinesDamaged';
}

/** The line that is wanted is no longer there: the log begins later. */
export class HeadGone extends Error {
  override readonly name = 'HeadGone';
  readonly first: number;

  constructor(first: number) {
    super(`the log begins at line ${first}`);
    this.first = first;
  }
}

/** Reads one log forwards. It keeps at most two batches in memory, and an open file only between batches that follow one another. */
export class SealedReader {
  readonly #folder: Folder;
  readonly #key: VerifierKey;
  #feed: LineFeed | undefined;
  #source: AsyncGenerator<LineBatch, void, undefined> | undefined;
  /** Lines that were read and not handed out, the first of them at the feed's size. */
  #carry: Uint8Array = new Uint8Array(0);

  constructor(folder: Folder, key: VerifierKey) {
    this.#folder = folder;
    this.#key = key;
  }

  /**
   * The lines from `from` up to a checkpoint, so many bytes at most, but up to the next checkpoint in any case.
   * @param sealed lines under a durable checkpoint at the moment, more than `from`: no checkpoint beyond counts
   * @throws HeadGone, LinesDamaged, FilesError
   */
  async batch(from: number, sealed: () => number, bytesMax: number): Promise<SealedBatch> {
    try {
      return await this.#batch(from, sealed, bytesMax);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * The root of the tree of the first `size` lines.
   * @throws HeadGone, LinesDamaged, FilesError
   */
  async rootAt(size: number, sealed: () => number): Promise<Hash> {
    const below = this.#trusted(checkpointAtMost(this.#folder, size), size);
    if (below.size === size) return below.root(nodeHasher);
    const above = this.#covering(size - 1, sealed);
    const reader = new SealedReader(this.#folder, this.#key);
    try {
      await reader.#open(below.size);
      await reader.#fill(above.size - below.size);
      await reader.#push(size);
      const root = reader.#feed?.frontier.root(nodeHasher);
      await reader.#push(above.size);
      reader.#requireRoot(above);
      if (root === undefined) throw new LinesDamaged(`line ${size - 1} cannot be read`);
      return root;
    } finally {
      await reader.close();
    }
  }

  /** Where the log begins, with the checkpoint there; undefined where its sidecar has none. */
  base(first: number): SidecarRecord | undefined {
    return baseOf(this.#folder, first);
  }

  /** Lets go of files and memory: nothing is sent for a while. */
  async close(): Promise<void> {
    const source = this.#source;
    this.#source = undefined;
    this.#feed = undefined;
    this.#carry = new Uint8Array(0);
    await source?.return();
  }

  async #batch(from: number, sealed: () => number, bytesMax: number): Promise<SealedBatch> {
    if (this.#feed?.frontier.size !== from) await this.#open(from);
    const available = sealed();
    const lines = await this.#fillBytes(bytesMax, available - from);
    let record = checkpointAtMost(this.#folder, Math.min(sealed(), from + lines));
    if (record === undefined || record.size <= from) {
      record = this.#covering(from, sealed);
      await this.#fill(record.size - from);
    }
    await this.#forgetUnsealed(sealed() - from);
    const batch = await this.#push(record.size);
    this.#requireRoot(record);
    return { old: from, record, lines: batch, sealed: Math.max(available, record.size) };
  }

  /** The oldest checkpoint that covers a line. How much is sealed is asked for last: a sidecar is thinned while others are at work. */
  #covering(line: number, sealed: () => number): SidecarRecord {
    const record = checkpointAtLeast(this.#folder, line + 1);
    if (record === undefined || record.size > sealed()) throw new LinesDamaged(`no checkpoint covers line ${line}`);
    return record;
  }

  /** Stands at line `from`, with the tree of all lines before it. */
  async #open(from: number): Promise<void> {
    await this.close();
    const [head] = listSegments(this.#folder.logFile);
    if (head !== undefined && head.first > from) throw new HeadGone(head.first);
    const frontier = this.#trusted(checkpointAtMost(this.#folder, from), from);
    this.#feed = new LineFeed(frontier, { hasher: nodeHasher });
    if (frontier.size === from) return;
    await this.#fill(from - frontier.size);
    await this.#push(from);
  }

  /** The tree at a checkpoint, by the frontier beside it, which must have the signed root. */
  #trusted(record: SidecarRecord | undefined, size: number): Frontier {
    if (record === undefined) {
      if (size === 0) return Frontier.empty();
      const [head] = listSegments(this.#folder.logFile);
      throw head !== undefined && head.first > 0 ? new HeadGone(head.first) : new LinesDamaged(`no checkpoint stands before line ${size}`);
    }
    const frontier = Frontier.from(record.size, record.frontier);
    if (!equalBytes(frontier.root(nodeHasher), this.#signedRoot(record))) {
      throw new LinesDamaged(`the checkpoint at ${record.size} does not have the frontier beside it`);
    }
    return frontier;
  }

  #signedRoot({ note }: SidecarRecord): Hash {
    return openCheckpoint(note, this.#key, verifyEd25519).root;
  }

  #requireRoot(record: SidecarRecord): void {
    const root = this.#feed?.frontier.root(nodeHasher);
    if (root !== undefined && equalBytes(root, this.#signedRoot(record))) return;
    throw new LinesDamaged(`the lines below ${record.size} do not hash to the root that was signed at ${record.size}`);
  }

  /** Reads until so many bytes are there, or so many lines; how many lines the bytes hold. */
  async #fillBytes(bytesMax: number, linesMax: number): Promise<number> {
    let lines = linesIn(this.#carry, bytesMax);
    const pieces: Uint8Array[] = [this.#carry];
    let bytes = this.#carry.length;
    while (bytes < bytesMax && lines < linesMax) {
      const piece = await this.#next();
      if (piece === undefined) break;
      lines += linesIn(piece, bytesMax - bytes);
      bytes += piece.length;
      pieces.push(piece);
    }
    this.#carry = pieces.length === 1 ? this.#carry : concatBytes(...pieces);
    return lines;
  }

  /** Reads until so many lines are there. */
  async #fill(lines: number): Promise<void> {
    const pieces: Uint8Array[] = [this.#carry];
    let bytes = 0;
    for (let held = linesIn(this.#carry, Infinity); held < lines; ) {
      const piece = await this.#next();
      if (piece === undefined) throw new LinesDamaged(`${lines - held} line(s) that were sealed are not there`);
      held += linesIn(piece, Infinity);
      bytes += piece.length;
      if (bytes > gapBytesMax) throw new LinesDamaged(`there are ${bytes} bytes of lines without a checkpoint among them`);
      pieces.push(piece);
    }
    this.#carry = concatBytes(...pieces);
  }

  /** A copy of the next lines on disk; undefined where the log ends for now. */
  async #next(): Promise<Uint8Array | undefined> {
    const from = (this.#feed?.frontier.size ?? 0) + linesIn(this.#carry, Infinity);
    this.#source ??= lineBatches(this.#folder.logFile, { from });
    const { value, done } = await this.#source.next();
    if (done === true) {
      this.#source = undefined;
      return undefined;
    }
    return value.bytes.slice(value.start, value.end);
  }

  /** What no checkpoint covers may be another line by the time that one does: it is read again then. */
  async #forgetUnsealed(linesSealed: number): Promise<void> {
    let end = 0;
    for (let lines = 0; lines < linesSealed; lines++) {
      const lineEnd = this.#carry.indexOf(LF, end);
      if (lineEnd < 0) return;
      end = lineEnd + 1;
    }
    if (end === this.#carry.length) return;
    this.#carry = this.#carry.slice(0, end);
    const source = this.#source;
    this.#source = undefined;
    await source?.return();
  }

  /** Takes the lines up to `size` out of the carry, into the tree. */
  async #push(size: number): Promise<Uint8Array> {
    const feed = this.#feed;
    if (feed === undefined) throw new LinesDamaged('nothing was read');
    let at = 0;
    while (feed.frontier.size < size) {
      const end = Math.min(this.#carry.length, at + sliceBytes);
      const { consumed, fault } = feed.push(this.#carry, at, end, undefined, size);
      at += consumed;
      if (fault !== undefined) throw new LinesDamaged(fault.message);
      if (consumed === 0) throw new LinesDamaged(`line ${feed.frontier.size} is not there`);
      if (feed.frontier.size < size) await new Promise<void>((resolve) => soon(resolve));
    }
    const taken = this.#carry.subarray(0, at);
    this.#carry = this.#carry.slice(at);
    return taken;
  }
}

/** How many lines end within the first so many bytes. */
function linesIn(bytes: Uint8Array, bytesMax: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(LF); at >= 0 && at < bytesMax; at = bytes.indexOf(LF, at + 1)) lines++;
  return lines;
}
