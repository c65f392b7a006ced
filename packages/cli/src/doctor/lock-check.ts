import { readFileSync, readlinkSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { classifyFile } from '@agent-audit/log';
import { parseEvent } from '@agent-audit/search';
import { inert } from '../text.ts';
import { duration } from '../units.ts';
import { type Check, fine, note } from './check.ts';
import { namesIn } from './folder.ts';

/** A holder elsewhere touches its lock every 10 seconds; after a minute it counts as gone. */
const untouchedMsMax = 60_000;

/** Who writes the log, by its lock. Looking takes none. */
export function checkLock(path: string, nowMs: number): Check {
  const lock = newestLock(path);
  if (lock === undefined) return fine('writer', 'none: nobody holds the lock');
  const holder = parseEvent(readText(lock));
  const pid = holder?.['pid'];
  if (holder === undefined || typeof pid !== 'number')
    return note('writer', `${basename(lock)} cannot be read`, 'a writer is just starting, or died doing so; look again');
  const who = `process ${pid} on ${textOf(holder['host'])}, since ${textOf(holder['since'])}`;
  const untouchedMs = Math.max(0, nowMs - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? nowMs));
  if (isHere(holder)) return isAlive(pid) ? fine('writer', who) : gone(who, 'it is gone');
  return untouchedMs < untouchedMsMax
    ? fine('writer', `${who}; from elsewhere, seen ${duration(untouchedMs)} ago`)
    : gone(who, `from elsewhere, not seen for ${duration(untouchedMs)}`);
}

function gone(who: string, why: string): Check {
  return note('writer', `${who}: ${why}`, 'the next start takes the lock over, and recovers what was left');
}

function newestLock(path: string): string | undefined {
  let newest: { readonly name: string; readonly generation: number } | undefined;
  for (const name of namesIn(dirname(path))) {
    const file = classifyFile(basename(path), name);
    if (file?.kind === 'lock' && (newest === undefined || file.generation > newest.generation))
      newest = { name, generation: file.generation };
  }
  return newest === undefined ? undefined : join(dirname(path), newest.name);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? inert(value) : '?';
}

/** Whether the holder's pid means something to this process: the same host, and the same pid namespace where the system has them. */
function isHere(holder: Readonly<Record<string, unknown>>): boolean {
  const namespace = holder['pidNamespace'];
  return holder['host'] === hostname() && (typeof namespace !== 'string' || namespace === pidNamespace());
}

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // There, but another user's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
