// Recovery: from the newest checkpoint C on, every whole line counts, in whatever segments come after it; the first byte that is
// not one ends the log, and what follows is moved aside. Sealing what was found is the sealer's ordinary work.
import {
  Frontier,
  LineFeed,
  lineBytesMax,
  lineType,
  type LogRecoveredDetails,
  parseLine,
  type RecordedEvent,
  type SidecarRecord,
} from '@agent-audit/log';
import type { Disk } from '../disk.ts';
import type { Folder } from '../folder.ts';
import { nodeHasher } from '../node-hasher.ts';
import type { PlainSegment } from './survey.ts';
import { findLine } from './tail.ts';
import { cutTorn } from './torn.ts';

/** Why an origin has to be given up: the log is not what was signed. */
export class OriginLost extends Error {
  readonly why: string;

  constructor(why: string, message: string) {
    super(message);
    this.why = why;
  }
}

export interface Recovered {
  readonly nextSeq: number;
  /** The segments from C on, in order; each `first` is known. Empty where none holds lines from C on. */
  readonly segments: readonly (PlainSegment & { readonly first: number })[];
  /** Where in the first of them the line after C begins. */
  readonly offset: number;
  /** undefined after a clean stop. */
  readonly details: LogRecoveredDetails | undefined;
}

/**
 * Finds the end of the log. `beginsSegment`: the line after C begins a segment, none of whose lines was ever signed.
 * @throws OriginLost where fewer lines are there than C covers
 */
export function recover(folder: Folder, checkpoint: SidecarRecord, segments: readonly PlainSegment[], beginsSegment: boolean): Recovered {
  const from = startOf(segments, checkpoint.size, beginsSegment);
  if (from < 0) {
    // The segment that C is the base of was not made any more.
    const details = checkpoint.size === 0 ? undefined : { torn_bytes: 0 };
    return { nextSeq: checkpoint.size, segments: [], offset: 0, details };
  }
  const scan = new Scan(folder.disk, checkpoint, segments.slice(from));
  scan.run();
  const cut = scan.cut;
  const torn = cut === undefined ? undefined : cutTorn(folder, cut);
  const last = scan.lastLine === undefined ? undefined : readClose(scan.lastLine);
  const successorAbsent = last === 'rotate' && scan.whole.at(-1)?.active !== true;
  if (scan.nextSeq > checkpoint.size) rewriteTail(folder.disk, scan.whole, scan.offset);
  const clean = last === 'stop' && torn === undefined && scan.nextSeq === checkpoint.size;
  return {
    nextSeq: scan.nextSeq,
    segments: scan.whole,
    offset: scan.offset,
    details: clean || scan.nextSeq === 0 ? undefined : describe(checkpoint.size, scan.nextSeq, torn, successorAbsent),
  };
}

function describe(
  sealedSize: number,
  nextSeq: number,
  torn: Pick<LogRecoveredDetails, 'torn_bytes' | 'torn_sha256' | 'torn_files'> | undefined,
  successorAbsent: boolean,
): LogRecoveredDetails {
  return {
    torn_bytes: 0,
    ...torn,
    ...(nextSeq > sealedSize ? { sealed_from: sealedSize, sealed_to: nextSeq - 1 } : {}),
    ...(successorAbsent ? { successor: 'absent' as const } : {}),
  };
}

/**
 * The last segment that can hold the line after C: the one with the highest first seq that is not above it. Where only the active
 * file is plain and has no whole line yet, it is the one that C is the base of; -1 where that was not made any more.
 */
function startOf(segments: readonly PlainSegment[], size: number, beginsSegment: boolean): number {
  const index = segments.findLastIndex(({ first }) => first !== undefined && first <= size);
  if (index >= 0) return index;
  if (beginsSegment && segments.length === 0) return -1;
  if (beginsSegment && segments.length === 1 && segments[0]?.first === undefined) return 0;
  throw new OriginLost('truncated', `no segment holds line ${size - 1}, which was signed`);
}

