import { statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { classifyFile, LogError, type LogFile } from '@agent-audit/log';
import { FilesError, lastLines, listSegments, newestCheckpoint } from 'agent-audit/files';
import { parseEvent } from '@agent-audit/search';
import { shortPath } from '../log-paths.ts';
import { lineText } from '../printer.ts';
import { byteSize, count, counted, duration } from '../units.ts';
import { shellQuote } from '../verify-view.ts';
import { type Check, fine, note, wrong } from './check.ts';
import { namesIn } from './folder.ts';

/** What is known of a log after a look at its files. */
export interface LogFacts {
  readonly path: string;
  readonly lines: number;
  /** When the newest event says it was. */
  readonly newestMs: number | undefined;
}

/** Lines that wait this long for a checkpoint wait for nobody. */
const unsealedMsMax = 10_000;

/** The log itself: whether it is there and can be read, and how far it is sealed. */
export async function checkLog(path: string, nowMs: number): Promise<{ checks: Check[]; facts: LogFacts | undefined }> {
  try {
    const segments = listSegments(path);
    const last = (await lastLines(path, 1)).at(-1);
    const first = segments[0]?.first ?? 0;
    const lines = last === undefined ? 0 : last.seq + 1 - first;
    const bytes = segments.reduce((sum, segment) => sum + segment.bytes, 0);
    const size = `${shortPath(path)} · ${counted(lines, 'line')} · ${counted(segments.length, 'segment')} · ${byteSize(bytes)}`;
    const facts = { path, lines, newestMs: last === undefined ? undefined : timeOf(last.line) };
    return { checks: [fine('log', size), checkSealing(path, first + lines, nowMs)], facts };
  } catch (error) {
    if (!(error instanceof FilesError)) throw error;
    if (error.code === 'LOG_NOT_FOUND') {
      return {
        checks: [
          note(
            'log',
            `${shortPath(path)} is not there yet`,
            'the first start of an agent makes it; where one runs already, it writes elsewhere: set AGENT_AUDIT_LOG, or give --log',
          ),
        ],
        facts: undefined,
      };
    }
    return { checks: [wrong('log', `${shortPath(path)}: ${error.code}`, error.message)], facts: undefined };
  }
}

function timeOf(line: Uint8Array): number | undefined {
  const timestamp = parseEvent(lineText(line))?.['timestamp'];
  const timeMs = typeof timestamp === 'string' ? Date.parse(timestamp) : NaN;
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

function checkSealing(path: string, end: number, nowMs: number): Check {
  try {
    const checkpoint = newestCheckpoint(path);
    if (checkpoint === undefined) {
      return wrong(
        'sealed',
        'nothing: there is no checkpoint',
        'this is no log of agent-audit, or its .checkpoints files were taken away; agent-audit verify tells',
      );
    }
    const ageMs = Math.max(0, nowMs - statSync(checkpoint.path).mtimeMs);
    const open = end - checkpoint.size;
    const sealed = `${count(checkpoint.size)} lines, ${duration(ageMs)} ago`;
    if (open < 0)
      return wrong('sealed', `${sealed}: ${counted(-open, 'line')} more than there are`, `agent-audit verify ${shellQuote(path)}`);
    if (open > 0 && ageMs > unsealedMsMax) {
      return note(
        'sealed',
        `${sealed}; ${counted(open, 'line')} after that not`,
        'a crash leaves such lines: the next start of the agent seals them, and says so',
      );
    }
    return fine('sealed', open === 0 ? sealed : `${sealed}; ${counted(open, 'line')} about to be`);
  } catch (error) {
    if (error instanceof LogError || error instanceof FilesError)
      return wrong('sealed', error.code, `${error.message}; agent-audit verify ${shellQuote(path)}`);
    throw error;
  }
}

/** Who may touch the files: they hold what happened, and the key that vouches for it. */
export function checkPermissions(path: string): Check[] {
  const folder = dirname(path);
  const files = ownFiles(path);
  const shared = sharedMode(files);
  const isMeant = ({ kind, mode }: OwnFile): boolean => mode === shared && sharedKinds.has(kind);
  // A hold counts by being there: nothing is in it.
  const open = files.filter((file) => (file.mode & 0o077) !== 0 && file.kind !== 'hold' && !isMeant(file));
  const checks = [...checkFolder(folder), ...checkOwner(files.map((file) => file.path))];
  if (shared !== undefined) {
    const readers = shared === 0o640 ? 'their group' : 'all';
    const text = `segments and checkpoints may be read by ${readers} (mode ${octal(shared)}), as fileMode has it`;
    checks.push(note('permissions', text, 'where that is not meant, start the logger without fileMode, and take it from the files'));
  }
  const [first] = open;
  if (first !== undefined) {
    const what = open.length === 1 ? shortPath(first.path) : `${open.length} files, such as ${shortPath(first.path)},`;
    const todo = `chmod go= ${open.map((file) => shellQuote(file.path)).join(' ')}`;
    checks.push(wrong('permissions', `${what} may be read by others than the owner (mode ${octal(first.mode)})`, todo));
  }
  return checks.length > 0 ? checks : [fine('permissions', 'the folder and its files are their owner’s alone')];
}

/** What the option fileMode is for. */
const sharedKinds: ReadonlySet<LogFile['kind']> = new Set(['active', 'closed', 'checkpoints']);

interface OwnFile {
  readonly path: string;
  readonly kind: LogFile['kind'];
  readonly mode: number;
}

function ownFiles(path: string): OwnFile[] {
  return ownNames(path).flatMap((name) => {
    const file = classifyFile(basename(path), name);
    return file === undefined ? [] : [{ path: join(dirname(path), name), kind: file.kind, mode: modeOf(join(dirname(path), name)) }];
  });
}

/** The mode that the option fileMode gives to new files, where it is set: a chmod by accident does not hit both of the newest. */
function sharedMode(files: readonly OwnFile[]): number | undefined {
  const active = files.find(({ kind }) => kind === 'active')?.mode;
  const newest = files.filter(({ kind }) => kind === 'checkpoints').toSorted((a, b) => (a.path < b.path ? -1 : 1)).at(-1)?.mode;
  return active === newest && (active === 0o640 || active === 0o644) ? active : undefined;
}

function checkFolder(folder: string): Check[] {
  const mode = modeOf(folder);
  const shown = `${shortPath(folder)} (mode ${octal(mode)})`;
  const todo = `chmod go= ${shellQuote(folder)}`;
  if ((mode & 0o022) !== 0) return [wrong('permissions', `others may add and remove files in ${shown}`, todo)];
  return (mode & 0o077) === 0 ? [] : [note('permissions', `others may look into ${shown}`, todo)];
}

function checkOwner(files: readonly string[]): Check[] {
  const uid = process.getuid?.();
  const foreign = files.find((file) => {
    const owner = statSync(file, { throwIfNoEntry: false })?.uid;
    return uid !== undefined && uid !== 0 && owner !== undefined && owner !== uid;
  });
  if (foreign === undefined) return [];
  return [
    note(
      'permissions',
      `${shortPath(foreign)} belongs to another user than this one (uid ${uid})`,
      'an agent under this uid cannot write the log: one agent, one user',
    ),
  ];
}

function modeOf(path: string): number {
  return (statSync(path, { throwIfNoEntry: false })?.mode ?? 0) & 0o777;
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

/** What lies beside the log that a person should know of. */
export function checkLeftovers(path: string): Check[] {
  const kinds = ownNames(path).map((name) => ({ name, kind: classifyFile(basename(path), name)?.kind }));
  const named = (wanted: string): string[] => kinds.filter(({ kind }) => kind === wanted).map(({ name }) => name);
  const [torn, refused, hold] = [named('torn'), named('refused'), named('hold')];
  const checks: Check[] = [];
  if (torn.length > 0)
    checks.push(
      note(
        'torn',
        `${torn.join(', ')}: bytes of unfinished writes, taken out after a crash`,
        'the log says when (type:log.recovered); delete them when nobody needs them',
      ),
    );
  if (refused.length > 0)
    checks.push(
      wrong(
        'given up',
        `${refused.join(', ')}: an earlier log that no longer was what had been sealed`,
        'find out why: agent-audit verify on the log in that folder; nothing of it was deleted',
      ),
    );
  if (hold.length > 0)
    checks.push(note('hold', `${hold.join(', ')}: nothing is deleted, however old or large`, 'remove the file when the hold is over'));
  return checks;
}

/** The files of a log, and the folders of those given up. */
function ownNames(path: string): string[] {
  const active = basename(path);
  return namesIn(dirname(path)).filter((name) => classifyFile(active, name) !== undefined);
}
