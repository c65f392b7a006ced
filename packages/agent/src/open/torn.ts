// Bytes that are no whole lines leave the log, but not the disk: they are copied to `<stem>-<seq>.torn`, durably, before they are cut.
import { createHash } from 'node:crypto';
import type { LogRecoveredDetails } from '@agent-audit/log';
import { appendAll, type Disk, unlinkIfThere } from '../disk.ts';
import type { Folder } from '../folder.ts';
import type { PlainSegment } from './survey.ts';

/** A cut: what goes begins at `offset` of this segment, and takes in all of the later ones. */
export interface Cut {
  readonly seq: number;
  readonly segment: PlainSegment;
  readonly offset: number;
  readonly later: readonly PlainSegment[];
}

const copyBytes = 1024 * 1024;

/** Takes the bytes out; undefined where there are none. */
export function cutTorn(folder: Folder, cut: Cut): Pick<LogRecoveredDetails, 'torn_bytes' | 'torn_sha256' | 'torn_files'> | undefined {
  const { disk, names } = folder;
  const name = names.torn(cut.seq);
  const temporary = folder.path(names.temporary(name));
  unlinkIfThere(disk, temporary);
  const to = disk.createAppend(temporary);
  const sha256 = createHash('sha256');
  let bytes = 0;
  try {
    // An earlier crash at the same line has left its own.
    if (disk.stat(folder.path(name)) !== undefined) copyFile(disk, folder.path(name), 0, to, () => {});
    const take = (piece: Uint8Array): void => {
      sha256.update(piece);
      bytes += piece.length;
    };
    copyFile(disk, cut.segment.path, cut.offset, to, take);
    for (const later of cut.later) copyFile(disk, later.path, 0, to, take);
    disk.sync(to);
  } finally {
    disk.close(to);
  }
  if (bytes > 0) {
    disk.rename(temporary, folder.path(name));
    disk.syncFolder(folder.folder);
  } else {
    disk.unlink(temporary);
  }
  // From here on the bytes are safe elsewhere.
  truncateAt(disk, cut.segment.path, cut.offset);
  for (const later of cut.later) disk.unlink(later.path);
  if (cut.later.length > 0) disk.syncFolder(folder.folder);
  return bytes > 0 ? { torn_bytes: bytes, torn_sha256: sha256.digest('hex'), torn_files: [name] } : undefined;
}

function truncateAt(disk: Disk, path: string, offset: number): void {
  const fd = disk.openAppend(path);
  try {
    if (disk.fileStat(fd).bytes <= offset) return;
    disk.truncate(fd, offset);
    disk.sync(fd);
  } finally {
    disk.close(fd);
  }
}

function copyFile(disk: Disk, path: string, offset: number, to: number, onPiece: (piece: Uint8Array) => void): void {
  const from = disk.openRead(path);
  try {
    const buffer = new Uint8Array(copyBytes);
    for (let at = offset; ; ) {
      const count = disk.read(from, buffer, 0, buffer.length, at);
      if (count === 0) return;
      const piece = buffer.subarray(0, count);
      appendAll(disk, to, piece);
      onPiece(piece);
      at += count;
    }
  } finally {
    disk.close(from);
  }
}
