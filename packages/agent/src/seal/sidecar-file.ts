// A segment's sidecar on disk. Only the sealer writes it.
import { dirname } from 'node:path';
import { formatSidecarRecord, readSidecar, type SidecarRecord, utf8 } from '@agent-audit/log';
import { appendAll, createWhole, type Disk, unlinkIfThere } from '../disk.ts';
import { type NewestRecord, readBaseRecord, readNewestRecord } from './sidecar-read.ts';

/** An open sidecar. What a failed append left behind its good bytes is cut before the next. */
export class SidecarFile {
  readonly #disk: Disk;
  readonly #path: string;
  readonly #base: SidecarRecord;
  #fd: number;
  #bytes: number;
  #newest: SidecarRecord;

  private constructor(disk: Disk, path: string, base: SidecarRecord, { record, endOffset }: NewestRecord) {
    this.#disk = disk;
    this.#path = path;
    this.#base = base;
    this.#fd = disk.openAppend(path);
    this.#bytes = endOffset;
    this.#newest = record;
  }

  /** A new sidecar with its base record, durable; the folder is the caller's to sync. A leftover without a sound record is replaced. */
  static create(disk: Disk, path: string, base: SidecarRecord): SidecarFile {
    const endOffset = writeRecords(disk, path, [base]);
    return new SidecarFile(disk, path, base, { record: base, endOffset });
  }

  /** An existing sidecar, cut after its last sound record; undefined where it has none. */
  static open(disk: Disk, path: string): SidecarFile | undefined {
    const newest = readNewestRecord(disk, path);
    return newest === undefined ? undefined : new SidecarFile(disk, path, readBaseRecord(disk, path) ?? newest.record, newest);
  }

  /** Appends records and makes them durable. */
  append(records: readonly SidecarRecord[]): void {
    const newest = records.at(-1);
    if (newest === undefined) return;
    const { bytes, inode } = this.#disk.fileStat(this.#fd);
    if (bytes < this.#bytes) this.#writeAnew([this.#base, this.#newest]);
    else if (this.#disk.stat(this.#path)?.inode !== inode) this.#writeAnew(this.#read());
    else if (bytes > this.#bytes) this.#disk.truncate(this.#fd, this.#bytes);
    const lines = utf8(records.map(formatSidecarRecord).join(''));
    appendAll(this.#disk, this.#fd, lines);
    this.#disk.sync(this.#fd);
    this.#bytes += lines.length;
    this.#newest = newest;
  }

  /** Writes anew with the records that `keep` chooses, never in place. */
  thin(keep: (record: SidecarRecord, index: number, records: readonly SidecarRecord[]) => boolean): void {
    const records = this.#read();
    const kept = records.filter(keep);
    if (kept.length < records.length) this.#writeAnew(kept);
  }

  close(): void {
    this.#disk.close(this.#fd);
  }

  #read(): SidecarRecord[] {
    const bytes = new Uint8Array(this.#bytes);
    return readSidecar(bytes.subarray(0, this.#disk.read(this.#fd, bytes, 0, bytes.length, 0))).records;
  }

  /** Whatever stands under its name: it was thinned, or somebody has cut it, or taken its name away. */
  #writeAnew(records: readonly SidecarRecord[]): void {
    const endOffset = writeRecords(this.#disk, this.#path, records);
    this.#disk.syncFolder(dirname(this.#path));
    const fd = this.#disk.openAppend(this.#path);
    this.#disk.close(this.#fd);
    this.#fd = fd;
    this.#bytes = endOffset;
  }
}

/** Temp file, sync, rename; how many bytes they are. */
function writeRecords(disk: Disk, path: string, records: readonly SidecarRecord[]): number {
  const bytes = utf8(records.map(formatSidecarRecord).join(''));
  const temporary = `${path}.tmp`;
  unlinkIfThere(disk, temporary);
  createWhole(disk, temporary, bytes);
  disk.rename(temporary, path);
  return bytes.length;
}
