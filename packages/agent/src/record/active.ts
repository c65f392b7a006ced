// The active segment on disk, as the recorder holds it: where lines are appended, and how the next one begins.
import type { EncodableEvent } from '../encode/index.ts';
import { unlinkIfThere } from '../disk.ts';
import type { Folder } from '../folder.ts';
import type { Tenure } from './tenure.ts';

/** How a new segment's first line is made. */
export type OpenLine = (first: number) => EncodableEvent;

/** One segment under the active name, by its descriptor. Its last step is to make the next one, which takes the name over. */
export class ActiveSegment {
  readonly first: number;
  readonly fd: number;
  readonly path: string;
  readonly #folder: Folder;
  readonly #tenure: Tenure;
  readonly #openLine: OpenLine;
  readonly #onNext: (segment: ActiveSegment) => void;
  #isNameDurable = false;
  /** The next segment's file, under its temporary name. */
  #nextFd: number | undefined;

  constructor(tenure: Tenure, first: number, fd: number, openLine: OpenLine, onNext: (segment: ActiveSegment) => void) {
    this.#tenure = tenure;
    this.#folder = tenure.folder;
    this.first = first;
    this.fd = fd;
    this.path = tenure.folder.logFile;
    this.#openLine = openLine;
    this.#onNext = onNext;
  }

  /** Appends, perhaps a part; the count. Throws LOG_LOCK_LOST where another process writes this log by now. */
  append(bytes: Uint8Array, offset: number, length: number): number {
    this.#tenure.require();
    return this.#folder.disk.append(this.fd, bytes, offset, length);
  }

  /** Bytes that the file has. */
  bytes(): number {
    return this.#folder.disk.fileStat(this.fd).bytes;
  }

  /** Makes what was appended durable, and the file's name with it. */
  sync(): void {
    const { disk, folder } = this.#folder;
    disk.sync(this.fd);
    if (this.#isNameDurable) return;
    disk.syncFolder(folder);
    this.#isNameDurable = true;
  }

  /** The event of the segment's own first line. */
  openEvent(): EncodableEvent {
    return this.#openLine(this.first);
  }

  /**
   * Before this segment's last line: it has its closed name, which the sealer gave it unless the disk refused, and the next one has its
   * file. A disk without room for these leaves everything as it is.
   */
  prepareNext(): number {
    const { disk, names } = this.#folder;
    if (this.#nextFd !== undefined) return this.#nextFd;
    const closed = this.#folder.path(names.closed(this.first));
    if (disk.stat(closed) === undefined && disk.stat(this.path)?.inode === disk.fileStat(this.fd).inode) {
      disk.link(this.path, closed);
      disk.syncFolder(this.#folder.folder);
    }
    this.#requireOwnNames();
    const temporary = this.#folder.path(names.temporary(names.active));
    unlinkIfThere(disk, temporary);
    this.#nextFd = disk.createAppend(temporary, this.#folder.fileMode);
    return this.#nextFd;
  }

  /** Nothing follows that was prepared. */
  abandon(): void {
    const { disk, names } = this.#folder;
    if (this.#nextFd === undefined) return;
    disk.close(this.#nextFd);
    this.#nextFd = undefined;
    unlinkIfThere(disk, this.#folder.path(names.temporary(names.active)));
  }

  /**
   * Second step of closing: this file has its closed name, durably (the sealer's first step). The active name goes, and the new
   * file takes it. The sealer syncs the folder before the first checkpoint of the new segment.
   */
  next(first: number): ActiveSegment {
    const { disk, names } = this.#folder;
    const fd = this.prepareNext();
    const temporary = this.#folder.path(names.temporary(names.active));
    this.#requireOwnNames();
    unlinkIfThere(disk, this.path);
    disk.link(temporary, this.path);
    unlinkIfThere(disk, temporary);
    this.#nextFd = undefined;
    const segment = new ActiveSegment(this.#tenure, first, fd, this.#openLine, this.#onNext);
    this.#onNext(segment);
    return segment;
  }

  /** Without it the active name would be this file's last. And a file that somebody put there is not this one's to unlink. */
  #requireOwnNames(): void {
    const { disk, names } = this.#folder;
    const { inode } = disk.fileStat(this.fd);
    const closed = this.#folder.path(names.closed(this.first));
    if (disk.stat(closed)?.inode !== inode) throw new Error(`${closed} is not this segment while the log is rotating`);
    const active = disk.stat(this.path);
    if (active !== undefined && active.inode !== inode) throw new Error(`${this.path} was replaced while the log was rotating`);
  }
}
