import { LineHead } from './feed-head.ts';
import { type Hash, type Hasher, hasher as pureHasher, Pairs } from './hash.ts';
import { checkLine, erasedLeaf, type LineFault, lineBytesMax } from './line.ts';
import type { Frontier } from './tree.ts';

const LF = 0x0a;
const LETTER_Y = 0x79;
const CLOSING_BRACE = 0x7d;

/** Lines are hashed in batches, which end at so many lines or bytes: enough to be fast, few enough to stay in the cache. */
const batchLinesMax = 256;
const batchBytesMax = 131_072;

/** The first line that cannot belong to the log, and why. */
export interface FeedFault {
  readonly code: LineFault;
  /** The seq that its place demands. */
  readonly seq: number;
  readonly message: string;
}

/** What a push did. */
export interface FeedResult {
  /** How many bytes were taken: whole lines, each with its LF. */
  readonly consumed: number;
  readonly lines: number;
  readonly fault?: FeedFault;
}

/** Sees a line bytes[start,end), without its LF, that was taken; `leaf` gives its leaf hash, during the call only. */
export type LineVisitor = (seq: number, start: number, end: number, leaf: () => Hash) => void;

/** How a LineFeed works. */
export interface LineFeedOptions {
  /** The one that runs anywhere, where it is not given. */
  readonly hasher?: Hasher;
  /** Check all that checkLine checks; else only the length, `{"seq":N,` and the closing brace. */
  readonly full?: boolean;
}

/** Grows the tree from a log's bytes. The sealer, recovery and verification all run this one. */
export class LineFeed {
  /** Its size is the next seq. */
  readonly frontier: Frontier;
  readonly #hasher: Hasher;
  readonly #full: boolean;
  readonly #head: LineHead;
  /** Where the lines of the batch end. */
  readonly #ends = new Uint32Array(batchLinesMax);
  /** Their leaves; one place more, for a left neighbour from before. */
  readonly #pairs = new Pairs(batchLinesMax / 2 + 1);
  /** Lines of the batch that were erased, with the leaves that they left. */
  readonly #stubs: { readonly index: number; readonly leaf: Hash }[] = [];

  constructor(frontier: Frontier, options: LineFeedOptions = {}) {
    this.frontier = frontier;
    this.#hasher = options.hasher ?? pureHasher;
    this.#full = options.full ?? false;
    this.#head = new LineHead(frontier.size);
  }

  /**
   * Takes the whole lines of bytes[start,end) and stops before the first one that is bad, or at `sizeMax` lines in the tree.
   * What follows the last LF is not consumed: the caller gives it again, with its rest. Lines are taken batch by batch: where
   * onLine throws, the tree stands before the batch.
   */
  push(bytes: Uint8Array, start: number, end: number, onLine?: LineVisitor, sizeMax: number = Infinity): FeedResult {
    let at = start;
    let lines = 0;
    for (;;) {
      const size = this.frontier.size;
      if (size >= sizeMax) return { consumed: at - start, lines };
      if (this.#head.seq !== size) this.#head.reset(size);
      const { count, stop } = this.#scan(bytes, at, end, Math.min(batchLinesMax, sizeMax - size));
      if (count > 0) {
        this.#take(bytes, at, count, onLine);
        at = (this.#ends[count - 1] ?? at) + 1;
        lines += count;
      }
      if (stop === 'end') return { consumed: at - start, lines };
      if (stop !== 'batch') return { consumed: at - start, lines, fault: stop };
    }
  }

  /** Finds and checks the lines of one batch, from `start` on; their ends go to #ends. */
  #scan(bytes: Uint8Array, start: number, end: number, linesMax: number): { count: number; stop: 'end' | 'batch' | FeedFault } {
    let at = start;
    let count = 0;
    this.#stubs.length = 0;
    while (count < linesMax && at - start < batchBytesMax) {
      const lineEnd = bytes.indexOf(LF, at);
      if (lineEnd < 0 || lineEnd >= end) return { count, stop: this.#checkRest(at, end) ?? 'end' };
      const fault = this.#check(bytes, at, lineEnd);
      if (fault !== undefined) return { count, stop: fault };
      // Only a stub goes on with "type" behind its seq, every other line with "timestamp": one letter tells.
      if (bytes[at + this.#head.length + 2] === LETTER_Y) this.#noteStub(count, erasedLeaf(bytes, at, lineEnd));
      this.#ends[count++] = lineEnd;
      this.#head.advance();
      at = lineEnd + 1;
    }
    return { count, stop: 'batch' };
  }

  #noteStub(index: number, leaf: Hash | undefined): void {
    if (leaf !== undefined) this.#stubs.push({ index, leaf });
  }

  /** Hashes a batch, shows it, and puts it into the tree. */
  #take(bytes: Uint8Array, start: number, count: number, onLine: LineVisitor | undefined): void {
    const place = this.frontier.place;
    this.#hasher.leaves(bytes, start, this.#ends, count, this.#pairs, place);
    for (const { index, leaf } of this.#stubs) this.#pairs.set(place + index, leaf);
    if (onLine !== undefined) {
      const seq = this.frontier.size;
      let lineStart = start;
      for (let i = 0; i < count; i++) {
        const lineEnd = this.#ends[i] ?? lineStart;
        onLine(seq + i, lineStart, lineEnd, () => this.#pairs.get(place + i));
        lineStart = lineEnd + 1;
      }
    }
    this.frontier.appendPairs(this.#pairs, count, this.#hasher);
  }

  /** The quick tests are a part of checkLine's: whatever fails them fails there too, and is told in the same words. */
  #check(bytes: Uint8Array, start: number, end: number): FeedFault | undefined {
    const seq = this.#head.seq;
    if (seq === Number.MAX_SAFE_INTEGER) return { code: 'LINE_SEQ', seq, message: `the log has ${seq} lines, as many as it can` };
    const sound = end - start <= lineBytesMax && bytes[end - 1] === CLOSING_BRACE && this.#head.matches(bytes, start, end);
    if (sound && !this.#full) return undefined;
    const check = checkLine(bytes, start, end, seq);
    return check.ok ? undefined : { code: check.code, seq, message: check.message };
  }

  /** What has no LF yet may get one later, unless it is too long already. */
  #checkRest(start: number, end: number): FeedFault | undefined {
    if (end - start <= lineBytesMax) return undefined;
    const seq = this.#head.seq;
    return { code: 'LINE_TOO_LONG', seq, message: `line ${seq} has more than ${lineBytesMax} bytes, the most that are allowed` };
  }
}
