import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { diskErrorCode } from '../disk.ts';
import { FilesError, isAbsent, readFailure } from './error.ts';
import { fileOf, type SegmentFile } from './list.ts';
import { seqAt, seqBytesMax } from './seq.ts';

/** Bytes of the largest piece that reading hands out. */
export const chunkBytesMax: number = 1024 * 1024;

const packedChunkBytes = 256 * 1024;

/** Two buffers, one to read into while the other is worked on. */
export type ChunkBuffers = readonly [Uint8Array, Uint8Array];

/** Buffers for as many reads, one after another, as there are of one file. */
export function chunkBuffers(): ChunkBuffers {
  return [new Uint8Array(chunkBytesMax), new Uint8Array(chunkBytesMax)];
}

/** How pieces are read. */
export interface ChunkOptions {
  readonly signal?: AbortSignal | undefined;
  /** Hears how many more bytes of the file, packed or not, were read. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** A part of an open file, [start, end). */
export interface PlainPart {
  readonly handle: FileHandle;
  /** For messages. */
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly buffers: ChunkBuffers;
}

/**
 * The bytes of a segment, inflated, in pieces of at most 1 MiB and in constant memory. Of a file that is still written to: what
 * is there when reading begins. A piece is only valid until the next one is asked for.
 * @throws FilesError SEGMENT_MOVED where the path no longer names this segment (list again); GZIP_DAMAGED, after the pieces that
 *   could be inflated; COULD_NOT_READ; and the signal's reason
 */
export async function* readChunks(segment: SegmentFile, options: ChunkOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const { path, form } = segment;
  const handle = await openSegment(segment);
  try {
    if (form === 'gzip') yield* inflate(handle, path, options);
    else yield* readPlain({ handle, path, start: 0, end: (await statOf(handle, path)).size, buffers: chunkBuffers() }, options);
  } finally {
    await handle.close();
  }
}

/**
 * Opens a segment, and makes sure of the active one: its path may name the next segment by now.
 * @throws FilesError SEGMENT_MOVED, COULD_NOT_READ
 */
export async function openSegment(segment: SegmentFile): Promise<FileHandle> {
  const { path } = segment;
  let handle: FileHandle | undefined;
  try {
    handle = await open(path, 'r');
    if (segment.form === 'active' && !(await isStill(handle, segment))) throw moved(segment);
    return handle;
  } catch (error) {
    await handle?.close();
    throw isAbsent(error) ? moved(segment) : readFailure(path, error);
  }
}

/** The file tells two segments apart that are empty both; the first line, two that had the same inode one after the other. */
async function isStill(handle: FileHandle, { file, first }: SegmentFile): Promise<boolean> {
  if (fileOf(await handle.stat({ bigint: true })) !== file) return false;
  const head = new Uint8Array(seqBytesMax);
  const { bytesRead } = await handle.read(head, 0, head.length, 0);
  return (seqAt(head, 0, bytesRead) ?? first) === first;
}

function moved({ path, first }: SegmentFile): FilesError {
  const message = `${path} is no longer the segment at line ${first}: it was rotated, packed or deleted; list the segments again`;
  return new FilesError('SEGMENT_MOVED', path, message);
}

/** What the open file is now. */
export async function statOf(handle: FileHandle, path: string): Promise<{ readonly size: number }> {
  try {
    return await handle.stat();
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** A part of an open file, up to where the file ends if that comes first. The next piece is read while the caller works on one. */
export async function* readPlain(part: PlainPart, { signal, onRead }: ChunkOptions = {}): AsyncGenerator<Uint8Array, void, undefined> {
  const { handle, path, end } = part;
  const read = (buffer: Uint8Array, at: number): Promise<number> => readAt(handle, path, buffer, Math.min(buffer.length, end - at), at);
  let position = part.start;
  let [buffer, other] = part.buffers;
  let pending = read(buffer, position);
  try {
    for (;;) {
      const count = await pending;
      signal?.throwIfAborted();
      if (count === 0) return;
      onRead?.(count);
      position += count;
      pending = read(other, position);
      yield buffer.subarray(0, count);
      [buffer, other] = [other, buffer];
    }
  } finally {
    // The caller may stop early, and close the file: not under a read that is still going on.
    await pending.catch(() => 0);
  }
}

async function readAt(handle: FileHandle, path: string, buffer: Uint8Array, length: number, position: number): Promise<number> {
  if (length <= 0) return 0;
  try {
    return (await handle.read(buffer, 0, length, position)).bytesRead;
  } catch (error) {
    throw readFailure(path, error);
  }
}

/** The bytes [start, end) of an open file; fewer where it ends before that. */
export async function readRange(handle: FileHandle, path: string, start: number, end: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(end - start);
  let at = 0;
  for (let count = -1; count !== 0; at += count) count = await readAt(handle, path, bytes.subarray(at), bytes.length - at, start + at);
  return bytes.subarray(0, at);
}

/** The inflated bytes of an open archive. */
export async function* inflate(
  handle: FileHandle,
  path: string,
  { signal, onRead }: ChunkOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if ((await statOf(handle, path)).size === 0) throw damaged(path, 'it is empty');
  const packed = handle.createReadStream({ autoClose: false, start: 0, highWaterMark: packedChunkBytes });
  const gunzip = createGunzip({ chunkSize: chunkBytesMax });
  // An error of either comes out of the loop below; the callback has nothing to add.
  pipeline(packed, gunzip, () => undefined);
  let packedBytes = 0;
  try {
    for await (const chunk of gunzip) {
      signal?.throwIfAborted();
      if (!(chunk instanceof Uint8Array)) throw new TypeError('gunzip gave something else than bytes');
      onRead?.(packed.bytesRead - packedBytes);
      packedBytes = packed.bytesRead;
      yield chunk;
    }
  } catch (error) {
    if (signal?.aborted !== true && diskErrorCode(error).startsWith('Z_')) throw damaged(path, error);
    throw signal?.aborted === true ? error : readFailure(path, error);
  } finally {
    packed.destroy();
    gunzip.destroy();
  }
}

function damaged(path: string, cause: unknown): FilesError {
  const why = cause instanceof Error ? cause.message : String(cause);
  const message = `${path} cannot be unpacked to its end: ${why}; take it from a backup, or run agent-audit verify to see what is lost`;
  return new FilesError('GZIP_DAMAGED', path, message, { cause });
}
