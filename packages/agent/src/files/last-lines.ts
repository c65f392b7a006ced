import type { FileHandle } from 'node:fs/promises';
import { type BatchLine, type LineBatch, linesOf } from './batch.ts';
import { chunkBuffers, readRange, statOf } from './chunks.ts';
import { SegmentCursor } from './cursor.ts';
import { FilesError } from './error.ts';
import { listLog } from './list.ts';
import type { LogLine } from './lines.ts';
import { type LogLocation, locateLog } from './location.ts';
import { openUnlessMoved, partsFrom, type SegmentPart } from './read.ts';
import { seqAt } from './seq.ts';

const LF = 0x0a;
const windowBytesMin = 64 * 1024;
const listingsMax = 100;

/**
 * The last lines of a log, at most `count`, in order. Files are read from their end; only archives must be read whole.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ, GZIP_DAMAGED, LINE_TOO_LONG; the signal's reason when it aborts
 */
export async function lastLines(logFile: string, count: number, options: { signal?: AbortSignal | undefined } = {}): Promise<LogLine[]> {
  const location = locateLog(logFile);
  for (let listing = 0; listing < listingsMax; listing++) {
    const found = await lastOfListing(location, count, options.signal);
    if (found !== undefined) return found;
  }
  throw new FilesError('SEGMENT_MOVED', logFile, `the segments of ${logFile} change faster than they can be read; try again`);
}

/** Undefined where a segment has moved since it was listed. */
async function lastOfListing(location: LogLocation, count: number, signal?: AbortSignal): Promise<LogLine[] | undefined> {
  const newestFirst: LogLine[][] = [];
  let missing = count;
  for (const part of partsFrom(listLog(location).segments, 0, -1).toReversed()) {
    if (missing <= 0) break;
    const handle = await openUnlessMoved(part.segment);
    if (handle === undefined) return undefined;
    try {
      const found = await lastOfSegment(handle, part, missing, signal);
      newestFirst.push(found);
      missing -= found.length;
    } finally {
      await handle.close();
    }
  }
  return newestFirst.toReversed().flat();
}

async function lastOfSegment(handle: FileHandle, part: SegmentPart, count: number, signal?: AbortSignal): Promise<LogLine[]> {
  return part.segment.form === 'gzip' ? lastOfArchive(handle, part, count, signal) : lastOfPlain(handle, part, count, signal);
}

/** Reads a window at the file's end, four times as large each time, until it holds enough lines. */
async function lastOfPlain(handle: FileHandle, part: SegmentPart, count: number, signal?: AbortSignal): Promise<LogLine[]> {
  const { path, first } = part.segment;
  const { size } = await statOf(handle, path);
  for (let windowBytes = windowBytesMin; ; windowBytes *= 4) {
    signal?.throwIfAborted();
    const offset = Math.max(0, size - windowBytes);
    const bytes = await readRange(handle, path, offset, size);
    const start = offset === 0 ? 0 : bytes.indexOf(LF) + 1;
    const end = bytes.lastIndexOf(LF) + 1;
    const batch = { bytes, start, end, first: seqAt(bytes, start, end) ?? first };
    const wanted = [...linesOf(batch)].filter(({ seq }) => seq < (part.before ?? Infinity));
    if (wanted.length >= count || offset === 0) return wanted.slice(-count).map((line) => copyOf(batch, line));
  }
}

async function lastOfArchive(handle: FileHandle, part: SegmentPart, count: number, signal?: AbortSignal): Promise<LogLine[]> {
  const cursor = new SegmentCursor(handle, part.segment, chunkBuffers());
  let last: LogLine[] = [];
  for await (const batch of cursor.read({ from: 0, before: part.before }, signal)) {
    const ofBatch = [...linesOf(batch)].slice(-count).map((line) => copyOf(batch, line));
    last = [...last, ...ofBatch].slice(-count);
  }
  return last;
}

function copyOf({ bytes }: LineBatch, { seq, start, end }: BatchLine): LogLine {
  return { seq, line: new Uint8Array(bytes.subarray(start, end)) };
}
