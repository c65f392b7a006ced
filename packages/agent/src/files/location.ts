import { type Dirent, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { classifyFile, LogError, logNames } from '@agent-audit/log';
import { FilesError, unlessAbsent } from './error.ts';

/** What a path given by a person stands for. */
export type LogLocation =
  /** A log: its folder, and the name of its active file, which need not exist at the moment. */
  | { readonly kind: 'log'; readonly folder: string; readonly active: string }
  /** One file of lines, alone. */
  | { readonly kind: 'file'; readonly path: string; readonly gzip: boolean; readonly closed?: ClosedName };

/** What the name of a closed segment says. */
export interface ClosedName {
  readonly first: number;
  /** Where its sidecar would be. */
  readonly checkpointsPath: string;
}

/** `<stem>-<15 digits>`, and what tells the kinds of file with such names apart. */
const numberedName = /^(.+)-[0-9]{15}\.(log|log\.gz|checkpoints)$/s;

/**
 * Finds out what a path means: the active file of a log, a folder that holds one log, a closed segment alone, or any other
 * file of lines.
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ
 */
export function locateLog(path: string): LogLocation {
  const stats = unlessAbsent(path, () => statSync(path));
  if (stats === undefined) return locateAbsent(path);
  if (stats.isDirectory()) return { kind: 'log', folder: path, active: activeIn(path) };
  if (!stats.isFile()) {
    throw new FilesError('COULD_NOT_READ', path, `${path} is no regular file; save its bytes to a file, then read that`);
  }
  const name = basename(path);
  const closed = closedNameOf(path);
  if (closed !== undefined || name.endsWith('.gz') || !canBeActive(name)) {
    return { kind: 'file', path, gzip: name.endsWith('.gz'), ...(closed && { closed }) };
  }
  return { kind: 'log', folder: dirname(path), active: name };
}

/** Between the two steps of a rotation, and in a log that only its closed segments are left of, the active file is not there. */
function locateAbsent(path: string): LogLocation {
  const folder = dirname(path);
  const active = basename(path);
  const isThere = canBeActive(active) && entriesOf(folder).some(({ name }) => isData(active, name));
  if (isThere) return { kind: 'log', folder, active };
  throw new FilesError('LOG_NOT_FOUND', path, `no log at ${path}: there is no such file; give the path of the log, or set AGENT_AUDIT_LOG`);
}

function isData(active: string, name: string): boolean {
  const kind = classifyFile(active, name)?.kind;
  return kind === 'closed' || kind === 'checkpoints';
}

function canBeActive(name: string): boolean {
  try {
    logNames(name);
    return true;
  } catch (error) {
    if (error instanceof LogError) return false;
    throw error;
  }
}

function closedNameOf(path: string): ClosedName | undefined {
  const name = basename(path);
  const stem = numberedName.exec(name)?.[1];
  if (stem === undefined || !canBeActive(`${stem}.log`)) return undefined;
  const file = classifyFile(`${stem}.log`, name);
  if (file?.kind !== 'closed') return undefined;
  return { first: file.first, checkpointsPath: join(dirname(path), logNames(`${stem}.log`).checkpoints(file.first)) };
}

/** The name of the active file of the one log in a folder. Logs with checkpoints go before files that only end in `.log`. */
function activeIn(folder: string): string {
  const files = entriesOf(folder).filter((entry) => !entry.isDirectory());
  const names = files.map(({ name }) => name);
  const stems = (pattern: RegExp): Set<string> => new Set(names.flatMap((name) => stemOf(name, pattern)));
  const sealed = stems(/^checkpoints$/);
  const found = sealed.size > 0 ? sealed : new Set([...stems(/^log/), ...names.flatMap(plainStem)]);
  const [stem, ...others] = [...found].toSorted();
  if (stem === undefined) {
    throw new FilesError('LOG_NOT_FOUND', folder, `no log in the folder ${folder}: give the path of the log's own file, <name>.log`);
  }
  if (others.length > 0) {
    const shown = [stem, ...others].slice(0, 5).map((one) => `${one}.log`).join(', ');
    throw new FilesError('LOG_AMBIGUOUS', folder, `${found.size} logs in the folder ${folder} (${shown}…): give the path of one of them`);
  }
  // A log whose file does not end in .log has the whole of its name as its stem.
  return !names.includes(`${stem}.log`) && names.includes(stem) ? stem : `${stem}.log`;
}

function stemOf(name: string, kinds: RegExp): string[] {
  const [, stem, kind] = numberedName.exec(name) ?? [];
  return stem !== undefined && kind !== undefined && kinds.test(kind) && canBeActive(`${stem}.log`) ? [stem] : [];
}

function plainStem(name: string): string[] {
  return name.endsWith('.log') && !numberedName.test(name) && canBeActive(name) ? [name.slice(0, -'.log'.length)] : [];
}

function entriesOf(folder: string): Dirent[] {
  return unlessAbsent(folder, () => readdirSync(folder, { withFileTypes: true })) ?? [];
}
