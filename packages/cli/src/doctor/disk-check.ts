import { existsSync, type StatsFs, statfsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { classifyFile, logNames } from '@agent-audit/log';
import { FilesError, freeBytesFloor, listSegments } from 'agent-audit/files';
import { byteSize, count, counted } from '../units.ts';
import { shellQuote } from '../verify-view.ts';
import { type Check, fine, note, wrong } from './check.ts';
import { namesIn } from './folder.ts';

/** What statfs says: blocks of `bsize` bytes, and files; `bavail` and `ffree` are what is left. */
type FileSystem = Pick<StatsFs, 'bavail' | 'bsize' | 'blocks' | 'ffree' | 'files'>;

const freeFilesMin = 1_000;
const whenFull = 'on a full disk events wait in memory (DISK_FULL)';

/** Room on the disk that the log is on, by the floor that the logger keeps: it makes room by deleting the oldest segments. */
export function checkDisk(path: string, look: (folder: string) => FileSystem = statfsSync): Check {
  let folder = dirname(path);
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder);
  try {
    const { bavail, bsize, blocks, ffree, files } = look(folder);
    const [free, total] = [bavail * bsize, blocks * bsize];
    const text = `${byteSize(free)} free of ${byteSize(total)}`;
    const floor = freeBytesFloor(total);
    // How many the logger asks for is an option of the program, which nobody sees from here.
    if (free < floor) return wrong('disk', `${text}, below the ${byteSize(floor)} that minFreeDiskMB asks for by default`, whatGoes(path));
    if (files > 0 && ffree < freeFilesMin)
      return wrong('disk', `${text}, but room for ${count(ffree)} files only`, 'delete files that nobody needs: a segment is a file too');
    return fine('disk', text);
  } catch (error) {
    return note('disk', `${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** What a running logger does on a disk below its floor, and what a person can do. */
function whatGoes(path: string): string {
  const kinds = namesIn(dirname(path)).map((name) => ({ name, kind: classifyFile(basename(path), name)?.kind }));
  const hold = kinds.find(({ kind }) => kind === 'hold');
  if (hold !== undefined) return `free some space: ${hold.name} keeps every segment, so that none is deleted to make it, and ${whenFull}`;
  const closed = closedSegments(path);
  if (closed.count === 0) return `free some space: there is no closed segment that the logger could delete to make it, and ${whenFull}`;
  const sender = kinds.some(({ kind }) => kind === 'sender') ? ' that the sender has taken' : '';
  const segments = `${counted(closed.count, 'closed segment')} (${byteSize(closed.bytes)})`;
  const keep = `touch ${shellQuote(join(dirname(path), logNames(basename(path)).hold))}`;
  return (
    `free some space, or the logger makes it: of ${segments} it deletes the oldest${sender} until there is room, ` +
    `unless its option hold is set, and says so in the log (type:log.prune). To keep them all: ${keep}; then ${whenFull}`
  );
}

function closedSegments(path: string): { readonly count: number; readonly bytes: number } {
  try {
    const closed = listSegments(path).filter(({ form }) => form !== 'active');
    return { count: closed.length, bytes: closed.reduce((sum, { bytes }) => sum + bytes, 0) };
  } catch (error) {
    // What is wrong with the log is the log check's to say.
    if (error instanceof FilesError) return { count: 0, bytes: 0 };
    throw error;
  }
}