/**
 * Writes the lines that nobody has signed once more, the same bytes in the same places. A sync that failed in the process before
 * this one has perhaps dropped them from what the kernel still writes, and the next sync would succeed without them.
 */
function rewriteTail(disk: Disk, segments: readonly PlainSegment[], offset: number): void {
  const buffer = new Uint8Array(1024 * 1024);
  for (const [index, segment] of segments.entries()) {
    const fd = disk.openWrite(segment.path);
    try {
      for (let at = index === 0 ? offset : 0; ; ) {
        const count = disk.read(fd, buffer, 0, buffer.length, at);
        if (count === 0) break;
        for (let written = 0; written < count; ) written += disk.write(fd, buffer, written, count - written, at + written);
        at += count;
      }
    } finally {
      disk.close(fd);
    }
  }
}

/** Walks the segments from C on with the feed that sealing and verification use. */
class Scan {
  readonly whole: (PlainSegment & { readonly first: number })[] = [];
  offset = 0;
  lastLine: Uint8Array | undefined;
  cut: { seq: number; segment: PlainSegment; offset: number; later: PlainSegment[] } | undefined;
  readonly #disk: Disk;
  readonly #size: number;
  readonly #segments: readonly PlainSegment[];
  readonly #feed: LineFeed;

  constructor(disk: Disk, checkpoint: SidecarRecord, segments: readonly PlainSegment[]) {
    this.#disk = disk;
    this.#size = checkpoint.size;
    this.#segments = segments;
    this.#feed = new LineFeed(Frontier.from(checkpoint.size, checkpoint.frontier), { hasher: nodeHasher, full: true });
  }

  get nextSeq(): number {
    return this.#feed.frontier.size;
  }

  run(): void {
    for (const [index, segment] of this.#segments.entries()) {
      const later = this.#segments.slice(index + 1);
      // An empty active file begins wherever the log ends; any other begins where the one before ended, or is not ours.
      const first = segment.first ?? this.nextSeq;
      if (index > 0 && first !== this.nextSeq) {
        this.cut = { seq: this.nextSeq, segment, offset: 0, later };
        return;
      }
      const end = this.#scanSegment(segment, first, index === 0);
      this.whole.push({ ...segment, first });
      if (end === undefined) continue;
      this.cut = { seq: this.nextSeq, segment, offset: end, later };
      return;
    }
  }

  /** Where the first byte stands that is no whole line; undefined where the segment is whole to its end. */
  #scanSegment(segment: PlainSegment, first: number, isStart: boolean): number | undefined {
    const fd = this.#disk.openRead(segment.path);
    try {
      let at = 0;
      if (isStart && this.#size > first) at = this.offset = this.#endOfSigned(fd);
      const buffer = new Uint8Array(1024 * 1024);
      for (;;) {
        const count = this.#disk.read(fd, buffer, 0, buffer.length, at);
        if (count === 0) return undefined;
        let lastStart = 0;
        let lastEnd = 0;
        const { consumed, fault } = this.#feed.push(buffer, 0, count, (_seq, start, end) => {
          lastStart = start;
          lastEnd = end;
        });
        if (lastEnd > 0) this.lastLine = buffer.slice(lastStart, lastEnd);
        at += consumed;
        if (fault !== undefined || consumed === 0) return at;
        if (count < buffer.length && consumed < count) return at;
        if (count - consumed > lineBytesMax) return at;
      }
    } finally {
      this.#disk.close(fd);
    }
  }

  #endOfSigned(fd: number): number {
    const found = findLine(this.#disk, fd, this.#size - 1);
    if (found === undefined) throw new OriginLost('truncated', `line ${this.#size - 1} was signed and is not there`);
    this.lastLine = found.line;
    return found.nextOffset;
  }
}

function readClose(line: Uint8Array): 'stop' | 'rotate' | undefined {
  if (lineType(line, 0, line.length) !== 'log.close') return undefined;
  let event: RecordedEvent;
  try {
    event = parseLine(line);
  } catch {
    return undefined;
  }
  const reason = event.details?.['reason'];
  return reason === 'stop' || reason === 'rotate' ? reason : undefined;
}
