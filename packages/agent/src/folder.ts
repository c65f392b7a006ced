import { basename, dirname, join } from 'node:path';
import { classifyFile, type LogFile, type LogNames, logNames } from '@agent-audit/log';
import { createWhole, type Disk, unlinkIfThere } from './disk.ts';

/** The folder of a log, on a disk, with the names of the log's files in it. */
export interface Folder {
  readonly disk: Disk;
  /** Path of the active segment. */
  readonly logFile: string;
  readonly folder: string;
  readonly names: LogNames;
  /** Of the files that hold lines and checkpoints; all others are their owner's alone. */
  readonly fileMode: number;
  path(name: string): string;
}

/** The folder of the log whose active segment is this file. */
export function folderOf(disk: Disk, logFile: string, fileMode: number = 0o600): Folder {
  const folder = dirname(logFile);
  return { disk, logFile, folder, names: logNames(basename(logFile)), fileMode, path: (name) => join(folder, name) };
}

/** Every file of the log, as its name tells. */
export function listFiles(of: Folder): { name: string; path: string; file: LogFile }[] {
  return of.disk.list(of.folder).flatMap((name) => {
    const file = classifyFile(of.names.active, name);
    return file === undefined ? [] : [{ name, path: of.path(name), file }];
  });
}

/** Puts a small file under one of the log's names, durably, and in one step: whoever reads finds the old one or the new one. */
export function replaceWhole(of: Folder, name: string, bytes: Uint8Array, mode?: number): void {
  const { disk } = of;
  const temporary = of.path(of.names.temporary(name));
  unlinkIfThere(disk, temporary);
  createWhole(disk, temporary, bytes, mode);
  disk.rename(temporary, of.path(name));
  disk.syncFolder(of.folder);
}
