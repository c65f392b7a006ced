// A segment's sidecar on disk. Only the sealer writes it.
import { dirname } from 'node:path';
import { formatSidecarRecord, readSidecar, type SidecarRecord, utf8 } from '@agent-audit/log';
import { appendAll, createWhole, type Disk, readWhole } from '../disk.ts';
import { readNewestRecord } from './sidecar-read.ts';

/** An open sidecar. What a failed append left behind its good bytes is cut before the next. */
export class SidecarFile {
  readonly #disk: Disk;
  readonly #path: string;
  #fd: number;
  #bytes: number;

  private constructor(disk: Disk, path: string, fd: number, bytes: number) {
    this.#disk = disk;
    this.#path = path;
    this.#fd = fd;
    this.#bytes = bytes;
  }

  /** A new sidecar with its base record, durable; the folder is the caller's to sync. A leftover without a sound record is replaced. */
  static create(disk: Disk, path: string, base: SidecarRecord): SidecarFile {
    const line = utf8(formatSidecarRecord(base));
    const temporary = `${path}.tmp`;
    if (disk.stat(temporary) !== undefined) disk.unlink(temporary);
    createWhole(disk, temporary, line);
    disk.rename(temporary, path);
    return new SidecarFile(disk, path, disk.openAppend(path), line.length);
  }

  /** An existing sidecar, cut after its last sound record; undefined where it has none. */
  static open(disk: Disk, path: string): SidecarFile | undefined {
    const newest = readNewestRecord(disk, path);
    if (newest === undefined) return undefined;
    const fd = disk.openAppend(path);
    if (newest.endOffset < disk.fileStat(fd).bytes) {
      disk.truncate(fd, newest.endOffset);
      disk.sync(fd);
    }
    return new SidecarFile(disk, path, fd, newest.endOffset);
  }

  /** Appends records and makes them durable. */
  append(records: readonly SidecarRecord[]): void {
    const bytes = utf8(records.map(formatSidecarRecord).join(''));
    this.#cutFailedAppend();
    appendAll(this.#disk, this.#fd, bytes);
    this.#disk.sync(this.#fd);
    this.#bytes += bytes.length;
  }

  /** Writes anew with the records that `keep` chooses, never in place. */
  thin(keep: (record: SidecarRecord, index: number, records: readonly SidecarRecord[]) => boolean): void {
    const bytes = readWhole(this.#disk, this.#path);
    if (bytes === undefined) return;
    const { records } = readSidecar(bytes);
    const kept = records.filter(keep);
    if (kept.length === records.length) return;
    const text = utf8(kept.map(formatSidecarRecord).join(''));
    const temporary = `${this.#path}.tmp`;
    if (this.#disk.stat(temporary) !== undefined) this.#disk.unlink(temporary);
    createWhole(this.#disk, temporary, text);
    this.#disk.rename(temporary, this.#path);
    this.#disk.syncFolder(dirname(this.#path));
    this.#disk.close(this.#fd);
    this.#fd = this.#disk.openAppend(this.#path);
    this.#bytes = text.length;
  }

  /** A checkpoint of which nobody was told must not stay: the lines that it covers may still be lost with their segment. */
  close(): void {
    this.#cutFailedAppend();
    this.#disk.close(this.#fd);
  }

  #cutFailedAppend(): void {
    if (this.#disk.fileStat(this.#fd).bytes > this.#bytes) this.#disk.truncate(this.#fd, this.#bytes);
  }
}
