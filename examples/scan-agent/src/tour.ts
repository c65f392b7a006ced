// What `npm start` shows around the agent: jobs worth watching, the trail while they run, and what can be proven afterwards.
// All of it is the command line tool, on the log's files, from outside of the agent.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventType, type Logger } from 'agent-audit';
import { lines } from 'agent-audit/files';
import { type Job, jobFor } from './jobs.ts';
import { plant } from './planted.ts';
import { startReceiver } from './receiver.ts';
import { here, pathFromHere, section, showCommands } from './show.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const cli = fileURLToPath(new URL('../bin/agent-audit.js', import.meta.resolve('@agent-audit/cli')));
const timeoutMs = 60_000;
const tooShortMs = 250;
/** A follower shows a line within this time of its being written. */
const followMs = 500;

/** Jobs worth watching, and a receiver for their reports. */
export interface Tour {
  readonly jobs: readonly Job[];
  readonly url: string;
  readonly token: string;
  end(): void;
}

/** This repository, some of what it depends on, planted leaks, and two jobs that cannot end well. The first uploads meet a bad network. */
export async function startTour(data: string): Promise<Tour> {
  const temporary = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const planted = join(temporary, 'planted');
  plant(planted);
  const packages = join(repository, 'node_modules');
  const token = randomUUID();
  const { url, server } = await startReceiver({ folder: join(data, 'received'), token, faults: ['cut', 'limit'] });
  const jobs = [
    jobFor(planted, timeoutMs),
    jobFor(repository, timeoutMs),
    jobFor(join(temporary, 'deleted'), timeoutMs),
    jobFor(packages, tooShortMs),
    ...['@secretlint', 'typescript', 'fast-check', 'pino'].map((name) => jobFor(join(packages, name), timeoutMs)),
  ];
  const end = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { jobs, url, token, end };
}

/** The trail of this run; `end` when nothing more comes. */
export interface Trail {
  end(): Promise<void>;
}

/** Shows what is logged from `since` on: to a person as it comes, into a pipe in one piece when the run is over. */
export function showTrail(logFile: string, since: Date): Trail {
  const options = ['--log', pathFromHere(logFile), '--since', since.toISOString()];
  if (!process.stdout.isTTY) return { end: () => show('The trail of this run', ['tail', ...options]) };
  section('The trail, live', commandLine(['tail', '-f', ...options]));
  const child = runTool(['tail', '-f', ...options]);
  const closed = once(child, 'close');
  return {
    async end() {
      await delay(followMs);
      child.kill('SIGTERM');
      await closed;
    },
  };
}

/** Checks the whole log, and proves one event of it to somebody who has neither the log nor this repository. */
export async function verifyAndProve({ logFile, origin }: Logger, [interesting]: readonly Job[]): Promise<void> {
  const log = pathFromHere(logFile);
  await show('Is the log whole, and of this agent?', ['verify', '--origin', origin, '--log', log]);
  const proven = interesting?.jobId;
  const seq = proven === undefined ? undefined : await endOf(logFile, proven);
  if (proven === undefined || seq === undefined) return;
  await show(`One job, from its start to its end: ${proven}`, ['query', `job_id:${proven}`, '--log', log]);
  const folder = join(dirname(log), 'proof');
  await show(`One event, proven: how ${proven} ended`, ['prove', String(seq), '--log', log, '--out', folder]);
  await show('The proof alone, checked without the log', ['verify', '--proof', folder, '--origin', origin]);
}

/** The number of the event that says how a job ended well. */
async function endOf(logFile: string, jobId: string): Promise<number | undefined> {
  for await (const { seq, line } of lines(logFile)) {
    const text = Buffer.from(line).toString();
    if (text.includes(`"job_id":"${jobId}"`) && text.includes(`"type":"${EventType.JobCompleted}"`)) return seq;
  }
  return undefined;
}

/** What to try next, with the ids of this run. */
export function showNextSteps(logFile: string, jobs: readonly Job[]): void {
  const log = pathFromHere(logFile);
  const jobId = jobs[0]?.jobId ?? '';
  const copy = join(tmpdir(), `tampered-${jobId}`);
  const tamper = `sed 's/"findings_count":4/"findings_count":0/' ${quote(log)} > ${quote(join(copy, 'audit.log'))}`;
  section('What to try next');
  showCommands([
    ['what the network did, in all runs', commandLine(['query', 'type:(upload_retry OR rate_limited)', '--log', log])],
    ['what went wrong, in all runs', commandLine(['query', 'severity:>=ERROR', '--log', log])],
    ['where something leaked', commandLine(['query', 'type:scan_completed details.findings_count:>0', '--log', log])],
    ['deny the leaks, in a copy of the log', `cp -r ${quote(dirname(log))} ${quote(copy)} && ${tamper}`],
    ['and be found out', commandLine(['verify', '--log', join(copy, 'audit.log')])],
    ['scan a folder of your own', `node ${quote(pathFromHere(fileURLToPath(new URL('main.js', import.meta.url))))} FOLDER`],
  ]);
}

/** Runs the tool where the person can see it. */
async function show(title: string, options: readonly string[]): Promise<void> {
  section(title, commandLine(options));
  const child = runTool(options);
  await once(child, 'close');
  if (child.exitCode !== 0) process.exitCode = 1;
}

function runTool(options: readonly string[]): ChildProcess {
  return spawn(process.execPath, [cli, ...options], { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] });
}

/** A command as a person would type it. */
function commandLine(options: readonly string[]): string {
  return ['npx agent-audit', ...options.map(quote)].join(' ');
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
