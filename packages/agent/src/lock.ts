// One writer a log. The lock is a file `<stem>.lock-<g>` that says who holds it; the highest generation counts. A dead holder's
// lock is never deleted first: the next generation is created with O_EXCL, so of two that take over only one wins.
import { hostname } from 'node:os';
import { utf8 } from '@agent-audit/log';
import { isoTime } from './clock.ts';
import { createWhole, type Disk, diskErrorCode, readWhole, unlinkIfThere } from './disk.ts';
import { AuditError } from './error.ts';
import { type Folder, listFiles } from './folder.ts';
import { bootId, isAlive, type ProcessIdentity, processIdentity } from './process.ts';

/** How long a lock from another pid namespace may stay untouched before its holder counts as gone. */
const untouchedMsMax = 60_000;

/** The lock that this logger holds. */
export interface Lock {
  readonly path: string;
  readonly inode: number;
  readonly nextPath: string;
}

interface Holder extends ProcessIdentity {
  readonly host: string;
  readonly since: string;
}

/**
 * Takes the lock of a log.
 * @throws AuditError LOG_IN_USE, naming the holder
 */
export function takeLock(folder: Folder, timeMs: number): Lock {
  const { disk, names } = folder;
  for (;;) {
    const generations = listFiles(folder).flatMap(({ file }) => (file.kind === 'lock' ? [file.generation] : []));
    const newest = generations.length === 0 ? undefined : Math.max(...generations);
    if (newest !== undefined) refuseIfAlive(folder, folder.path(names.lock(newest)), timeMs);
    const generation = newest === undefined ? 0 : newest + 1;
    const path = folder.path(names.lock(generation));
    const holder: Holder = { ...processIdentity(), host: hostname(), since: isoTime(timeMs) };
    try {
      createWhole(disk, path, utf8(`${JSON.stringify(holder)}\n`));
    } catch (error) {
      if (diskErrorCode(error) === 'EEXIST') continue;
      throw error;
    }
    for (const old of generations) unlinkIfThere(disk, folder.path(names.lock(old)));
    const stat = disk.stat(path);
    if (stat === undefined) continue;
    return { path, inode: stat.inode, nextPath: folder.path(names.lock(generation + 1)) };
  }
}

/** Whether the lock is still this logger's: its file in place, and no later generation. */
export function holdsLock(disk: Disk, lock: Lock): boolean {
  return disk.stat(lock.path)?.inode === lock.inode && disk.stat(lock.nextPath) === undefined;
}

/** Gives the lock back, unless somebody took it over. */
export function releaseLock(disk: Disk, lock: Lock): void {
  if (disk.stat(lock.path)?.inode === lock.inode) unlinkIfThere(disk, lock.path);
}

function refuseIfAlive(folder: Folder, path: string, timeMs: number): void {
  const { disk } = folder;
  const bytes = readWhole(disk, path);
  const touchedMs = disk.stat(path)?.modifiedMs;
  if (bytes === undefined || touchedMs === undefined) return;
  const holder = parseHolder(Buffer.from(bytes).toString('utf8'));
  const untouchedMs = timeMs - touchedMs;
  // Torn: its writer is between creating and writing it, or died there.
  const alive = holder === undefined ? untouchedMs < untouchedMsMax : isHolderAlive(holder, untouchedMs);
  if (!alive) return;
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
  if (!('pid' in value && 'bootId' in value && 'processStart' in value && 'pidNamespace' in value && 'host' in value && 'since' in value)) return undefined;
  const { pid, bootId: boot, processStart, pidNamespace, host, since } = value;
  if (typeof pid !== 'number' || typeof boot !== 'string' || typeof processStart !== 'string') return undefined;
  if (typeof pidNamespace !== 'string' || typeof host !== 'string' || typeof since !== 'string') return undefined;
  return { pid, bootId: boot, processStart, pidNamespace, host, since };
}
