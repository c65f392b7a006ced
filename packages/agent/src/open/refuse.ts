// Giving an origin up. Its files move aside together, nothing is deleted and nothing is signed again; a new log begins.
import { randomBytes } from 'node:crypto';
import { type LogFile, parseOrigin } from '@agent-audit/log';
import { type Folder, listFiles } from '../folder.ts';

/** Whom the folder belongs to, what must not be deleted in it, and whom its logs trust: not one origin's. */
const staying: ReadonlySet<LogFile['kind']> = new Set(['lock', 'refused', 'hold', 'collector']);

/**
 * Moves every file of the log to `<stem>.refused-<8 hex>/`. The key goes first: where a crash interrupts this, no later open can
 * take what is left for a log to go on with, and moves it too. The sidecars go last, because they say whose it was.
 */
export function moveAside(folder: Folder, origin: string | undefined): string {
  const { disk, names } = folder;
  const hex8 = origin === undefined ? randomBytes(4).toString('hex') : parseOrigin(origin).logId.slice(0, 8);
  const aside = folder.path(names.refused(hex8));
  disk.makeFolder(aside);
  const files = listFiles(folder).filter(({ file }) => !staying.has(file.kind));
  const ordered = files.toSorted((a, b) => orderOf(a.file) - orderOf(b.file));
  for (const { name, path } of ordered) disk.rename(path, freeName(folder, `${aside}/${name}`));
  disk.syncFolder(aside);
  disk.syncFolder(folder.folder);
  return aside;
}

function orderOf({ kind }: LogFile): number {
  if (kind === 'key') return 0;
  if (kind === 'active' || kind === 'closed') return 2;
  return kind === 'checkpoints' ? 3 : 1;
}

/** A second file of the same name, from an earlier and interrupted move, is kept beside the first. */
function freeName({ disk }: Folder, path: string): string {
  let free = path;
  for (let n = 2; disk.stat(free) !== undefined; n++) free = `${path}.${n}`;
  return free;
}
