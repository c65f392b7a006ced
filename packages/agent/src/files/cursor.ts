import type { FileHandle } from 'node:fs/promises';
import { lineBytesMax } from '@agent-audit/log';
import { cutBatch, numberBatch, type NumberedBatch, wholeLines } from './batch.ts';
import { type ChunkBuffers, chunkBytesMax, inflate, readPlain, statOf } from './chunks.ts';
import { FilesError, readFailure } from './error.ts';
import type { SegmentFile } from './list.ts';
import { seqAt, seqBytesMax } from './seq.ts';

const LF = 0x0a;

/** Which lines are wanted. */
export interface LineRange {
  readonly from: number;
  /** The first seq that is not wanted, where there is one: the next segment's first. */
  readonly before?: number | undefined;
}

/** A place in an open segment. It takes whole lines only, so that the next read finds the rest of a line with its beginning. */
export class SegmentCursor {
  readonly #handle: FileHandle;
  readonly #segment: SegmentFile;
  readonly #buffers: ChunkBuffers;
  /** Where the first byte that was not taken stands. An archive is always read from its start. */
  #offset = 0;
  /** Seq of the line there, if the lines are numbered as they should be. */
  #expected: number;

  /** The handle stays the caller's to close. */
  constructor(handle: FileHandle, segment: SegmentFile, buffers: ChunkBuffers) {
    this.#handle = handle;
    this.#segment = segment;
    this.#buffers = buffers;
    this.#expected = segment.first;
  }

  /**
   * The lines wanted among those that have been added since the last read: in a file still written to, up to where it ends now.
   * @throws FilesError LOG_TRUNCATED where bytes that were read are gone, LINE_TOO_LONG, GZIP_DAMAGED, COULD_NOT_READ
   */
  async *read({ from, before = Infinity }: LineRange, signal?: AbortSignal): AsyncGenerator<NumberedBatch, void, undefined> {
    const { path, form } = this.#segment;
    const chunks = form === 'gzip' ? inflate(this.#handle, path, { signal }) : await this.#readOn(from, signal);
    for await (const piece of wholeLines(chunks, path)) {
      const batch = numberBatch(piece, this.#expected);
      this.#offset += batch.end - batch.start;
      this.#expected = batch.last + 1;
      const wanted = cutBatch(batch, from, before);
      if (wanted !== undefined) yield wanted;
      if (batch.last >= before) return;
    }
  }

  async #readOn(from: number, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { path } = this.#segment;
    const { size } = await statOf(this.#handle, path);
    if (size < this.#offset) {
      const message = `${path} was cut to ${size} bytes: lines below ${this.#expected} that were read are gone`;
      throw new FilesError('LOG_TRUNCATED', path, `${message}; run agent-audit verify to see what is missing`);
    }
    if (this.#offset === 0 && from > this.#segment.first) await this.#seek(from, size);
    const part = { handle: this.#handle, path, start: this.#offset, end: size, buffers: this.#buffers };
    return readPlain(part, { signal });
  }

  /** Halves the part of the file that `from` must stand in until it is one chunk. */
  async #seek(from: number, size: number): Promise<void> {
    let end = size;
    while (end - this.#offset > chunkBytesMax) {
      const middle = this.#offset + Math.floor((end - this.#offset) / 2);
      const line = await this.#lineAfter(middle);
      if (line === undefined) return;
      if (line.seq > from) {
        end = middle;
      } else {
        this.#offset = line.offset;
        this.#expected = line.seq;
      }
    }
  }

  /** The first line that begins behind an offset; undefined where no line does that says its seq, as in a damaged file. */
  async #lineAfter(offset: number): Promise<{ offset: number; seq: number } | undefined> {
    const bytes = new Uint8Array(lineBytesMax + 1 + seqBytesMax);
    try {
      const { bytesRead } = await this.#handle.read(bytes, 0, bytes.length, offset);
      const start = bytes.subarray(0, bytesRead).indexOf(LF) + 1;
      const seq = start > 0 ? seqAt(bytes, start, bytesRead) : undefined;
      return seq === undefined ? undefined : { offset: offset + start, seq };
    } catch (error) {
      throw readFailure(this.#segment.path, error);
    }
  }
}
