import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Deletes all files of a folder but so many, the newest, so that who runs for ever does not fill the disk. Folders in it stay. */
export function keepNewest(folder: string, count: number): void {
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  if (files.length <= count) return;
  const newestFirst = files
    .map(({ name }) => join(folder, name))
    .map((path) => ({ path, changedMs: statSync(path).mtimeMs }))
    .toSorted((one, other) => other.changedMs - one.changedMs);
  for (const { path } of newestFirst.slice(count)) rmSync(path);
}
