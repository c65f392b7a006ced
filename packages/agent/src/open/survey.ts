// What is in a log's folder, before anything is decided.
import { type SidecarRecord, parseLogLine, readSidecar, lineBytesMax } from '@agent-audit/log';
import { readWhole, unlinkIfThere } from '../disk.ts';
import { AuditError } from '../error.ts';
import { type Folder, listFiles } from '../folder.ts';

/** A segment whose bytes are plain: the only kind that can hold lines beyond the newest checkpoint. */
export interface PlainSegment {
  /** undefined for an active file that has no whole line yet. */
  readonly first: number | undefined;
  readonly path: string;
  readonly active: boolean;
}

export interface Survey {
  /** Closed ones by their first seq, the active one last. */
  readonly segments: readonly PlainSegment[];
  /** The newest checkpoint that is written down, not verified yet. */
  readonly newest: SidecarRecord | undefined;
  /** Any trace of an earlier life: data, compressed data or sidecars. */
  readonly used: boolean;
}

/** Looks at every file, and clears away what an interrupted write or the first step of a rotation left. */
export function surveyFolder(folder: Folder): Survey {
  const { disk, names } = folder;
  const files = listFiles(folder);
  for (const { path, file } of files) if (file.kind === 'temporary') unlinkIfThere(disk, path);
  const active = disk.stat(folder.logFile);
  const closed: number[] = [];
  const sidecars: number[] = [];
  let used = active !== undefined && active.bytes > 0;
  for (const { path, file } of files) {
    if (file.kind === 'checkpoints') sidecars.push(file.first);
    if (file.kind === 'closed') {
      used = true;
      if (file.gzip) continue;
      // Linked, and the active name not yet taken away: the segment is still the active one.
      if (active !== undefined && disk.stat(path)?.inode === active.inode) disk.unlink(path);
      else closed.push(file.first);
    }
  }
  const segments: PlainSegment[] = closed
    .toSorted((a, b) => a - b)
    .map((first) => ({ first, path: folder.path(names.closed(first)), active: false }));
  if (active !== undefined) segments.push({ first: readFirst(folder), path: folder.logFile, active: true });
  return { segments, newest: newestOf(folder, sidecars), used: used || sidecars.length > 0 };
}

/** The newest checkpoint that is written down, not verified yet. Changes nothing, so that it can be asked of a log in use. */
export function newestCheckpoint(folder: Folder): SidecarRecord | undefined {
  return newestOf(
    folder,
    listFiles(folder).flatMap(({ file }) => (file.kind === 'checkpoints' ? [file.first] : [])),
  );
}

/** The records of a segment's sidecar, up to the first that is not sound. */
export function sidecarRecords(folder: Folder, first: number): SidecarRecord[] {
  const bytes = readWhole(folder.disk, folder.path(folder.names.checkpoints(first)));
  return bytes === undefined ? [] : readSidecar(bytes).records;
}

function newestOf(folder: Folder, sidecars: readonly number[]): SidecarRecord | undefined {
  for (const first of sidecars.toSorted((a, b) => b - a)) {
    const last = sidecarRecords(folder, first).at(-1);
    if (last !== undefined) return last;
  }
  return undefined;
}

/** The seq of the active file's first line. A file that a newer version began is left alone. */
function readFirst(folder: Folder): number | undefined {
  const { disk, logFile } = folder;
  const fd = disk.openRead(logFile);
  try {
    const bytes = new Uint8Array(lineBytesMax + 1);
    const count = disk.read(fd, bytes, 0, bytes.length, 0);
    const end = bytes.subarray(0, count).indexOf(0x0a);
    if (end < 0) return undefined;
    refuseNewerFormat(logFile, bytes.subarray(0, end));
    const [, digits] = /^\{"seq":(0|[1-9][0-9]{0,15}),/.exec(Buffer.from(bytes.subarray(0, Math.min(end, 32))).toString('latin1')) ?? [];
    return digits === undefined ? undefined : Number(digits);
  } finally {
    disk.close(fd);
  }
}

function refuseNewerFormat(logFile: string, line: Uint8Array): void {
  let reading: ReturnType<typeof parseLogLine>;
  try {
    reading = parseLogLine(line);
  } catch {
    return;
  }
  if (reading.kind !== 'newer-format') return;
  throw new AuditError(
    'LOG_NEWER_FORMAT',
    'stop',
    `${logFile} is in format ${reading.format}, written by a newer version. Update agent-audit here, or give this agent another logFile; nothing was changed`,
  );
}
