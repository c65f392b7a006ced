// Where a log lies when nobody says, and what is said when it cannot lie there.
import { homedir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { AuditError, messageOf } from './error.ts';

const inHome = ['.openctem', 'audit.log'] as const;
const defaultText = ['~', ...inHome].join('/');

/** Absolute path of the active segment; `~/` is the home directory, and nothing given is `~/.openctem/audit.log`. */
export function resolveLogFile(given: string | undefined): string {
  if (given === undefined) return join(home(), ...inHome);
  return given.startsWith('~/') ? join(home(), given.slice(2)) : resolve(given);
}

/** The default as it can be shown: with `~` where there is no home directory. */
export function defaultLogFile(): string {
  try {
    return resolveLogFile(undefined);
  } catch {
    return defaultText;
  }
}

function home(): string {
  let path: string;
  try {
    path = homedir();
  } catch (cause) {
    // A uid without an entry in passwd, as containers have.
    throw notWritable(defaultText, `there is no home directory: ${messageOf(cause)}`, cause);
  }
  // HOME='' is passed on as it is, and would mean the working directory.
  if (!isAbsolute(path)) throw notWritable(defaultText, `the home directory is ${JSON.stringify(path)}, no absolute path`, undefined);
  return path;
}

/** The log's folder or file cannot be used: names the path, the uid, and the way out. */
export function notWritable(path: string, why: string, cause: unknown): AuditError {
  const uid = process.getuid?.() ?? 'this user';
  const wayOut = 'Choose a path that can, by the option logFile or the variable AGENT_AUDIT_LOG';
  return new AuditError('LOG_NOT_WRITABLE', 'stop', `${path} cannot be written by uid ${uid}: ${why}. ${wayOut}`, { cause });
}
