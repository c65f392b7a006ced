import { homedir } from 'node:os';
import { isAbsolute, join, relative } from 'node:path';
import type { Arguments } from './arguments.ts';
import { CliError } from './error.ts';
import type { Io } from './io.ts';

/** The logs that a command is about: the FILEs given, else --log, else AGENT_AUDIT_LOG, else the default. */
export function logPaths(files: readonly string[], args: Arguments, { env }: Pick<Io, 'env'>): readonly string[] {
  if (files.length > 0) return files;
  const given = args.texts('log');
  if (given.length > 0) return given;
  const configured = env['AGENT_AUDIT_LOG'] ?? '';
  return [configured === '' ? defaultLogPath() : fromHome(configured)];
}

/**
 * The one log that a command is about.
 * @throws CliError USAGE_CONFLICT
 */
export function logPath(file: string | undefined, args: Arguments, io: Pick<Io, 'env'>): string {
  const [path, ...others] = logPaths(file === undefined ? [] : [file], args, io);
  if (path === undefined || others.length > 0)
    throw new CliError('USAGE_CONFLICT', 'this command is about one log; --log is given more than once');
  return path;
}

function defaultLogPath(): string {
  return join(home(), '.openctem', 'audit.log');
}

/** As the logger reads the variable: no shell has been there to do it. */
function fromHome(path: string): string {
  return path.startsWith('~/') ? join(home(), path.slice(2)) : path;
}

function home(): string {
  try {
    return homedir();
  } catch (cause) {
    throw new CliError('NO_HOME', 'this user has no home directory, so there is no default log: give --log PATH, or set AGENT_AUDIT_LOG', {
      cause,
    });
  }
}

/** A path as a person writes it: `~/.openctem/audit.log`. */
export function shortPath(path: string): string {
  try {
    const below = relative(homedir(), path);
    if (isAbsolute(path) && below !== '' && !below.startsWith('..') && !isAbsolute(below)) return join('~', below);
  } catch {
    // Without a home there is nothing to shorten.
  }
  return path;
}
