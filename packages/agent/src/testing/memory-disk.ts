// A file system in memory, with what matters of POSIX: a file lives while a name or a descriptor holds it; what was written is there
// for every reader at once, and survives the process; what was not synced need not survive a power cut, be it bytes or folder
// entries.
import { basename, dirname } from 'node:path';
import type { Disk, DiskSpace, FileStat } from '../disk.ts';

/** A file, whatever its names are. */
class MemoryFile {
  readonly inode: number;
  bytes: Buffer = Buffer.alloc(0);
  length = 0;
  links = 0;
  modifiedMs = 0;
  /** What a power cut leaves for certain. */
  synced: Buffer = Buffer.alloc(0);
  /** Pages that a failed sync dropped: they read well until the power goes, and no later sync writes them. */
  droppedFrom: number | undefined;

  constructor(inode: number) {
    this.inode = inode;
  }

  get view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }

  write(piece: Uint8Array): void {
    const length = this.length + piece.length;
    if (length > this.bytes.length) {
      const grown = Buffer.alloc(Math.max(length, this.bytes.length * 2, 4_096));
      this.view.copy(grown);
      this.bytes = grown;
    }
    this.bytes.set(piece, this.length);
    this.length = length;
  }

  truncate(length: number): void {
    if (length > this.length) this.write(Buffer.alloc(length - this.length));
    this.length = length;
  }

  sync(): void {
    const durable = Buffer.from(this.view);
    if (this.droppedFrom !== undefined && this.droppedFrom < durable.length) durable.fill(0, this.droppedFrom);
    this.synced = durable;
  }
}

/** A change of a folder's entries that a power cut may undo. */
type FolderChange =
  | { readonly kind: 'set'; readonly name: string; readonly file: MemoryFile }
  | { readonly kind: 'remove'; readonly name: string }
  /** Atomic: both names change, or none. */
  | { readonly kind: 'rename'; readonly from: string; readonly to: string; readonly file: MemoryFile };

class MemoryFolder {
  readonly entries = new Map<string, MemoryFile>();
  durable: Map<string, MemoryFile> = new Map();
  changes: FolderChange[] = [];

  apply(change: FolderChange): void {
    applyTo(this.entries, change);
    this.changes.push(change);
  }

  sync(): void {
    this.durable = new Map(this.entries);
    this.changes = [];
  }
}

function applyTo(entries: Map<string, MemoryFile>, change: FolderChange): void {
  switch (change.kind) {
    case 'set':
      entries.set(change.name, change.file);
      return;
    case 'remove':
      entries.delete(change.name);
      return;
    case 'rename':
      entries.delete(change.from);
      entries.set(change.to, change.file);
      return;
  }
}

/** Chooses what a power cut takes: a number in [0, 1). */
export type RandomSource = () => number;

