import type { DiskSpace } from '../disk.ts';
import { diskError, MemoryDisk } from './memory-disk.ts';

/** A disk in memory that fails when it is told to. */
export class FaultyDisk extends MemoryDisk {
  #syncFailure: string | undefined;
  #appendFailure: string | undefined;
  #readFailure: string | undefined;
  #broken: string | undefined;
  #freeBytes = Number.POSITIVE_INFINITY;
  #totalBytes = Number.POSITIVE_INFINITY;

  /**
   * The next sync of a file fails, and as on Linux it fails once: the pages that it was to write are dropped, later syncs succeed,
   * and what is lost shows after a power cut.
   */
  failNextSync(code: string): void {
    this.#syncFailure = code;
  }

  /** The next append fails and writes nothing. */
  failNextAppend(code: string): void {
    this.#appendFailure = code;
  }

  /** The next read fails. */
  failNextRead(code: string): void {
    this.#readFailure = code;
  }

  /** Every write and sync fails, until heal(). */
  break(code: string): void {
    this.#broken = code;
  }

  /** No byte more can be written, until heal(). */
  fill(): void {
    this.#freeBytes = 0;
  }

  /** So many bytes more can be written; an append that needs more writes a part. */
  setFreeBytes(bytes: number): void {
    this.#freeBytes = bytes;
  }

  /** The disk is so large, whatever heal() mends; what is deleted is free again. */
  setTotalBytes(bytes: number): void {
    this.#totalBytes = bytes;
  }

  /** Everything works again. */
  heal(): void {
    this.#syncFailure = undefined;
    this.#appendFailure = undefined;
    this.#readFailure = undefined;
    this.#broken = undefined;
    this.#freeBytes = Number.POSITIVE_INFINITY;
  }

  override append(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    const { path } = this.opened(fd, 'write');
    const code = this.#broken ?? this.#appendFailure;
    this.#appendFailure = undefined;
    if (code !== undefined) throw diskError(code, 'write', path);
    const freeBytes = this.#leftBytes();
    if (length > 0 && freeBytes <= 0) throw diskError('ENOSPC', 'write', path);
    const count = super.append(fd, bytes, offset, Math.min(length, freeBytes));
    this.#freeBytes -= count;
    return count;
  }

  override write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    if (this.#broken !== undefined) throw diskError(this.#broken, 'write', this.opened(fd, 'write').path);
    return super.write(fd, bytes, offset, length, position);
  }

  override read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    const code = this.#readFailure;
    this.#readFailure = undefined;
    if (code !== undefined) throw diskError(code, 'read', this.opened(fd, 'read').path);
    return super.read(fd, into, offset, length, position);
  }

  override sync(fd: number): void {
    const { file, path } = this.opened(fd, 'fdatasync');
    const code = this.#broken ?? this.#syncFailure;
    this.#syncFailure = undefined;
    if (code === undefined) {
      super.sync(fd);
      return;
    }
    file.droppedFrom = Math.min(file.droppedFrom ?? Number.MAX_SAFE_INTEGER, file.synced.length);
    throw diskError(code, 'fdatasync', path);
  }

  override createAppend(path: string): number {
    if (this.#broken !== undefined) throw diskError(this.#broken, 'open', path);
    return super.createAppend(path);
  }

  override space(_folder: string): DiskSpace {
    return { freeBytes: this.#leftBytes(), totalBytes: this.#totalBytes };
  }

  #leftBytes(): number {
    const left = this.#totalBytes === Number.POSITIVE_INFINITY ? this.#totalBytes : this.#totalBytes - this.usedBytes();
    return Math.max(0, Math.min(this.#freeBytes, left));
  }
}
