// What `npm start` shows around the agent: jobs worth watching, the trail while they run, and what can be proven afterwards.
// All of it is the command line tool, on the log's files, from outside of the agent.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { EventType, type Logger } from 'agent-audit';
import { lines } from 'agent-audit/files';
import type { JobOutcome } from './jobs.ts';
import { plant } from './planted.ts';
import { startReceiver } from './receiver.ts';
import { here, pathFromHere, section, showCommands } from './show.ts';
import { type NoCollector, startCollector, type TourCollector } from './tour-collector.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const cli = fileURLToPath(new URL('../bin/agent-audit.js', import.meta.resolve('@agent-audit/cli')));
const tooShortMs = 250;
/** A follower shows a line within this time of its being written. */
const followMs = 500;
/** One line an event, on a terminal of 80 columns too. */
const fields = ['--fields', 'seq,type,job_id,error'];

/** What the agent is to do, and what is shown around it. */
export interface Tour {
  readonly paths: readonly string[];
  readonly url: string;
  readonly token: string;
  /** Where the log is shipped to; undefined where no collector can run. */
  readonly collector: { readonly url: string; readonly tokenFile: string } | undefined;
  /** Shows how jobs begin and end, from now on: to a person as it comes, into a pipe in one piece when the run is over. */
  showTrail(audit: Logger): void;
  /** When nothing more comes. */
  endTrail(): Promise<void>;
  /** The log as somebody sees it who comes later. */
  showLog(outcomes: readonly JobOutcome[]): Promise<void>;
  end(): Promise<void>;
}

/** Planted leaks, this repository, its linter, and two jobs that cannot end well. The first upload meets a bad network. */
export async function startTour(data: string): Promise<Tour> {
  const temporary = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  process.once('exit', () => rmSync(temporary, { recursive: true, force: true }));
  const [planted, slow] = [join(temporary, 'planted'), join(temporary, 'slow.json')];
  plant(planted);
  const packages = join(repository, 'node_modules');
  writeFileSync(slow, JSON.stringify({ directory: packages, timeoutMs: tooShortMs }));
  const token = randomUUID();
  const collector = await startCollector(cli, data);
  const { url, server } = await startReceiver({ folder: join(data, 'received'), token, faults: ['cut', 'limit'] });
  const others = 'why' in collector ? undefined : Promise.all([collector.scanElsewhere(planted), collector.sendPlainEvents()]);
  let log: Pick<Logger, 'logFile' | 'origin'> = { logFile: '', origin: '' };
  let endTrail = async (): Promise<void> => {};
  return {
    paths: [planted, repository, join(temporary, 'deleted'), slow, join(packages, '@secretlint')],
    url,
    token,
    collector: 'why' in collector ? undefined : { url: collector.url, tokenFile: collector.agentTokenFile },
    showTrail(audit) {
      log = audit;
      endTrail = startTrail(audit.logFile, new Date());
    },
    endTrail: async () => endTrail(),
    async showLog(outcomes) {
      const interesting = outcomes.find(({ job }) => job.directory === planted);
      if (interesting === undefined) return;
      await verifyAndProve(log, interesting.job.jobId);
      await others;
      await showCollector(collector);
      showNextSteps(log.logFile, interesting.job.jobId);
    },
    async end() {
      server.close();
      server.closeAllConnections();
      await others?.catch(() => {});
      if (!('why' in collector)) await collector.end();
    },
  };
}

/** Shows the trail; what it returns ends it. */
function startTrail(logFile: string, since: Date): () => Promise<void> {
  const options = ['-s', 'type:job_*', ...fields, '--since', since.toISOString(), '--log', pathFromHere(logFile)];
  if (!process.stdout.isTTY) return async () => show('How jobs began and ended', ['tail', ...options]);
  section('How jobs begin and end, live', commandLine(['tail', '-f', ...options]));
  const child = runTool(['tail', '-f', ...options]);
  const closed = once(child, 'close');
  return async () => {
    await delay(followMs);
    child.kill('SIGTERM');
    await closed;
  };
}

/** Checks the whole log, and proves one event of it to somebody who has neither the log nor this repository. */
async function verifyAndProve({ logFile, origin }: Pick<Logger, 'logFile' | 'origin'>, jobId: string): Promise<void> {
  const log = pathFromHere(logFile);
  await show('One job, from its start to its end', ['jobs', jobId, '--log', log]);
  await show('Is the log whole, and of this agent?', ['verify', '--origin', origin, '--log', log]);
  const seq = await endOf(logFile, jobId);
  if (seq === undefined) return;
  const folder = join(dirname(log), 'proof');
  await show('How that job ended, proven', ['prove', String(seq), '--log', log, '--out', folder]);
  await show('The proof alone, checked without the log', ['verify', '--proof', folder, '--origin', origin]);
}

/** What nobody can see from one machine: all agents together, how they are, and what went wrong with any of them. */
async function showCollector(collector: TourCollector | NoCollector): Promise<void> {
  if ('why' in collector) {
    section('All agents in one place');
    console.log(`  not shown: ${collector.why}`);
    return;
  }
  const at = ['--collector', collector.url, '--token-file', pathFromHere(collector.adminTokenFile)];
  await show('All agents in one place', ['agents', ...at]);
  const search = 'severity:>=ERROR OR type:job_completed';
  await show('What came of the jobs of all of them', ['query', search, '--last', '12', '--fields', 'agent_id,type,job_id,error', ...at]);
  console.log('  The collector ran for this tour only. One that stays, with a console for browsers: npx agent-audit collect');
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
function showNextSteps(logFile: string, jobId: string): void {
  const log = pathFromHere(logFile);
  const copy = join(tmpdir(), `tampered-${jobId}`);
  const tamper = `sed 's/"findings_count":4/"findings_count":0/' ${quote(log)} > ${quote(join(copy, 'audit.log'))}`;
  section('What to try next');
  showCommands([
    ['that job, event by event', commandLine(['query', `job_id:${jobId}`, '--log', log])],
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
  // As on a terminal: what is said of an answer stands below it, not in another place.
  return spawn(process.execPath, [cli, ...options], { cwd: here, stdio: ['ignore', 'inherit', process.stdout.fd] });
}

/** A command as a person would type it. */
function commandLine(options: readonly string[]): string {
  return ['npx agent-audit', ...options.map(quote)].join(' ');
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
