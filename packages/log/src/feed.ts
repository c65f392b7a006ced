import { utf8 } from './bytes.ts';
import { type Hash, type Hasher, hasher as pureHasher } from './hash.ts';
import { checkLine, erasedLeaf, type LineFault, lineBytesMax } from './line.ts';
import type { Frontier } from './tree.ts';

const LF = 0x0a;
const LETTER_Y = 0x79;
const CLOSING_BRACE = 0x7d;

/** The first line that cannot belong to the log, and why. */
export interface FeedFault {
  readonly code: LineFault;
  /** The seq that its place demands. */
  readonly seq: number;
  readonly message: string;
}

export interface FeedResult {
  /** How many bytes were taken: whole lines, each with its LF. */
  readonly consumed: number;
  readonly lines: number;
  readonly fault?: FeedFault;
}

/** Sees a line bytes[start,end), without its LF, that was taken; `leaf` gives its leaf hash, during the call only. */
export type LineVisitor = (seq: number, start: number, end: number, leaf: () => Hash) => void;

export interface LineFeedOptions {
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
  #head: Uint8Array;

  constructor(frontier: Frontier, options: LineFeedOptions = {}) {
    this.frontier = frontier;
    this.#hasher = options.hasher ?? pureHasher;
    this.#full = options.full ?? false;
    this.#head = headOf(frontier.size);
  }

  /**
   * Takes the whole lines of bytes[start,end) and stops before the first one that is bad. What follows the last LF is not
   * consumed: the caller gives it again, with its rest.
   */
  push(bytes: Uint8Array, start: number, end: number, onLine?: LineVisitor): FeedResult {
    let at = start;
    let lines = 0;
    for (;;) {
      const found = bytes.indexOf(LF, at);
      const lineEnd = found < 0 || found >= end ? undefined : found;
      const seq = this.frontier.size;
      const fault = lineEnd === undefined ? this.#checkRest(at, end) : this.#check(bytes, at, lineEnd);
      if (fault !== undefined) return { consumed: at - start, lines, fault: { ...fault, seq } };
      if (lineEnd === undefined) return { consumed: at - start, lines };

      const leaf = this.#stubLeaf(bytes, at, lineEnd) ?? this.#hasher.leaf(bytes, at, lineEnd);
      this.frontier.append(leaf, this.#hasher);
      this.#head = headOf(seq + 1);
      onLine?.(seq, at, lineEnd, () => leaf);
      at = lineEnd + 1;
      lines++;
    }
  }

  #checkRest(at: number, end: number): { code: LineFault; message: string } | undefined {
    if (end - at <= lineBytesMax) return undefined;
    return { code: 'LINE_TOO_LONG', message: `line ${this.frontier.size} has more than ${lineBytesMax} bytes` };
  }

  #check(bytes: Uint8Array, at: number, lineEnd: number): { code: LineFault; message: string } | undefined {
    const seq = this.frontier.size;
    if (seq === Number.MAX_SAFE_INTEGER) return { code: 'LINE_SEQ', message: `the log has ${seq} lines, as many as it can` };
    if (this.#full) {
      const check = checkLine(bytes, at, lineEnd, seq);
      return check.ok ? undefined : check;
    }
    const length = lineEnd - at;
    if (length > lineBytesMax) {
      return { code: 'LINE_TOO_LONG', message: `line ${seq} has ${length} bytes; at most ${lineBytesMax} are allowed` };
    }
    for (let i = 0; i < this.#head.length; i++) {
      if (bytes[at + i] !== this.#head[i]) {
        const text = new TextDecoder().decode(bytes.subarray(at, Math.min(at + 32, lineEnd)));
        return { code: 'LINE_SEQ', message: `line ${seq} begins with ${JSON.stringify(text)}` };
      }
    }
    if (bytes[lineEnd - 1] !== CLOSING_BRACE) return { code: 'LINE_NOT_JSON', message: `line ${seq} does not end with }` };
    return undefined;
  }

  /** The leaf that an erased line left behind. One byte tells: every other line goes on with "timestamp". */
  #stubLeaf(bytes: Uint8Array, at: number, lineEnd: number): Hash | undefined {
    return bytes[at + this.#head.length + 2] === LETTER_Y ? erasedLeaf(bytes, at, lineEnd) : undefined;
  }
}

/** What the line with this seq begins with. */
function headOf(seq: number): Uint8Array {
  return utf8(`{"seq":${seq},`);
}
