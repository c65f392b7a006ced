// Reads a segment's bytes in order and grows the tree over them: the sealer's view of what is really on disk.
import { lineBytesMax, type LineFeed } from '@agent-audit/log';
import type { Disk } from '../disk.ts';

/** At most so many bytes of lines come between two checkpoints (format §3), with room for one carried line. */
const readBytesMax = 1024 * 1024 - (lineBytesMax + 1);
const bufferBytes = readBytesMax + lineBytesMax + 1;

/** The bytes do not continue the log: the code says how, for people and for log.open's `why`. */
export class SegmentDamaged extends Error {
  readonly code: string;
  readonly seq: number;

  constructor(code: string, seq: number, message: string) {
    super(message);
    this.code = code;
    this.seq = seq;
  }
}

/** A position in a segment. `offset` is where the first byte that is not in the tree stands. */
export class SegmentReader {
  readonly first: number;
  readonly fd: number;
  readonly #disk: Disk;
  readonly #buffer: Buffer = Buffer.alloc(bufferBytes);
  #offset: number;
  /** Bytes of an incomplete line at the buffer's start. */
  #carried = 0;

  constructor(disk: Disk, first: number, fd: number, offset: number) {
    this.#disk = disk;
    this.first = first;
    this.fd = fd;
    this.#offset = offset;
  }

  /** Bytes of whole lines that are in the tree. */
  get offset(): number {
    return this.#offset;
  }

  /** Bytes behind them that are no whole line yet. */
  get carriedBytes(): number {
    return this.#carried;
  }

  /**
   * Feeds at most 1 MiB of whole lines to the tree; the number of lines taken.
   * @throws SegmentDamaged where the file is shorter than what was read, or a line is not the log's next
   */
  read(feed: LineFeed, stopAtSeq: number, endOffset: number = Number.MAX_SAFE_INTEGER): number {
    const position = this.#offset + this.#carried;
    const { bytes } = this.#disk.fileStat(this.fd);
    if (bytes < position) {
      throw new SegmentDamaged('truncated', feed.frontier.size, `the file has ${bytes} bytes, ${position} were there before`);
    }
    const length = Math.min(readBytesMax, bufferBytes - this.#carried, endOffset - position);
    const count = length > 0 ? this.#disk.read(this.fd, this.#buffer, this.#carried, length, position) : 0;
    if (count === 0) return 0;
    const end = this.#carried + count;
    const room = stopAtSeq - feed.frontier.size;
    const { consumed, lines, fault } = feed.push(this.#buffer, 0, end);
    if (lines > room) throw new SegmentDamaged('overlap', stopAtSeq, `lines from ${stopAtSeq} on stand in this segment and in the next`);
    if (fault !== undefined) throw new SegmentDamaged('foreign_bytes', fault.seq, `${fault.code}: ${fault.message}`);
    this.#buffer.copyWithin(0, consumed, end);
    this.#carried = end - consumed;
    this.#offset += consumed;
    if (this.#carried > lineBytesMax) {
      throw new SegmentDamaged('foreign_bytes', feed.frontier.size, `more than ${lineBytesMax} bytes without an end of line`);
    }
    return lines;
  }
}
