// A segment's sidecar on disk. Only the sealer writes it.
import { dirname } from 'node:path';
import { formatSidecarRecord, type SidecarRecord, utf8 } from '@agent-audit/log';
import { appendAll, createWhole, type Disk, unlinkIfThere } from '../disk.ts';
import { type NewestRecord, readBaseRecord, readNewestRecord } from './sidecar-read.ts';

const pieceBytes = 1024 * 1024;
const LF = 0x0a;

/** An open sidecar. What a failed append left behind its good bytes is cut before the next. */
export class SidecarFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #base: SidecarRecord;
  readonly #fileMode: number | undefined;
  #fd: number;
  #bytes: number;
  #newest: SidecarRecord;

  private constructor(disk: Disk, path: string, fileMode: number | undefined, base: SidecarRecord, { record, endOffset }: NewestRecord) {
    this.#fileMode = fileMode;
    this.#disk = disk;
    this.#path = path;
    this.#base = base;
    this.#fd = disk.openAppend(path);
    this.#bytes = endOffset;
    this.#newest = record;
  }

  /** A new sidecar with its base record, durable; the folder is the caller's to sync. A leftover without a sound record is replaced. */
  static create(disk: Disk, path: string, base: SidecarRecord, fileMode?: number): SidecarFile {
    const endOffset = writeLines(disk, path, [lineOf(base)], fileMode);
    return new SidecarFile(disk, path, fileMode, base, { record: base, endOffset });
  }

  /** An existing sidecar, cut after its last sound record; undefined where it has none. */
  static open(disk: Disk, path: string, fileMode?: number): SidecarFile | undefined {
    const newest = readNewestRecord(disk, path);
    if (newest === undefined) return undefined;
    return new SidecarFile(disk, path, fileMode, readBaseRecord(disk, path) ?? newest.record, newest);
  }

  /** Appends records and makes them durable. */
  append(records: readonly SidecarRecord[]): void {
    const newest = records.at(-1);
    if (newest === undefined) return;
    const { bytes, inode } = this.#disk.fileStat(this.#fd);
    if (bytes < this.#bytes) this.#writeAnew([...new Set([this.#base, this.#newest])].map(lineOf));
    else if (this.#disk.stat(this.#path)?.inode !== inode) this.#writeAnew([...this.#lines()]);
    else if (bytes > this.#bytes) this.#disk.truncate(this.#fd, this.#bytes);
    const added = utf8(records.map(formatSidecarRecord).join(''));
    appendAll(this.#disk, this.#fd, added);
    this.#disk.sync(this.#fd);
    this.#bytes += added.length;
    this.#newest = newest;
  }

  /** Writes anew, never in place, with the first record, the last, and the first at or beyond each of these sizes, which ascend. */
  thin(sizes: readonly number[]): void {
    const kept: Uint8Array[] = [];
    let count = 0;
    let passed = 0;
    for (const line of this.#lines()) {
      const size = sizeOf(line);
      const isWanted = size >= (sizes[passed] ?? Infinity);
      if (count++ === 0 || isWanted || size === this.#newest.size) kept.push(Uint8Array.from(line));
      while (size >= (sizes[passed] ?? Infinity)) passed++;
    }
    if (kept.length < count) this.#writeAnew(kept);
  }

  close(): void {
    this.#disk.close(this.#fd);
  }

  /** Its records' lines with their LFs, piece by piece: a slow log's sidecar is far longer than what is kept of it. */
  *#lines(): Generator<Uint8Array, void, undefined> {
    let carried: Uint8Array = new Uint8Array(0);
    for (let at = 0; at < this.#bytes; ) {
      const piece = new Uint8Array(Math.min(pieceBytes, this.#bytes - at));
      const count = this.#disk.read(this.#fd, piece, 0, piece.length, at);
      if (count === 0) return;
      at += count;
      const bytes = Buffer.concat([carried, piece.subarray(0, count)]);
      let start = 0;
      for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
        yield bytes.subarray(start, end + 1);
        start = end + 1;
      }
      carried = bytes.subarray(start);
    }
  }

  /** Whatever stands under its name: it was thinned, or somebody has cut it, or taken its name away. */
  #writeAnew(lines: readonly Uint8Array[]): void {
    const endOffset = writeLines(this.#disk, this.#path, lines, this.#fileMode);
    this.#disk.syncFolder(dirname(this.#path));
    const fd = this.#disk.openAppend(this.#path);
    this.#disk.close(this.#fd);
    this.#fd = fd;
    this.#bytes = endOffset;
  }
}

function lineOf(record: SidecarRecord): Uint8Array {
  return utf8(formatSidecarRecord(record));
}

/** What a record's line, which was read before as one, says first. */
function sizeOf(line: Uint8Array): number {
  return Number(/^\{"size":(\d+),/.exec(Buffer.from(line.subarray(0, 32)).toString('latin1'))?.[1] ?? NaN);
}

/** Temp file, sync, rename; how many bytes they are. */
function writeLines(disk: Disk, path: string, lines: readonly Uint8Array[], fileMode: number | undefined): number {
  const bytes = Buffer.concat(lines);
  const temporary = `${path}.tmp`;
  unlinkIfThere(disk, temporary);
  createWhole(disk, temporary, bytes, fileMode);
  disk.rename(temporary, path);
  return bytes.length;
}
