import type { FileHandle } from 'node:fs/promises';
import type { NumberedBatch } from './batch.ts';
import { chunkBuffers, openSegment } from './chunks.ts';
import { SegmentCursor } from './cursor.ts';
import { FilesError } from './error.ts';
import { listLog, type SegmentFile } from './list.ts';
import type { LogLocation } from './location.ts';

/** A segment to read, and where the next one begins: lines from there on are the next one's, whatever this one holds of them. */
export interface SegmentPart {
  readonly segment: SegmentFile;
  readonly before: number | undefined;
}

/** The segments that hold lines from seq `from` on, in order, without those up to the one that begins at `finished`. */
export function partsFrom(segments: readonly SegmentFile[], from: number, finished: number): SegmentPart[] {
  return segments.flatMap((segment, i) => {
    const before = segments[i + 1]?.first;
    if (segment.first <= finished || (before !== undefined && before <= from)) return [];
    return [{ segment, before }];
  });
}

/** Opens a segment; undefined where its path no longer names it. */
export async function openUnlessMoved(segment: SegmentFile): Promise<FileHandle | undefined> {
  try {
    return await openSegment(segment);
  } catch (error) {
    if (error instanceof FilesError && error.code === 'SEGMENT_MOVED') return undefined;
    throw error;
  }
}

/** Each new listing follows a change that really happened; so many in a row, without one line read, are no rotation any more. */
const movesMax = 100;

/** The lines of a log from seq `from` on, up to where it ends when its last segment is opened. */
export async function* readLog(location: LogLocation, from: number, signal?: AbortSignal): AsyncGenerator<NumberedBatch, void, undefined> {
  const buffers = chunkBuffers();
  let next = from;
  let finished = -1;
  let moves = 0;
  let parts = partsFrom(listLog(location).segments, next, finished);
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const { segment, before } = part;
    const handle = await openUnlessMoved(segment);
    if (handle === undefined) {
      if (++moves > movesMax) throw new FilesError('SEGMENT_MOVED', segment.path, `${segment.path} is not what its folder says; try again`);
      parts = partsFrom(listLog(location).segments, next, finished);
      continue;
    }
    try {
      const cursor = new SegmentCursor(handle, segment, buffers);
      for await (const batch of cursor.read({ from: next, before }, signal)) {
        next = batch.last + 1;
        yield batch;
      }
    } finally {
      await handle.close();
    }
    finished = segment.first;
    moves = 0;
  }
}
