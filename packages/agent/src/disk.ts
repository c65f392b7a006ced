// The disk port: all that the writing side asks of a file system, synchronous, in terms of POSIX. The only file of this side
// that touches node:fs, so that tests can put a disk under the recorder that fails, fills up, hangs, or forgets what was not synced.
import * as fs from 'node:fs';

/** What tells one file from another behind a name, and where it stands. */
export interface FileStat {
  readonly inode: number;
  readonly bytes: number;
  readonly links: number;
  readonly modifiedMs: number;
}

/** How large a file system is, and how much of it this user may still write. */
export interface DiskSpace {
  readonly freeBytes: number;
  readonly totalBytes: number;
}

/** A file system. Failures are thrown with Node's error codes (ENOENT, EEXIST, ENOSPC, EIO, …). */
export interface Disk {
  makeFolder(path: string): void;
  list(folder: string): string[];
  stat(path: string): FileStat | undefined;
  /** Creates a file that must not exist and opens it for appending and reading. */
  createAppend(path: string, mode?: number): number;
  /** Opens an existing file for appending and reading. */
  openAppend(path: string): number;
  openRead(path: string): number;
  /** Opens an existing file for writing at positions. */
  openWrite(path: string): number;
  fileStat(fd: number): FileStat;
  /** Reads at `position`; the count is smaller only at the end of the file. */
  read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number;
  /** Appends; may write a part and say so (a disk that fills up). */
  append(fd: number, bytes: Uint8Array, offset: number, length: number): number;
  /** Writes at `position`; may write a part. */
  write(fd: number, bytes: Uint8Array, offset: number, length: number, position: number): number;
  truncate(fd: number, bytes: number): void;
  /** Makes a file's bytes and length survive a power cut (fdatasync). */
  sync(fd: number): void;
  /** The same, without this thread waiting for it. */
  syncLater(fd: number): Promise<void>;
  /** Makes the folder's entries survive a power cut: creations, links, renames, unlinks. */
  syncFolder(folder: string): void;
  close(fd: number): void;
  /** Fails with EEXIST where `to` exists. */
  link(from: string, to: string): void;
  /** Replaces `to`. */
  rename(from: string, to: string): void;
  unlink(path: string): void;
  touch(path: string, timeMs: number): void;
  /** Throws where the system does not say. */
  space(folder: string): DiskSpace;
}

const folderMode = 0o700;
const privateMode = 0o600;

/** The machine's own file system. */
export const systemDisk: Disk = {
  makeFolder(path) {
    fs.mkdirSync(path, { recursive: true, mode: folderMode });
  },
  list: (folder) => fs.readdirSync(folder),
  stat(path) {
    const stat = fs.statSync(path, { throwIfNoEntry: false });
    return stat === undefined ? undefined : fileStat(stat);
  },
  createAppend(path, mode = privateMode) {
    const fd = fs.openSync(path, 'ax+', privateMode);
    // Set apart, so that the process's umask takes nothing from it.
    if (mode !== privateMode) fs.fchmodSync(fd, mode);
    return fd;
  },
  openAppend: (path) => fs.openSync(path, fs.constants.O_RDWR | fs.constants.O_APPEND),
  openRead: (path) => fs.openSync(path, 'r'),
  openWrite: (path) => fs.openSync(path, 'r+'),
  fileStat: (fd) => fileStat(fs.fstatSync(fd)),
  read(fd, into, offset, length, position) {
    let count = 0;
    while (count < length) {
      const part = fs.readSync(fd, into, offset + count, length - count, position + count);
      if (part === 0) break;
      count += part;
    }
    return count;
  },
  append: (fd, bytes, offset, length) => fs.writeSync(fd, bytes, offset, length),
  write: (fd, bytes, offset, length, position) => fs.writeSync(fd, bytes, offset, length, position),
  truncate: (fd, bytes) => fs.ftruncateSync(fd, bytes),
  sync: (fd) => fs.fdatasyncSync(fd),
  syncLater: (fd) =>
    new Promise((resolve, reject) => {
      fs.fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
    }),
  syncFolder(folder) {
    const fd = fs.openSync(folder, 'r');
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  },
  close: (fd) => fs.closeSync(fd),
  link: (from, to) => fs.linkSync(from, to),
  rename: (from, to) => fs.renameSync(from, to),
  unlink: (path) => fs.unlinkSync(path),
  touch(path, timeMs) {
    fs.utimesSync(path, timeMs / 1000, timeMs / 1000);
  },
  space(folder) {
    const { bavail, blocks, bsize } = fs.statfsSync(folder);
    return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
  },
};

function fileStat(stat: fs.Stats): FileStat {
  return { inode: stat.ino, bytes: stat.size, links: stat.nlink, modifiedMs: stat.mtimeMs };
}

/** Writes to stderr, at once: process.stderr would keep the text until the tick ends, or lose it at exit. */
export function writeStandardError(text: string): void {
  try {
    fs.writeSync(2, text);
  } catch {
    // EAGAIN, EPIPE: nobody reads.
  }
}

/** Whether a file of the package itself is there. */
export function fileExists(path: string): boolean {
  return fs.existsSync(path);
}

/** The code of a file system's failure, '' for any other thrown value. */
export function diskErrorCode(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** Appends all the bytes, however many calls it takes. */
export function appendAll(disk: Disk, fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += disk.append(fd, bytes, at, bytes.length - at);
}

/** A file opened for reading; undefined where there is none. */
export function openIfThere(disk: Disk, path: string): number | undefined {
  try {
    return disk.openRead(path);
  } catch (error) {
    if (diskErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** What `read` gives of a file, which is open for so long; undefined where there is none. */
export function readIfThere<T>(disk: Disk, path: string, read: (fd: number) => T): T | undefined {
  const fd = openIfThere(disk, path);
  if (fd === undefined) return undefined;
  try {
    return read(fd);
  } finally {
    disk.close(fd);
  }
}

/** The whole of a small file; undefined where there is none. */
export function readWhole(disk: Disk, path: string): Uint8Array | undefined {
  return readIfThere(disk, path, (fd) => {
    const bytes = new Uint8Array(disk.fileStat(fd).bytes);
    return bytes.subarray(0, disk.read(fd, bytes, 0, bytes.length, 0));
  });
}

/** Creates a file that must not exist, with these bytes, and makes the bytes durable; its name is the caller's to sync. */
export function createWhole(disk: Disk, path: string, bytes: Uint8Array, mode?: number): void {
  const fd = disk.createAppend(path, mode);
  try {
    appendAll(disk, fd, bytes);
    disk.sync(fd);
  } finally {
    disk.close(fd);
  }
}

/** Unlinks a file that may be gone already. */
export function unlinkIfThere(disk: Disk, path: string): void {
  try {
    disk.unlink(path);
  } catch (error) {
    if (diskErrorCode(error) !== 'ENOENT') throw error;
  }
}
