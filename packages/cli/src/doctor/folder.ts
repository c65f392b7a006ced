import { readdirSync, statSync } from 'node:fs';
import { listSegments } from 'agent-audit/files';

/** Names in a folder; none where it cannot be looked into. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The path of the active file, where the folder of a log was given. */
export function activePath(path: string): string {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return path;
  try {
    return listSegments(path).find(({ form }) => form === 'active')?.path ?? path;
  } catch {
    // What is wrong with the log is the log check's to say.
    return path;
  }
}
