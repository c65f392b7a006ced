// Which files a log has at one moment, while its writer goes on: a listing counts only if the folder holds the same names before
// and after the active file was looked at. Without that, a rotation in between would hide the segment that was just closed.
import { type BigIntStats, closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { constants, gunzipSync } from 'node:zlib';
import { classifyFile } from '@agent-audit/log';
import { attempt, FilesError, unlessAbsent } from './error.ts';
import { type LogLocation, locateLog } from './location.ts';
import { seqAt, seqBytesMax } from './seq.ts';

/** One segment of a log: the file that counts where more than one holds the same lines. */
export interface SegmentFile {
  readonly path: string;
  /** Seq of its first line; of an empty active file, the seq that its first line will have. */
  readonly first: number;
  readonly form: 'active' | 'closed' | 'gzip';
  /** Its sidecar, where that exists. */
  readonly checkpointsPath?: string;
  /** Size of the file as it is: of a `.gz`, packed. */
  readonly bytes: number;
  /** Which file the path named when it was listed, by device and inode. */
  readonly file: string;
}

/** Everything that is there of a log, at one moment. */
export interface LogListing {
  /** Ascending by first seq. */
  readonly segments: readonly SegmentFile[];
  /** Ascending by first seq; also those whose data is gone. */
  readonly sidecars: readonly SidecarPath[];
  /** `<stem>.cosigned`, where it exists. */
  readonly cosignedPath?: string;
  /** The active file is there, and is too short to hold a line. */
  readonly emptyActive: boolean;
}

/** Where a segment's sidecar is. */
export interface SidecarPath {
  readonly first: number;
  readonly path: string;
}

/** Rotation, gzip and pruning change a folder a few times a minute; a listing takes well under a millisecond. */
const listingsMax = 100;

/**
 * The segments of a log, ascending by first seq. `logFile` is the path of the active file, a folder that holds one log, or one
 * file of lines (a closed segment, a copy).
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ
 */
export function listSegments(logFile: string): SegmentFile[] {
  return [...listLog(locateLog(logFile)).segments];
}

/**
 * Lists a log that was located.
 * @throws FilesError COULD_NOT_READ
 */
export function listLog(location: LogLocation): LogListing {
  if (location.kind === 'file') return listFile(location);
  for (let listing = 0; listing < listingsMax; listing++) {
    const before = namesOf(location);
    const active = lookAtActive(location);
    const after = namesOf(location);
    const composed = before.join('/') === after.join('/') ? compose(location, before, active) : undefined;
    if (composed !== undefined) return composed;
  }
  const { folder } = location;
  throw new FilesError('COULD_NOT_READ', folder, `the files in ${folder} change faster than they can be listed; try again`);
}

type FolderOfLog = LogLocation & { readonly kind: 'log' };

/** Whatever of the names in the folder a listing is made of, in order. */
function namesOf({ folder, active }: FolderOfLog): string[] {
  return attempt(folder, () => readdirSync(folder))
    .filter((name) => {
      const kind = classifyFile(active, name)?.kind;
      return kind === 'active' || kind === 'closed' || kind === 'checkpoints' || kind === 'cosigned';
    })
    .toSorted();
}

interface Active {
  readonly path: string;
  readonly stats: BigIntStats;
  /** Undefined where it does not say: it has no line yet, or something else than a line. */
  readonly first: number | undefined;
}

function lookAtActive({ folder, active }: FolderOfLog): Active | undefined {
  const path = join(folder, active);
  const fd = unlessAbsent(path, () => openSync(path, 'r'));
  if (fd === undefined) return undefined;
  try {
    const { stats, head } = attempt(path, () => ({ stats: fstatSync(fd, { bigint: true }), head: readHead(fd, seqBytesMax) }));
    return { path, stats, first: seqAt(head, 0, head.length) };
  } finally {
    closeSync(fd);
  }
}

/** The listing from the names; undefined where one of them has vanished, so that they must be read again. */
function compose(location: FolderOfLog, names: readonly string[], active: Active | undefined): LogListing | undefined {
  const { folder } = location;
  const closed = new Map<number, { name: string; gzip: boolean }>();
  const sidecars: SidecarPath[] = [];
  let cosignedPath: string | undefined;
  for (const name of names) {
    const file = classifyFile(location.active, name);
    if (file?.kind === 'active' && active === undefined) return undefined;
    if (file?.kind === 'checkpoints') sidecars.push({ first: file.first, path: join(folder, name) });
    if (file?.kind === 'cosigned') cosignedPath = join(folder, name);
    // In name order `x.log` comes before `x.log.gz`: where both are there, the plain one counts.
    if (file?.kind === 'closed' && !closed.has(file.first)) closed.set(file.first, { name, gzip: file.gzip });
  }
  const segments: SegmentFile[] = [];
  const activeFirst = active === undefined ? undefined : firstOf(active, [...closed.keys()], sidecars);
  for (const [first, { name, gzip }] of closed) {
    // Closing links the closed name before it removes the active one: both are the same file, and count once.
    if (first === activeFirst) continue;
    const path = join(folder, name);
    const stats = unlessAbsent(path, () => statSync(path, { bigint: true }));
    if (stats === undefined) return undefined;
    segments.push(listed(path, first, gzip ? 'gzip' : 'closed', stats, sidecars));
  }
  if (active !== undefined && activeFirst !== undefined) segments.push(listed(active.path, activeFirst, 'active', active.stats, sidecars));
  segments.sort((a, b) => a.first - b.first);
  const emptyActive = active !== undefined && active.first === undefined && active.stats.size < seqBytesMax;
  return { segments, sidecars, ...(cosignedPath !== undefined && { cosignedPath }), emptyActive };
}

/**
 * First seq of the active file: its first line says it. Before there is one, its sidecar does, the newest that has no data yet.
 * Without that the file is no segment, unless all that there is of the log is bytes that are no line: these must be seen.
 */
function firstOf(active: Active, closed: readonly number[], sidecars: readonly SidecarPath[]): number | undefined {
  if (active.first !== undefined) return active.first;
  const newestClosed = closed.reduce((newest, first) => Math.max(newest, first), -1);
  const newest = sidecars.at(-1);
  if (newest !== undefined && newest.first > newestClosed) return newest.first;
  return active.stats.size > 0n && closed.length === 0 ? 0 : undefined;
}

function listed(
  path: string,
  first: number,
  form: SegmentFile['form'],
  stats: BigIntStats,
  sidecars: readonly SidecarPath[],
): SegmentFile {
  const checkpointsPath = sidecars.find((sidecar) => sidecar.first === first)?.path;
  return { path, first, form, ...(checkpointsPath !== undefined && { checkpointsPath }), bytes: Number(stats.size), file: fileOf(stats) };
}

/** Which file it is, whatever its name. */
export function fileOf(stats: Pick<BigIntStats, 'dev' | 'ino'>): string {
  return `${stats.dev}:${stats.ino}`;
}

function listFile({ path, gzip, closed }: LogLocation & { readonly kind: 'file' }): LogListing {
  const stats = attempt(path, () => statSync(path, { bigint: true }));
  const first = closed?.first ?? firstInFile(path, gzip) ?? 0;
  const sidecarPath = closed?.checkpointsPath;
  const isThere = sidecarPath !== undefined && unlessAbsent(sidecarPath, () => statSync(sidecarPath)) !== undefined;
  const sidecars = isThere ? [{ first, path: sidecarPath }] : [];
  return { segments: [listed(path, first, gzip ? 'gzip' : 'closed', stats, sidecars)], sidecars, emptyActive: false };
}

/** So much of an archive is enough for the beginning of its first line, and cannot blow up to more than a few MiB. */
const gzipHeadBytes = 4096;

function firstInFile(path: string, gzip: boolean): number | undefined {
  const fd = attempt(path, () => openSync(path, 'r'));
  try {
    const head = attempt(path, () => readHead(fd, gzip ? gzipHeadBytes : seqBytesMax));
    const bytes = gzip ? inflateHead(head) : head;
    return seqAt(bytes, 0, bytes.length);
  } finally {
    closeSync(fd);
  }
}

/** What the beginning of an archive holds; nothing where it is damaged, which the reader of the whole will say. */
function inflateHead(head: Uint8Array): Uint8Array {
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}

function readHead(fd: number, bytesMax: number): Uint8Array {
  const head = new Uint8Array(bytesMax);
  return head.subarray(0, readSync(fd, head, 0, bytesMax, 0));
}

