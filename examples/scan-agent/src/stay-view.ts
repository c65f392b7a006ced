// What a person is shown of agents that go on: where to look, how it is, and how it ended.
import { readFileSync } from 'node:fs';
import type { Counts } from './counting.ts';
import type { Ending } from './fleet.ts';
import { paint, pathFromHere, section, showCommands } from './show.ts';
import { commandLine } from './tool.ts';
import type { TourCollector } from './tour-collector.ts';

/** Where the console opens: on what comes in. A day, its own choice, would show the first minutes as one bar. */
const whatHappensNow = '#/?since=15m&live=1';

/** The console's address, a token for it, and commands that ask about all agents. The token is in no address: those are written down. */
export function showStay({ url, consoleUrl, readTokenFile }: TourCollector, agents: readonly string[]): void {
  section('The console, and agents that go on until Ctrl-C');
  console.log(`  console  ${consoleUrl === undefined ? 'not built: npm run build' : paint('bold', consoleUrl + whatHappensNow)}`);
  console.log(`  token    ${readFileSync(readTokenFile, 'utf8').trim()}`);
  console.log(`  agents   ${agents.join(' · ')}`);
  const at = ['--collector', url, '--token-file', pathFromHere(readTokenFile)];
  section('While they run, in another terminal');
  showCommands([
    ['how each agent is', commandLine(['agents', ...at])],
    ['what went wrong with any of them', commandLine(['query', 'severity:>=ERROR', '--since', '15m', ...at])],
    ['what comes in, live', commandLine(['tail', '-f', '-s', 'type:job_*', ...at])],
  ]);
  console.log('');
}

/** How it is now. */
export interface Status {
  readonly running: number;
  readonly counts: Counts;
  readonly forMs: number;
}

/** `● 3 agents · 0:42 · 27 jobs done, 2 failed · 61 leaks found`, in so many columns at most. */
export function statusOf({ running, counts: { done, failed, findings }, forMs }: Status, columns: number): string {
  const jobs = `${counted(done, 'job')} done, ${failed} failed`;
  const text = `${counted(running, 'agent')} · ${clockOf(forMs)} · ${jobs} · ${findings} leaks found`;
  const shown = text.length > columns - 4 ? `${text.slice(0, Math.max(0, columns - 5))}…` : text;
  return `  ${paint(running > 0 ? 'green' : 'red', '●')} ${paint('dim', shown)}`;
}

/** Something that a person should know of, with its code where it has one. */
export function noteOf(text: string, code?: string): string {
  return `  ${paint('yellow', '!')} ${text}${code === undefined ? '' : `   ${paint('dim', code)}`}`;
}

/** What is being waited for, from now on. */
export function showStopping(isCollectorGone: boolean): void {
  if (isCollectorGone) console.log(noteOf('the collector has ended by itself: its agents end too, and keep what it has not got'));
  section('Stopping');
  const then = isCollectorGone ? '' : ' and ship what they have, then the collector closes its store';
  console.log(paint('dim', `  agents end their scans${then}`));
}

/** How each process ended. @returns whether all of them did so in order */
export function showEndings(endings: readonly Ending[], data: string): boolean {
  const width = Math.max(...endings.map(({ name }) => name.length));
  for (const { name, inOrder, how } of endings) {
    console.log(`  ${inOrder ? paint('green', '✔') : paint('red', '✘')} ${name.padEnd(width)}  ${inOrder ? 'in order' : how}`);
  }
  console.log(`  Nothing runs on. Their logs, and the collector's, are in ${pathFromHere(data)}; the next start goes on with them.`);
  return endings.every(({ inOrder }) => inOrder);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** `0:42`, `1:02:03` */
function clockOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000);
  const two = (value: number): string => String(value % 60).padStart(2, '0');
  const [minutes, hours] = [Math.floor(seconds / 60), Math.floor(seconds / 3_600)];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
}
