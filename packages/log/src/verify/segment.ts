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
  readonly #plan: SegmentPlan;
  readonly #hasher: Hasher;
  readonly #feed: LineFeed;
  readonly #rooted: boolean;
  readonly #own: OwnLines = noOwnLines();
  readonly #roots: { size: number; root: Hash }[] = [];
  /** Bytes of a line whose LF has not come yet. */
  #carry: Uint8Array = new Uint8Array(0);
  #chunk: Uint8Array = this.#carry;
  #nextSizeAt = 0;
  #nextSize: number;
  #bytes = 0;
  #rest = 0;
  #fault: SegmentFault | undefined;
  #frontierAtNext: readonly Hash[] | undefined;

  /** @param previous result of the segment before, for a segment that has no base record of its own */
  constructor(plan: SegmentPlan, hasher: Hasher, previous?: SegmentResult) {
    this.#plan = plan;
    this.#hasher = hasher;
    const base = plan.base ?? (plan.first === 0 ? [] : previous?.end === plan.first ? previous.frontier : undefined);
    this.#rooted = base !== undefined;
    this.#feed = new LineFeed(Frontier.from(plan.first, base ?? unknownHashes(plan.first)), { hasher });
    this.#nextSize = plan.sizes[0] ?? Infinity;
    if (this.#nextSize === plan.first) this.#takeRoot();
    if (plan.next === plan.first) this.#frontierAtNext = base;
  }

  /** Whether the next segment's first line is reached, so that nothing more of this one counts. */
  get done(): boolean {
    return this.#plan.next !== undefined && this.#feed.frontier.size >= this.#plan.next;
  }

  /** Takes the next piece of the data. The piece is the caller's again when this returns. */
  push(chunk: Uint8Array): void {
    if (this.done) return;
    if (this.#fault !== undefined) {
      this.#rest += chunk.length;
      return;
    }
    let at = 0;
    if (this.#carry.length > 0) {
      const lineEnd = chunk.indexOf(LF);
      at = lineEnd < 0 ? chunk.length : lineEnd + 1;
      this.#take(concatBytes(this.#carry, chunk.subarray(0, at)), 0);
    }
    if (at < chunk.length) this.#take(chunk, at);
  }

  /** Says that the data cannot be read any further, though it should go on: a damaged archive. */
  unreadable(message: string): void {
    if (this.done) return;
    this.#fault ??= { code: 'SEGMENT_UNREADABLE', message };
  }

  finish(): SegmentResult {
    const { first, next } = this.#plan;
    const size = this.#feed.frontier.size;
    const end = Math.min(size, next ?? Infinity);
    const frontier = this.#rooted ? (this.#frontierAtNext ?? this.#feed.frontier.hashes()) : undefined;
    return {
      first,
      end,
      bytes: this.#bytes,
      rest: this.done ? 0 : this.#rest + this.#carry.length,
      ...(this.#fault && !this.done && { fault: this.#fault }),
      ...(frontier && { frontier }),
      roots: this.#roots,
      own: this.#own,
    };
  }

  /** Feeds bytes from `at` on and keeps what is left of a line. The carry is part of `bytes` already, or empty. */
  #take(bytes: Uint8Array, at: number): void {
    this.#chunk = bytes;
    const { consumed, fault } = this.#feed.push(bytes, at, bytes.length, this.#onLine);
    this.#chunk = this.#carry = new Uint8Array(0);
    const left = at + consumed;
    if (this.done) return;
    if (fault === undefined) {
      if (left < bytes.length) this.#carry = bytes.slice(left);
      return;
    }
    this.#fault = describeFault(fault, bytes, left);
    this.#rest += bytes.length - left;
  }

  readonly #onLine = (seq: number, start: number, end: number): void => {
    const { next } = this.#plan;
    if (next !== undefined && seq >= next) return;
    this.#bytes += end + 1 - start;
    noteOwnLine(this.#own, this.#chunk, start, end, seq);
    if (seq + 1 === this.#nextSize) this.#takeRoot();
    if (seq + 1 === next) this.#frontierAtNext = this.#feed.frontier.hashes();
  };

  #takeRoot(): void {
    if (this.#rooted) this.#roots.push({ size: this.#nextSize, root: this.#feed.frontier.root(this.#hasher) });
    this.#nextSize = this.#plan.sizes[++this.#nextSizeAt] ?? Infinity;
  }
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
