import { concatBytes } from '../bytes.ts';
import { type FeedFault, LineFeed } from '../feed.ts';
import type { Hash, Hasher } from '../hash.ts';
import { checkLine, lineBytesMax } from '../line.ts';
import { Frontier } from '../tree.ts';
import { noOwnLines, noteOwnLine, type OwnLines } from './own-lines.ts';
import type { SegmentPlan } from './plan.ts';
import type { ProblemCode } from './problem.ts';

const LF = 0x0a;

/** Where the data of a segment stopped making sense. */
export interface SegmentFault {
  readonly code: ProblemCode;
  readonly message: string;
}

/** What one segment's data turned out to hold. Plain data: it may come from another thread. */
export interface SegmentResult {
  readonly first: number;
  /** The seq after its last good line; at most the next segment's first. */
  readonly end: number;
  /** Size of the good lines, with their LFs. */
  readonly bytes: number;
  /** Bytes after the good lines that are none: a write that was cut off, or what follows a fault. */
  readonly rest: number;
  readonly fault?: SegmentFault;
  /** The tree over [0, end). Absent where it was not known over [0, first). */
  readonly frontier?: readonly Hash[];
  /** The roots at the planned sizes that were reached; empty where there is no frontier. */
  readonly roots: readonly { readonly size: number; readonly root: Hash }[];
  readonly own: OwnLines;
}

/**
 * Verifies one segment's data as it streams by, in constant memory (but for what the log says about itself). It judges nothing:
 * it finds out where good lines end and which roots they have, for `assembleReport` to compare with what was signed.
 */
export class SegmentVerifier {
  readonly #first: number;
  readonly #next: number;
  readonly #sizes: readonly number[];
  readonly #hasher: Hasher;
  readonly #feed: LineFeed;
  readonly #rooted: boolean;
  readonly #own: OwnLines = noOwnLines();
  readonly #roots: { size: number; root: Hash }[] = [];
  /** Bytes of a line whose LF has not come yet. */
  #carry: Uint8Array = new Uint8Array(0);
  #sizesPassed = 0;
  #bytes = 0;
  #rest = 0;
  #fault: SegmentFault | undefined;

  /** @param previous result of the segment before, for a segment that has no base record of its own */
  constructor(plan: SegmentPlan, hasher: Hasher, previous?: SegmentResult) {
    this.#first = plan.first;
    this.#next = plan.next ?? Infinity;
    this.#sizes = plan.sizes;
    this.#hasher = hasher;
    const base = plan.base ?? (plan.first === 0 ? [] : previous?.end === plan.first ? previous.frontier : undefined);
    this.#rooted = base !== undefined;
    this.#feed = new LineFeed(Frontier.from(plan.first, base ?? unknownHashes(plan.first)), { hasher });
    this.#takeRoots();
  }

  /** Whether the next segment's first line is reached, so that nothing more of this one counts. */
  get done(): boolean {
    return this.#feed.frontier.size >= this.#next;
  }

  /** Takes the next piece of the data. The piece is the caller's again when this returns. */
  push(chunk: Uint8Array): void {
    let at = 0;
    if (this.#carry.length > 0) {
      const lineEnd = chunk.indexOf(LF);
      at = lineEnd < 0 ? chunk.length : lineEnd + 1;
      const joined = concatBytes(this.#carry, chunk.subarray(0, at));
      this.#carry = new Uint8Array(0);
      this.#take(joined, 0);
    }
    if (at < chunk.length) this.#take(chunk, at);
  }

  /** Says that the data cannot be read any further, though it should go on: a damaged archive. */
  unreadable(message: string): void {
    if (!this.done) this.#fault ??= { code: 'SEGMENT_UNREADABLE', message };
  }

  finish(): SegmentResult {
    return {
      first: this.#first,
      end: this.#feed.frontier.size,
      bytes: this.#bytes,
      rest: this.#rest + this.#carry.length,
      ...(this.#fault && { fault: this.#fault }),
      ...(this.#rooted && { frontier: this.#feed.frontier.hashes() }),
      roots: this.#roots,
      own: this.#own,
    };
  }

  /** Feeds bytes from `at` on, up to each size where a root is wanted, and keeps what is left of a line. */
  #take(bytes: Uint8Array, start: number): void {
    let at = start;
    while (at < bytes.length && !this.done && this.#fault === undefined) {
      const wanted = Math.min(this.#next, this.#sizes[this.#sizesPassed] ?? Infinity);
      const end = endOfLines(bytes, at, wanted - this.#feed.frontier.size);
      const { consumed, fault } = this.#feed.push(bytes, at, end, (seq, from, to) => noteOwnLine(this.#own, bytes, from, to, seq));
      at += consumed;
      this.#bytes += consumed;
      this.#takeRoots();
      if (fault !== undefined) this.#fault = describeFault(fault, bytes, at);
      else if (at < end) {
        this.#carry = bytes.slice(at);
        return;
      }
    }
    if (!this.done) this.#rest += bytes.length - at;
  }

  #takeRoots(): void {
    const { frontier } = this.#feed;
    if (frontier.size !== this.#sizes[this.#sizesPassed]) return;
    this.#sizesPassed++;
    if (this.#rooted) this.#roots.push({ size: frontier.size, root: frontier.root(this.#hasher) });
  }
}

/** Where bytes from `start` on have had so many lines, or their end where they have fewer. */
function endOfLines(bytes: Uint8Array, start: number, lines: number): number {
  if (lines === Infinity) return bytes.length;
  let at = start;
  for (let left = lines; left > 0; left--) {
    const lineEnd = bytes.indexOf(LF, at);
    if (lineEnd < 0) return bytes.length;
    at = lineEnd + 1;
  }
  return at;
}

/** Stand-ins for hashes that are not known: lines can be checked over them, but no root taken. */
function unknownHashes(size: number): Hash[] {
  const subtrees = [...size.toString(2)].filter((bit) => bit === '1').length;
  return Array.from({ length: subtrees }, () => new Uint8Array(32));
}

/** The feed looks at a line's ends only. For the one line that it refuses, the full check has the better name of the fault. */
function describeFault(fault: FeedFault, bytes: Uint8Array, start: number): SegmentFault {
  if (bytes[start] === 0) {
    return { code: 'LINE_NOT_JSON', message: `line ${fault.seq} begins with NUL bytes: a hole that a crash or a copy left` };
  }
  const lineEnd = bytes.indexOf(LF, start);
  if (lineEnd >= 0 && lineEnd - start <= lineBytesMax) {
    const check = checkLine(bytes, start, lineEnd, fault.seq);
    if (!check.ok) return { code: check.code, message: check.message };
  }
  return { code: fault.code, message: fault.message };
}
