// What is in a log's folder, before anything is decided.
import type { SidecarRecord } from '@agent-audit/log';
import { unlinkIfThere } from '../disk.ts';
import { type Folder, listFiles } from '../folder.ts';
import { readNewestRecord } from '../seal/sidecar-read.ts';
import { setAside } from '../set-aside.ts';
import { type FirstLine, readFirstLine } from './first-line.ts';

/** A segment whose bytes are plain: the only kind that can hold lines beyond the newest checkpoint. */
export interface PlainSegment {
  /** undefined for an active file that has no whole line yet. */
  readonly first: number | undefined;
  readonly path: string;
  readonly active: boolean;
}

/** The newest checkpoint that is written down, not verified yet. */
export interface NewestCheckpoint {
  readonly record: SidecarRecord;
  /** The segment whose sidecar has it. */
  readonly first: number;
}

export interface Survey {
  /** Closed ones by their first seq, the active one last. */
  readonly segments: readonly PlainSegment[];
  readonly newest: NewestCheckpoint | undefined;
  /** The line after the newest checkpoint begins a segment: that one has no sealed line, and need not have been made. */
  readonly beginsSegment: boolean;
  /** The origin that the active file says it is of. */
  readonly origin: string | undefined;
  /** Any trace of an earlier life: data, compressed data or sidecars. */
  readonly used: boolean;
}

/** Looks at every file, and clears away what an interrupted write or the first step of a rotation left. */
export function surveyFolder(folder: Folder): Survey {
  const { disk, names } = folder;
  const active = disk.stat(folder.logFile);
  const firstLine: FirstLine | undefined = active === undefined ? undefined : readFirstLine(folder);
  const activeFirst = firstLine?.seq;
  const files = listFiles(folder);
  for (const { path, file } of files) if (file.kind === 'temporary') unlinkIfThere(disk, path);
  const closed: number[] = [];
  const packed = new Set<number>();
  const sidecars: number[] = [];
  let used = active !== undefined && active.bytes > 0;
  for (const { path, file } of files) {
    if (file.kind === 'checkpoints') sidecars.push(file.first);
    if (file.kind === 'closed') {
      used = true;
      if (file.gzip) packed.add(file.first);
      // Linked, and the active name not yet taken away: the segment is still the active one.
      else if (active !== undefined && disk.stat(path)?.inode === active.inode) disk.unlink(path);
      // The same, from a copy of the folder that knew no links.
      else if (file.first === activeFirst) setAside(folder, path, activeFirst);
      else closed.push(file.first);
    }
  }
  const segments: PlainSegment[] = closed
    .toSorted((a, b) => a - b)
    .map((first) => ({ first, path: folder.path(names.closed(first)), active: false }));
  if (firstLine !== undefined) segments.push({ first: firstLine.seq, path: folder.logFile, active: true });
  const newest = newestOf(folder, sidecars);
  // Only a segment that is sealed to its end is compressed.
  const beginsSegment = newest === undefined || newest.record.size === newest.first || packed.has(newest.first);
  return { segments, newest, beginsSegment, origin: firstLine?.origin, used: used || sidecars.length > 0 };
}

/** The newest checkpoint that is written down. Changes nothing, so that it can be asked of a log in use. */
export function newestCheckpoint(folder: Folder): NewestCheckpoint | undefined {
  return newestOf(
    folder,
    listFiles(folder).flatMap(({ file }) => (file.kind === 'checkpoints' ? [file.first] : [])),
  );
}

function newestOf(folder: Folder, sidecars: readonly number[]): NewestCheckpoint | undefined {
  for (const first of sidecars.toSorted((a, b) => b - a)) {
    const newest = readNewestRecord(folder.disk, folder.path(folder.names.checkpoints(first)));
    if (newest !== undefined) return { record: newest.record, first };
  }
  return undefined;
}