/** Failures carry Node's codes, as the system's disk throws them. */
export function diskError(code: string, call: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${call} '${path}'`), { code, syscall: call, path });
}

interface OpenFile {
  readonly file: MemoryFile;
  readonly path: string;
}

/** A disk in memory that never fails. `FaultyDisk` adds the failures. */
export class MemoryDisk implements Disk {
  readonly #now: () => number;
  #folders = new Map<string, MemoryFolder>();
  #open = new Map<number, OpenFile>();
  #nextFd = 100;
  #nextInode = 1;

  /** `now`: ms since the epoch, for the times of files. */
  constructor(now: () => number) {
    this.#now = now;
  }

  makeFolder(path: string): void {
    if (!this.#folders.has(path)) this.#folders.set(path, new MemoryFolder());
  }

  list(folder: string): string[] {
    return [...this.#folder(folder, 'readdir').entries.keys()];
  }

  stat(path: string): FileStat | undefined {
    const file = this.#folders.get(dirname(path))?.entries.get(basename(path));
    return file === undefined ? undefined : statOf(file);
  }

  createAppend(path: string): number {
    const folder = this.#folder(dirname(path), 'open');
    if (folder.entries.has(basename(path))) throw diskError('EEXIST', 'open', path);
    const file = new MemoryFile(this.#nextInode++);
    file.modifiedMs = this.#now();
    file.links = 1;
    folder.apply({ kind: 'set', name: basename(path), file });
    return this.#openFile(file, path);
  }

  openAppend(path: string): number {
    return this.#openFile(this.#file(path, 'open'), path);
  }

  openRead(path: string): number {
    return this.#openFile(this.#file(path, 'open'), path);
  }

  openWrite(path: string): number {
    return this.#openFile(this.#file(path, 'open'), path);
  }

  fileStat(fd: number): FileStat {
    return statOf(this.opened(fd, 'fstat').file);
  }

  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    const { view } = this.opened(fd, 'read').file;
    const piece = view.subarray(position, position + length);
    into.set(piece, offset);
    return piece.length;
  }

  append(fd: number, bytes: Uint8Array, offset: number, length: number): number {
    const { file } = this.opened(fd, 'write');
    file.write(bytes.subarray(offset, offset + length));
    file.modifiedMs = this.#now();
    return length;
  }

  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number {
    const { file } = this.opened(fd, 'write');
    file.truncate(Math.max(file.length, position + length));
    file.view.set(bytes.subarray(offset, offset + length), position);
    // Pages that a failed sync dropped are dirty again where they are written again.
    const end = position + length;
    if (file.droppedFrom !== undefined && position <= file.droppedFrom) file.droppedFrom = end < file.length ? end : undefined;
    return length;
  }

  truncate(fd: number, bytes: number): void {
    this.opened(fd, 'ftruncate').file.truncate(bytes);
  }

  sync(fd: number): void {
    this.opened(fd, 'fdatasync').file.sync();
  }

  async syncLater(fd: number): Promise<void> {
    await Promise.resolve();
    this.sync(fd);
  }

  syncFolder(folder: string): void {
    this.#folder(folder, 'fsync').sync();
  }

  close(fd: number): void {
    this.opened(fd, 'close');
    this.#open.delete(fd);
  }

  link(from: string, to: string): void {
    const file = this.#file(from, 'link');
    const folder = this.#folder(dirname(to), 'link');
    if (folder.entries.has(basename(to))) throw diskError('EEXIST', 'link', to);
    file.links++;
    folder.apply({ kind: 'set', name: basename(to), file });
  }

  rename(from: string, to: string): void {
    const file = this.#file(from, 'rename');
    const fromFolder = this.#folder(dirname(from), 'rename');
    const toFolder = this.#folder(dirname(to), 'rename');
    const replaced = toFolder.entries.get(basename(to));
    // POSIX: two names of one file stay as they are.
    if (replaced === file) return;
    if (replaced !== undefined) replaced.links--;
    if (fromFolder === toFolder) {
      fromFolder.apply({ kind: 'rename', from: basename(from), to: basename(to), file });
      return;
    }
    toFolder.apply({ kind: 'set', name: basename(to), file });
    fromFolder.apply({ kind: 'remove', name: basename(from) });
  }

  unlink(path: string): void {
    this.#file(path, 'unlink').links--;
    this.#folder(dirname(path), 'unlink').apply({ kind: 'remove', name: basename(path) });
  }

  touch(path: string, timeMs: number): void {
    this.#file(path, 'utime').modifiedMs = timeMs;
  }

  space(_folder: string): DiskSpace {
    return { freeBytes: Number.POSITIVE_INFINITY, totalBytes: Number.POSITIVE_INFINITY };
  }

  /** Bytes of all files that a name or a descriptor holds. */
  usedBytes(): number {
    const named = [...this.#folders.values()].flatMap((folder) => [...folder.entries.values()]);
    const files = new Set([...named, ...[...this.#open.values()].map(({ file }) => file)]);
    return [...files].reduce((sum, file) => sum + file.length, 0);
  }

  /** The process dies: descriptors are gone, and every byte that was written is still there. */
  crash(): void {
    this.#open = new Map();
  }

  /**
   * The power goes. Of what was not synced anything may be lost: of a file's new bytes a part is there, as NULs, as garbage, or not
   * at all; of a folder's changes any may be undone. What was synced is there.
   */
  powerCut(random: RandomSource): void {
    this.crash();
    for (const folder of this.#folders.values()) cutFolder(folder, random);
    const files = new Set([...this.#folders.values()].flatMap((folder) => [...folder.entries.values()]));
    for (const file of files) cutFile(file, random);
  }

  /** What a test may look at: the bytes behind a name. */
  bytesOf(path: string): Uint8Array {
    return Buffer.from(this.#file(path, 'open').view);
  }

  /** What a test may do to a file behind the logger's back. */
  overwrite(path: string, bytes: Uint8Array): void {
    const file = this.#file(path, 'open');
    file.truncate(0);
    file.write(bytes);
    file.sync();
  }

  /** The file behind a descriptor. */
  protected opened(fd: number, call: string): OpenFile {
    const opened = this.#open.get(fd);
    if (opened === undefined) throw diskError('EBADF', call, String(fd));
    return opened;
  }

  #openFile(file: MemoryFile, path: string): number {
    const fd = this.#nextFd++;
    this.#open.set(fd, { file, path });
    return fd;
  }

  #folder(path: string, call: string): MemoryFolder {
    const folder = this.#folders.get(path);
    if (folder === undefined) throw diskError('ENOENT', call, path);
    return folder;
  }

  #file(path: string, call: string): MemoryFile {
    const file = this.#folder(dirname(path), call).entries.get(basename(path));
    if (file === undefined) throw diskError('ENOENT', call, path);
    return file;
  }
}

function statOf(file: MemoryFile): FileStat {
  return { inode: file.inode, bytes: file.length, links: file.links, modifiedMs: file.modifiedMs };
}

function cutFolder(folder: MemoryFolder, random: RandomSource): void {
  const entries = new Map(folder.durable);
  for (const change of folder.changes) if (random() < 0.5) applyTo(entries, change);
  folder.entries.clear();
  for (const [name, file] of entries) folder.entries.set(name, file);
  folder.sync();
}

function cutFile(file: MemoryFile, random: RandomSource): void {
  const { synced } = file;
  const written = Buffer.from(file.view);
  const keep = synced.length + Math.floor(random() * Math.max(0, written.length - synced.length + 1));
  const after = Buffer.from(written.subarray(0, Math.max(synced.length, keep)));
  const unsynced = after.subarray(synced.length);
  const fate = random();
  if (fate < 0.3) unsynced.fill(0);
  else if (fate < 0.5) for (let i = 0; i < unsynced.length; i++) unsynced[i] = Math.floor(random() * 256);
  synced.copy(after);
  file.bytes = after;
  file.length = after.length;
  file.synced = Buffer.from(after);
  file.droppedFrom = undefined;
}
