// One writer a log. The lock is a file `<stem>.lock-<g>` that says who holds it; the highest generation counts. A dead holder's
// lock is never deleted first: the next generation is created with O_EXCL, so of two that take over only one wins.
import { hostname } from 'node:os';
import { utf8 } from '@agent-audit/log';
import { isoTime } from './clock.ts';
import { appendAll, type Disk, diskErrorCode, readWhole, unlinkIfThere } from './disk.ts';
import { AuditError } from './error.ts';
import { type Folder, listFiles } from './folder.ts';
import { bootId, isAlive, type ProcessIdentity, processIdentity } from './process.ts';

/** How long a lock from another pid namespace may stay untouched before its holder counts as gone. */
const untouchedMsMax = 60_000;

/** The lock that this logger holds. */
export interface Lock {
  readonly path: string;
  /** Open as long as the lock is held: else the inode of a deleted lock could be that of the next one, and the two look alike. */
  readonly fd: number;
  readonly inode: number;
  readonly nextPath: string;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  readonly since: string;
}

/** A lock file, as it was when it was judged. */
interface LockFile {
  readonly generation: number;
  readonly path: string;
  readonly inode: number;
}

/**
 * Takes the lock of a log.
 * @throws AuditError LOG_IN_USE, naming the holder
 */
export function takeLock(folder: Folder, timeMs: number): Lock {
  for (;;) {
    const dead = listLocks(folder);
    const newest = dead.at(-1);
    if (newest !== undefined && isGone(folder, newest, timeMs)) continue;
    const lock = createLock(folder, newest === undefined ? 0 : newest.generation + 1, timeMs);
    if (lock === undefined) continue;
    // Whoever looked before others came and went may hold a generation that they begin with anew. Both see it now; both step back.
    const known = new Set([lock.inode, ...dead.map(({ inode }) => inode)]);
    if (!listLocks(folder).every(({ inode }) => known.has(inode))) {
      releaseLock(folder.disk, lock);
      continue;
    }
    for (const { path } of dead) unlinkIfThere(folder.disk, path);
    return lock;
  }
}

/** By generation. One that vanishes meanwhile is left out. */
function listLocks(folder: Folder): LockFile[] {
  const locks = listFiles(folder).flatMap(({ path, file }) => {
    const stat = file.kind === 'lock' ? folder.disk.stat(path) : undefined;
    return file.kind === 'lock' && stat !== undefined ? [{ generation: file.generation, path, inode: stat.inode }] : [];
  });
  return locks.toSorted((a, b) => a.generation - b.generation);
}

/** undefined where another process has just created it. Nobody needs a lock after a power cut, so that it is not synced. */
function createLock(folder: Folder, generation: number, timeMs: number): Lock | undefined {
  const { disk, names } = folder;
  const path = folder.path(names.lock(generation));
  const holder: Holder = { ...processIdentity(), host: hostname(), since: isoTime(timeMs) };
  let fd: number;
  try {
    fd = disk.createAppend(path);
  } catch (error) {
    if (diskErrorCode(error) === 'EEXIST') return undefined;
    throw error;
  }
  try {
    appendAll(disk, fd, utf8(`${JSON.stringify(holder)}\n`));
    return { path, fd, inode: disk.fileStat(fd).inode, nextPath: folder.path(names.lock(generation + 1)) };
  } catch (error) {
    // A lock that names nobody would keep everybody out.
    unlinkIfThere(disk, path);
    disk.close(fd);
    throw error;
  }
}

/** Whether the lock is still this logger's: its file in place, and no later generation. */
export function holdsLock(disk: Disk, lock: Lock): boolean {
  return disk.stat(lock.path)?.inode === lock.inode && disk.stat(lock.nextPath) === undefined;
}

/** Gives the lock back, unless somebody took it over. */
export function releaseLock(disk: Disk, lock: Lock): void {
  if (disk.stat(lock.path)?.inode === lock.inode) unlinkIfThere(disk, lock.path);
  disk.close(lock.fd);
}

/**
 * Whether the lock is no longer there: its holder has just given it back. Else it is dead.
 * @throws AuditError LOG_IN_USE where its holder lives
 */
function isGone(folder: Folder, { path, inode }: LockFile, timeMs: number): boolean {
  const { disk } = folder;
  const bytes = readWhole(disk, path);
  const stat = disk.stat(path);
  if (bytes === undefined || stat?.inode !== inode) return true;
  const touchedMs = stat.modifiedMs;
  const holder = parseHolder(Buffer.from(bytes).toString('utf8'));
  const untouchedMs = timeMs - touchedMs;
  // Torn: its writer is between creating and writing it, or died there.
  const alive = holder === undefined ? untouchedMs < untouchedMsMax : isHolderAlive(holder, untouchedMs);
  if (!alive) return false;
  const who = holder === undefined ? 'a process that is just starting' : `process ${holder.pid} on ${holder.host}, since ${holder.since}`;
  throw new AuditError(
    'LOG_IN_USE',
    'stop',
    `${folder.logFile} is being written by ${who}. A log has one writer: give each process its own logFile, or put {slot} into its name ` +
      `(audit-{slot}.log), or stop the other one. (Lock: ${path})`,
  );
}

function isHolderAlive(holder: Holder, untouchedMs: number): boolean {
  const here = processIdentity();
  if (holder.pidNamespace === here.pidNamespace && holder.host === hostname()) return holder.bootId === bootId() && isAlive(holder);
  return untouchedMs < untouchedMsMax;
}

function parseHolder(text: string): Holder | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  if (!('pid' in value && 'bootId' in value && 'processStart' in value)) return undefined;
  if (!('pidNamespace' in value && 'host' in value && 'since' in value)) return undefined;
  const { pid, bootId: boot, processStart, pidNamespace, host, since } = value;
  if (typeof pid !== 'number' || typeof boot !== 'string' || typeof processStart !== 'string') return undefined;
  if (typeof pidNamespace !== 'string' || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, bootId: boot, processStart, pidNamespace, host, since };
}
