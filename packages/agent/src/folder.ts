import { basename, dirname, join } from 'node:path';
import { classifyFile, type LogFile, type LogNames, logNames } from '@agent-audit/log';
import type { Disk } from './disk.ts';

/** The folder of a log, on a disk, with the names of the log's files in it. */
export interface Folder {
  readonly disk: Disk;
  /** Path of the active segment. */
  readonly logFile: string;
  readonly folder: string;
  readonly names: LogNames;
  path(name: string): string;
}

/** The folder of the log whose active segment is this file. */
export function folderOf(disk: Disk, logFile: string): Folder {
  const folder = dirname(logFile);
  return { disk, logFile, folder, names: logNames(basename(logFile)), path: (name) => join(folder, name) };
}

/** Every file of the log, as its name tells. */
export function listFiles(of: Folder): { name: string; path: string; file: LogFile }[] {
  return of.disk.list(of.folder).flatMap((name) => {
    const file = classifyFile(of.names.active, name);
    return file === undefined ? [] : [{ name, path: of.path(name), file }];
  });
}
