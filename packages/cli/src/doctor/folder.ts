import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { listSegments } from 'agent-audit/files';

/** Names in a folder; none where it cannot be looked into. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const closedName = /^(.+)-[0-9]{15}\.log(?:\.gz)?$/s;

/** The path of the active file, where the folder of a log was given, or one of its closed segments. */
export function activePath(path: string): string {
  const stem = closedName.exec(basename(path))?.[1];
  if (stem !== undefined) return join(dirname(path), namesIn(dirname(path)).includes(stem) ? stem : `${stem}.log`);
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  try {
    return listSegments(path).find(({ form }) => form === 'active')?.path ?? path;
  } catch {
    // What is wrong with the log is the log check's to say.
    return path;
  }
}
