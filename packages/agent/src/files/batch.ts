import { concatBytes } from '@agent-audit/log';
import { chunkBytesMax } from './chunks.ts';
import { FilesError } from './error.ts';
import { seqAt } from './seq.ts';

const LF = 0x0a;

/** Whole lines, each with its LF: bytes[start,end). Valid until the next batch is asked for. */
export interface LineBatch {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** Seq of the first of its lines. */
  readonly first: number;
}

/** A batch of which the last line's seq is known too. */
export interface NumberedBatch extends LineBatch {
  readonly last: number;
}

type Bytes = Omit<LineBatch, 'first'>;

/**
 * Parts pieces at the ends of lines, without copying more than the one line that spans two pieces. What follows the last LF is
 * dropped: it is no line yet.
 * @throws FilesError LINE_TOO_LONG where there is no end of a line for so long that it cannot be kept in memory
 */
export async function* wholeLines(chunks: AsyncIterable<Uint8Array>, path: string): AsyncGenerator<Bytes, void, undefined> {
  let carry: Uint8Array = new Uint8Array(0);
  for await (const chunk of chunks) {
    let start = 0;
    if (carry.length > 0) {
      const lineEnd = chunk.indexOf(LF);
      start = lineEnd < 0 ? chunk.length : lineEnd + 1;
      carry = concatBytes(carry, chunk.subarray(0, start));
      if (carry.length > chunkBytesMax) throw tooLong(path);
      if (lineEnd < 0) continue;
      yield { bytes: carry, start: 0, end: carry.length };
    }
    const end = Math.max(start, chunk.lastIndexOf(LF) + 1);
    if (end > start) yield { bytes: chunk, start, end };
    carry = chunk.slice(end);
  }
}

function tooLong(path: string): FilesError {
  const message = `${path} holds more than ${chunkBytesMax} bytes without an end of line: it is no log, or a damaged one`;
  return new FilesError('LINE_TOO_LONG', path, `${message}; run agent-audit verify`);
}

/** The seqs of the first and the last line, at the cost of looking at these two. `expected` numbers a first line that says none. */
export function numberBatch({ bytes, start, end }: Bytes, expected: number): NumberedBatch {
  const first = seqAt(bytes, start, end) ?? expected;
  const lastStart = end - 2 < start ? start : Math.max(start, bytes.lastIndexOf(LF, end - 2) + 1);
  const last = seqAt(bytes, lastStart, end) ?? first + countLines(bytes, start, end) - 1;
  return { bytes, start, end, first, last };
}

function countLines(bytes: Uint8Array, start: number, end: number): number {
  let lines = 0;
  for (let at = start; at < end; at = bytes.indexOf(LF, at) + 1) lines++;
  return lines;
}

/** The lines of a batch with from ≤ seq < before; undefined where there are none. */
export function cutBatch(batch: NumberedBatch, from: number, before: number): NumberedBatch | undefined {
  const low = batch.first >= from ? batch : tailFrom(batch, from);
  if (low === undefined || low.last < before) return low;
  const high = tailFrom(low, before);
  if (high === undefined || high.start === low.start) return high === undefined ? low : undefined;
  return { ...low, end: high.start, last: before - 1 };
}

/** The lines of a batch from the first one with at least this seq on. */
function tailFrom(batch: NumberedBatch, seq: number): NumberedBatch | undefined {
  if (batch.last < seq) return undefined;
  for (const { start, seq: first } of linesOf(batch)) if (first >= seq) return { ...batch, start, first };
  return undefined;
}

/** A line bytes[start,end) of a batch, without its LF. */
export interface BatchLine {
  readonly seq: number;
  readonly start: number;
  readonly end: number;
}

/** The lines of a batch. One that does not say its seq has the one after the line before. */
export function* linesOf({ bytes, start, end, first }: LineBatch): Generator<BatchLine, void, undefined> {
  let expected = first;
  for (let at = start; at < end; ) {
    const lineEnd = bytes.indexOf(LF, at);
    const seq = seqAt(bytes, at, lineEnd) ?? expected;
    yield { seq, start: at, end: lineEnd };
    expected = seq + 1;
    at = lineEnd + 1;
  }
}
