import { relative, resolve } from 'node:path';
import { styleText } from 'node:util';
import type { JobOutcome } from './jobs.ts';

const hasColour = process.stdout.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb';

/** The text in a colour, on a terminal that has some. A colour says nothing of its own. */
export function paint(style: Parameters<typeof styleText>[0], text: string): string {
  return hasColour ? styleText(style, text) : text;
}

/** Where the person is: npm runs scripts in the package's folder, and says where it was called. */
export const here: string = process.env['INIT_CWD'] ?? process.cwd();

/** A path as a person would type it. */
export function pathFromHere(path: string): string {
  const fromHere = relative(here, path);
  return fromHere.startsWith('..') || fromHere === '' ? resolve(path) : fromHere;
}

/** A heading, and under it the command that shows the same again. */
export function section(title: string, command?: string): void {
  console.log(`\n${paint('bold', title)}`);
  if (command !== undefined) console.log(paint('dim', `$ ${command}`));
}

export interface Run {
  readonly paths: readonly string[];
  readonly logFile: string;
  /** The collector; undefined: none, or what the environment says. */
  readonly shipTo: string | undefined;
  readonly reports: string;
  /** Where the reports go; undefined: they stay. */
  readonly uploadTo: string | undefined;
  /** Lines of the log so far. */
  readonly lines: number;
}

/** What is about to happen, and where it is kept. */
export function showRun({ paths, logFile, shipTo, reports, uploadTo, lines }: Run): void {
  section('Scan agent');
  console.log(`  scans    ${paths.length} ${paths.length === 1 ? 'directory' : 'directories'}, each in a process of its own`);
  const to = shipTo === undefined ? '' : ` → ${shipTo}`;
  console.log(`  log      ${pathFromHere(logFile)} · ${lines > 1 ? `${lines} lines so far` : 'new'}${to}`);
  console.log(`  reports  ${pathFromHere(reports)}${uploadTo === undefined ? '' : ` → ${uploadTo}`}`);
}

/** One line a job: how it ended, and what it found or why it did not. */
export function showOutcomes(outcomes: readonly JobOutcome[]): void {
  section('What came of it');
  const width = Math.max(0, ...outcomes.map(({ job }) => job.jobId.length));
  for (const outcome of outcomes) showOutcome(outcome, width);
}

/** @param width of the job's id */
export function showOutcome(outcome: JobOutcome, width: number = 0): void {
  const { job, durationMs } = outcome;
  const before = `${job.jobId.padEnd(width)}  ${(durationMs / 1000).toFixed(1).padStart(5)} s`;
  if (outcome.status === 'completed') {
    const { findings, files } = outcome.summary;
    console.log(`  ${paint('green', '✔')} ${before}  ${findings} found in ${files} files`);
  } else {
    console.log(`  ${paint('red', '✘')} ${before}  ${outcome.why}`);
  }
}

/** Commands to copy, each under what it does. */
export function showCommands(commands: readonly (readonly [what: string, command: string])[]): void {
  for (const [what, command] of commands) console.log(`  ${paint('dim', `# ${what}`)}\n  ${command}`);
}
