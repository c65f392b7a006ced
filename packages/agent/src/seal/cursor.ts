// How far others have taken the log: the function given to setRemoteSender by `<stem>.sender`, the collector by `<stem>.cosigned`. Both
// are replaced atomically.
import { decodeUtf8, parseNote, readCheckpoint, utf8 } from '@agent-audit/log';
import { readWhole, unlinkIfThere } from '../disk.ts';
import { type Folder, replaceWhole } from '../folder.ts';

/** The next line that the sender has not taken, in the log of this origin. */
export interface SenderCursor {
  readonly origin: string;
  readonly next: number;
}

/** The cursor on disk; undefined where there is none, or none that can be read. */
export function readCursor(folder: Folder): SenderCursor | undefined {
  const bytes = readWhole(folder.disk, folder.path(folder.names.sender));
  return bytes === undefined ? undefined : parseCursor(bytes);
}

/**
 * The first line of this log that its sender has not taken. Infinity: it has none. undefined: it has one, and how far that is cannot
 * be read. Where the cursor is another log's, the sender has taken nothing of this one.
 */
export function untakenFrom(folder: Folder, origin: string): number | undefined {
  let bytes: Uint8Array | undefined;
  try {
    bytes = readWhole(folder.disk, folder.path(folder.names.sender));
  } catch {
    return undefined;
  }
  if (bytes === undefined) return Number.POSITIVE_INFINITY;
  const cursor = parseCursor(bytes);
  if (cursor === undefined) return undefined;
  return cursor.origin === origin ? cursor.next : 0;
}

/**
 * The first line of this log that no collector has cosigned. undefined: that cannot be read. Where the checkpoint is another log's, or
 * there is none, nothing of this one was cosigned.
 */
export function uncosignedFrom(folder: Folder, origin: string): number | undefined {
  try {
    const bytes = readWhole(folder.disk, folder.path(folder.names.cosigned));
    if (bytes === undefined) return 0;
    const note = decodeUtf8(bytes) ?? '';
    const checkpoint = readCheckpoint(note);
    const isCosigned = parseNote(note).signatures.some(({ name }) => name !== origin);
    return checkpoint.origin === origin && isCosigned ? checkpoint.size : 0;
  } catch {
    return undefined;
  }
}

function parseCursor(bytes: Uint8Array): SenderCursor | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || !('origin' in value) || !('next' in value)) return undefined;
  const { origin, next } = value;
  return typeof origin === 'string' && typeof next === 'number' && Number.isSafeInteger(next) && next >= 0 ? { origin, next } : undefined;
}

/** Moves the cursor on, durably. */
export function writeCursor(folder: Folder, cursor: SenderCursor): void {
  replaceWhole(folder, folder.names.sender, utf8(`${JSON.stringify(cursor)}\n`));
}

/** Deletes the cursor, durably: there is no sender any more that anything is kept for. */
export function removeCursor(folder: Folder): void {
  const { disk, names } = folder;
  unlinkIfThere(disk, folder.path(names.temporary(names.sender)));
  unlinkIfThere(disk, folder.path(names.sender));
  disk.syncFolder(folder.folder);
}
