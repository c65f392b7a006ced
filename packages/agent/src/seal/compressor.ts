// Compresses one closed segment, a piece at a time. A gzip file may have many members (RFC 1952 §2.2), each piece is one; every
// reader of gzip takes them as one stream. Nothing is deleted before the compressed bytes were read back and found right.
import { gunzipSync, gzipSync } from 'node:zlib';
import { equalBytes } from '@agent-audit/log';
import { appendAll, unlinkIfThere } from '../disk.ts';
import type { Folder } from '../folder.ts';

const pieceBytes = 1024 * 1024;

/** One closed segment on its way to its gzip file. Until the last step the plain file is the segment, and may be kept. */
export class Compressor {
  /** First seq of the segment. */
  readonly first: number;
  readonly #folder: Folder;
  readonly #temporary: string;
  readonly #from: number;
  readonly #to: number;
  readonly #piece: Uint8Array = new Uint8Array(pieceBytes);
  #readBytes = 0;
  #writtenBytes = 0;
  #isOpen = true;

  constructor(folder: Folder, first: number) {
    const { disk, names } = folder;
    this.#folder = folder;
    this.first = first;
    this.#temporary = folder.path(names.temporary(names.gzip(first)));
    unlinkIfThere(disk, this.#temporary);
    this.#from = disk.openRead(folder.path(names.closed(first)));
    try {
      this.#to = disk.createAppend(this.#temporary, folder.fileMode);
    } catch (error) {
      disk.close(this.#from);
      throw error;
    }
  }

  /** Compresses the next piece; true when the segment is compressed and the plain file gone. */
  step(): boolean {
    const { disk } = this.#folder;
    const count = disk.read(this.#from, this.#piece, 0, pieceBytes, this.#readBytes);
    if (count === 0) {
      this.#finish();
      return true;
    }
    const piece = this.#piece.subarray(0, count);
    const member = gzipSync(piece);
    appendAll(disk, this.#to, member);
    this.#readBytes += count;
    this.#requireSame(piece, member.length);
    this.#writtenBytes += member.length;
    return false;
  }

  /** Gives up; the plain file stays. */
  abandon(): void {
    this.#close();
    unlinkIfThere(this.#folder.disk, this.#temporary);
  }

  #close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#folder.disk.close(this.#from);
    this.#folder.disk.close(this.#to);
  }

  #requireSame(piece: Uint8Array, memberBytes: number): void {
    const { disk } = this.#folder;
    const readBack = new Uint8Array(memberBytes);
    disk.read(this.#to, readBack, 0, memberBytes, this.#writtenBytes);
    if (!equalBytes(gunzipSync(readBack), piece)) throw new Error(`${this.#temporary} does not hold what was written to it`);
  }

  #finish(): void {
    const { disk, names, folder } = this.#folder;
    disk.sync(this.#to);
    this.#close();
    disk.rename(this.#temporary, this.#folder.path(names.gzip(this.first)));
    disk.syncFolder(folder);
    disk.unlink(this.#folder.path(names.closed(this.first)));
  }
}
