// One writer a log. The lock is a file `<stem>.lock-<g>` that says who holds it; the highest generation counts. A dead holder's
// lock is never deleted first: the next generation is created with O_EXCL, so of two that take over only one wins.
import { hostname } from 'node:os';
import { utf8 } from '@agent-audit/log';
import { isoTime } from './clock.ts';
import { appendAll, type Disk, diskErrorCode, openIfThere, unlinkIfThere } from './disk.ts';
import { AuditError } from './error.ts';
import { type Folder, listFiles } from './folder.ts';
import { judgeLock, type LockHolder, type LockJudgement, untouchedMsMax } from './lock-holder.ts';
import { processIdentity } from './process.ts';

/** The lock that this logger holds. */
export interface Lock {
  readonly path: string;
  /** Open as long as the lock is held: else the inode of a deleted lock could be that of the next one, and the two look alike. */
  readonly fd: number;
  readonly inode: number;
  readonly nextPath: string;
}

/** A lock file that is judged. It stays open meanwhile: an inode that is in use is no other file's. */
interface LockFile {
  readonly generation: number;
  readonly path: string;
  readonly fd: number;
  readonly inode: number;
}

/**
 * Takes the lock of a log.
 * @throws AuditError LOG_IN_USE, naming the holder
 */
export function takeLock(folder: Folder, timeMs: number): Lock {
  const holder: LockHolder = { ...processIdentity(), host: hostname(), since: isoTime(timeMs) };
  for (;;) {
    const found = openLocks(folder);
    try {
      const newest = found.at(-1);
      if (newest !== undefined) refuseIfAlive(folder, newest, timeMs);
      const lock = takeNext(folder, found, holder);
      if (lock !== undefined) return lock;
    } finally {
      for (const { fd } of found) folder.disk.close(fd);
    }
  }
}

/** Every lock file, by generation. One that vanishes meanwhile is left out. */
function openLocks(folder: Folder): LockFile[] {
  const { disk } = folder;
  const locks = listFiles(folder).flatMap(({ path, file }) => {
    const fd = file.kind === 'lock' ? openIfThere(disk, path) : undefined;
    return file.kind === 'lock' && fd !== undefined ? [{ generation: file.generation, path, fd, inode: disk.fileStat(fd).inode }] : [];
  });
  return locks.toSorted((a, b) => a.generation - b.generation);
}

/** The generation after those that were found, all dead; undefined where others take the lock meanwhile, or have given it back. */
function takeNext(folder: Folder, dead: readonly LockFile[], holder: LockHolder): Lock | undefined {
  const { disk } = folder;
  const newest = dead.at(-1);
  if (newest !== undefined && disk.stat(newest.path)?.inode !== newest.inode) return undefined;
  const lock = createLock(folder, newest === undefined ? 0 : newest.generation + 1, holder);
  if (lock === undefined) return undefined;
  // Whoever looked before others came and went may hold a generation that they begin with anew. Both see it now; both step back.
  const known = new Set([lock.inode, ...dead.map(({ inode }) => inode)]);
  const isAlone = listFiles(folder).every(({ path, file }) => {
    const inode = file.kind === 'lock' ? disk.stat(path)?.inode : undefined;
    return inode === undefined || known.has(inode);
  });
  if (!isAlone) {
    releaseLock(disk, lock);
    return undefined;
  }
  for (const { path } of dead) unlinkIfThere(disk, path);
  return lock;
}

/** undefined where another process has just created it. Nobody needs a lock after a power cut, so that it is not synced. */
function createLock(folder: Folder, generation: number, holder: LockHolder): Lock | undefined {
  const { disk, names } = folder;
  const path = folder.path(names.lock(generation));
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

function refuseIfAlive({ disk, logFile }: Folder, { path, fd, inode }: LockFile, timeMs: number): void {
  const { bytes, modifiedMs: touchedMs } = disk.fileStat(fd);
  const text = Buffer.alloc(bytes);
  disk.read(fd, text, 0, bytes, 0);
  const untouchedMs = timeMs - touchedMs;
  const judgement = judgeLock(text.toString('utf8'), untouchedMs);
  // A living holder may have given it back meanwhile.
  if (!judgement.isAlive || disk.stat(path)?.inode !== inode) return;
  const who = nameOf(judgement, untouchedMs);
  throw new AuditError(
    'LOG_IN_USE',
    'stop',
    `${logFile} is being written by ${who}. A log has one writer: give each process its own logFile, or put {slot} into its name ` +
      `(audit-{slot}.log), or stop the other one. (Lock: ${path})`,
  );
}

function nameOf(judgement: LockJudgement, untouchedMs: number): string {
  if (judgement.kind === 'unreadable') return 'a process that is just starting';
  const { pid, host, since } = judgement.holder;
  const name = `process ${pid} on ${host}, since ${since}`;
  if (judgement.kind === 'here') return pid === process.pid ? `${name}: this one, by another logger or a thread that was terminated` : name;
  const leftSeconds = Math.ceil((untouchedMsMax - untouchedMs) / 1000);
  return `${name}, in another container or on another machine (where it has died there, its lock counts for ${leftSeconds} s more)`;
}
