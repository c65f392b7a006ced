// The command line tool, as a person would use it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { here, section } from './show.ts';

/** Its program. */
export const cli: string = fileURLToPath(new URL('../bin/agent-audit.js', import.meta.resolve('@agent-audit/cli')));

/** Runs it where the person can see it. @returns whether it succeeded */
export async function show(title: string, options: readonly string[]): Promise<boolean> {
  section(title, commandLine(options));
  const child = runTool(options);
  await once(child, 'close');
  return child.exitCode === 0;
}

/** Starts it on the person's terminal. */
export function runTool(options: readonly string[]): ChildProcess {
  // As on a terminal: what is said of an answer stands below it, not in another place.
  return spawn(process.execPath, [cli, ...options], { cwd: here, stdio: ['ignore', 'inherit', process.stdout.fd] });
}

/** A command as a person would type it. */
export function commandLine(options: readonly string[]): string {
  return ['npx agent-audit', ...options.map(quote)].join(' ');
}

/** A word as a shell takes it. */
export function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
