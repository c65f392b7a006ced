import { readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { classifyFile } from '@agent-audit/log';
import { judgeLock } from 'agent-audit/files';
import { inert } from '../text.ts';
import { duration } from '../units.ts';
import { type Check, fine, note } from './check.ts';
import { namesIn } from './folder.ts';

/** Who writes the log, by its lock. Looking takes none, and judges as the logger does. */
export function checkLock(path: string, nowMs: number): Check {
  const lock = newestLock(path);
  if (lock === undefined) return fine('writer', 'none: nobody holds the lock');
  const untouchedMs = Math.max(0, nowMs - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? nowMs));
  const judgement = judgeLock(readText(lock), untouchedMs);
  if (judgement.kind === 'unreadable') {
    const todo = 'a writer is just starting, or died doing so; after a minute untouched it counts for nothing';
    return note('writer', `${basename(lock)} cannot be read`, todo);
  }
  const { kind, isAlive, holder } = judgement;
  const who = `process ${holder.pid} on ${inert(holder.host)}, since ${inert(holder.since)}`;
  if (kind === 'here') return isAlive ? fine('writer', who) : gone(who, 'it is gone');
  return isAlive
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
