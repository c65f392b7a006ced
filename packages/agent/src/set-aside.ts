import type { Folder } from './folder.ts';

/**
 * Keeps a file that stands under a name of the log and is not the log's, where there is one: as `.torn`, by the first free number
 * from `seq` on.
 */
export function setAside(folder: Folder, path: string, seq: number): void {
  const { disk, names } = folder;
  if (disk.stat(path) === undefined) return;
  let number = seq;
  while (disk.stat(folder.path(names.torn(number))) !== undefined) number++;
  disk.rename(path, folder.path(names.torn(number)));
}
