// A segment that failed ends at its last checkpoint. A new one begins there with the same bytes, as far as they can be had.
import { appendAll, diskErrorCode, unlinkIfThere } from '../disk.ts';
import type { Folder } from '../folder.ts';
import type { SegmentSource } from '../seal/sealer.ts';
import { setAside } from '../set-aside.ts';

export interface Failure {
  /** The segments that hold lines after the last checkpoint, the one it ends in first. The last one is active. */
  readonly segments: readonly SegmentSource[];
  /** Where in the first of them the line after the checkpoint begins. */
  readonly offset: number;
  readonly sealedSize: number;
  /** Bytes of numbered lines that were never written. They go on where the active file ends. */
  readonly unwritten: Uint8Array;
}

export interface Replacement {
  readonly fd: number;
  /** Lines from the checkpoint on that the new segment holds. */
  readonly lines: number;
}

const copyBytes = 1024 * 1024;
const LF = 0x0a;

/**
 * Writes the new segment and puts it in the place of the active one. The old file keeps its bytes under its closed name where
 * it holds lines that were sealed. Until the rename at the end no line of the log has moved.
 */
export function replaceSegment(folder: Folder, failure: Failure): Replacement {
  const { disk, names } = folder;
  const temporary = folder.path(names.temporary(names.active));
  unlinkIfThere(disk, temporary);
  const fd = disk.createAppend(temporary, folder.fileMode);
  try {
    const lines = copyLines(folder, failure, fd);
    // What logSync() has made durable in the old file must not be less so in this one.
    disk.sync(fd);
    putAside(folder, failure);
    disk.rename(temporary, folder.logFile);
    disk.syncFolder(folder.folder);
    return { fd, lines };
  } catch (error) {
    disk.close(fd);
    // A full disk needs the room; what it holds is tried again.
    unlinkIfThere(disk, temporary);
    throw error;
  }
}

/** Copies what can be read; an unreadable place ends it, cut to whole lines. */
function copyLines({ disk }: Folder, { segments, offset, unwritten }: Failure, to: number): number {
  let lines = 0;
  let bytes = 0;
  let wholeBytes = 0;
  const take = (piece: Uint8Array): void => {
    appendAll(disk, to, piece);
    for (let at = piece.indexOf(LF); at >= 0; at = piece.indexOf(LF, at + 1)) {
      lines++;
      wholeBytes = bytes + at + 1;
    }
    bytes += piece.length;
  };
  const buffer = new Uint8Array(copyBytes);
  let readable = true;
  for (const [index, segment] of segments.entries()) {
    for (let at = index === 0 ? offset : 0; readable; ) {
      const count = readSome(() => disk.read(segment.fd, buffer, 0, buffer.length, at));
      if (count === undefined) readable = false;
      if (count === undefined || count === 0) break;
      take(buffer.subarray(0, count));
      at += count;
    }
  }
  if (readable) take(unwritten);
  if (wholeBytes < bytes) disk.truncate(to, wholeBytes);
  return lines;
}

function readSome(read: () => number): number | undefined {
  try {
    return read();
  } catch (error) {
    if (diskErrorCode(error) === 'EIO') return undefined;
    throw error;
  }
}

/**
 * Every file after the checkpoint's own leaves the log's row: the new segment holds its lines, and more will follow in it. The file with
 * the sealed lines gets its closed name durably before the rename takes the active one from it. A file that somebody put in the place
 * of one of the log's own is kept as `.torn`.
 */
function putAside(folder: Folder, { segments, offset, sealedSize }: Failure): void {
  const { disk, names } = folder;
  const own = segments.map(({ fd }) => disk.fileStat(fd).inode);
  const activeInode = disk.stat(folder.logFile)?.inode;
  for (const [index, segment] of segments.entries()) {
    const closed = folder.path(names.closed(segment.first));
    const isLinked = disk.stat(closed)?.inode === own[index];
    if (segment.first >= sealedSize) {
      if (isLinked) disk.unlink(closed);
    } else if (!isLinked) {
      setAside(folder, closed, segment.first);
      if (own[index] === activeInode) disk.link(folder.logFile, closed);
      else copyBack(folder, segment, offset);
    }
  }
  if (activeInode !== undefined && !own.includes(activeInode)) setAside(folder, folder.logFile, sealedSize);
  disk.syncFolder(folder.folder);
}

/** Somebody took the names of this file away: its sealed bytes get the closed one back, as long as the descriptor has them. */
function copyBack(folder: Folder, { first, fd }: SegmentSource, sealedBytes: number): void {
  const { disk, names } = folder;
  const closed = names.closed(first);
  const temporary = folder.path(names.temporary(closed));
  unlinkIfThere(disk, temporary);
  const to = disk.createAppend(temporary, folder.fileMode);
  try {
    const buffer = new Uint8Array(copyBytes);
    for (let at = 0; at < sealedBytes; ) {
      const count = disk.read(fd, buffer, 0, Math.min(buffer.length, sealedBytes - at), at);
      if (count === 0) break;
      appendAll(disk, to, buffer.subarray(0, count));
      at += count;
    }
    disk.sync(to);
  } finally {
    disk.close(to);
  }
  disk.rename(temporary, folder.path(closed));
}
