// What the tour shows of a log once it is written, and of the collector that has it.
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { EventType, type Logger } from 'agent-audit';
import { lines } from 'agent-audit/files';
import { pathFromHere, section, showCommands } from './show.ts';
import { commandLine, quote, show } from './tool.ts';
import type { NoCollector, TourCollector } from './tour-collector.ts';

/** Checks the whole log, and proves one event of it to somebody who has neither the log nor this repository. @returns whether it is so */
export async function verifyAndProve({ logFile, origin }: Pick<Logger, 'logFile' | 'origin'>, jobId: string): Promise<boolean> {
  const log = pathFromHere(logFile);
  const isDrawn = await show('One job, from its start to its end', ['jobs', jobId, '--log', log]);
  const isSound = await show('Is the log whole, and of this agent?', ['verify', '--origin', origin, '--log', log]);
  const seq = await endOfJob(logFile, jobId);
  if (seq === undefined) return isDrawn && isSound;
  const folder = join(dirname(log), 'proof');
  const isProven = await show('How that job ended, proven', ['prove', String(seq), '--log', log, '--out', folder]);
  const isChecked = await show('The proof alone, checked without the log', ['verify', '--proof', folder, '--origin', origin]);
  return isDrawn && isSound && isProven && isChecked;
}

/** The number of the event that says how a job ended well. */
async function endOfJob(logFile: string, jobId: string): Promise<number | undefined> {
  for await (const { seq, line } of lines(logFile)) {
    const text = Buffer.from(line).toString();
    if (text.includes(`"job_id":"${jobId}"`) && text.includes(`"type":"${EventType.JobCompleted}"`)) return seq;
  }
  return undefined;
}

/** What nobody can see from one machine: all agents together, how they are, and what went wrong with any of them. */
export async function showAllAgents(collector: TourCollector | NoCollector, since: Date): Promise<boolean> {
  if ('why' in collector) {
    section('All agents in one place');
    console.log(`  not shown: ${collector.why}`);
    return true;
  }
  const at = ['--collector', collector.url, '--token-file', pathFromHere(collector.readTokenFile)];
  const areListed = await show('All agents in one place', ['agents', ...at]);
  console.log('  relay is the log of those who write none: here of go-agent, which sent plain events.');
  const search = 'severity:>=ERROR OR type:job_completed';
  const options = ['query', search, '--since', since.toISOString(), '--fields', 'agent_id,type,job_id,error', ...at];
  return (await show('What came of the jobs of all of them', options)) && areListed;
}

/** What to try next, with the ids of this run. */
export function showNextSteps(logFile: string, jobId: string): void {
  const log = pathFromHere(logFile);
  const copy = join(tmpdir(), `tampered-${jobId}`);
  const files = `${quote(dirname(log))}/audit*`;
  const tamper = `sed 's/"findings_count":4/"findings_count":0/' ${quote(log)} > ${quote(join(copy, 'audit.log'))}`;
  section('What to try next');
  showCommands([
    ['that job, event by event', commandLine(['query', `job_id:${jobId}`, '--log', log])],
    ['what the network did, in all runs', commandLine(['query', 'type:(upload_retry OR rate_limited)', '--log', log])],
    ['what went wrong, in all runs', commandLine(['query', 'severity:>=ERROR', '--log', log])],
    ['where something leaked', commandLine(['query', 'type:scan_completed details.findings_count:>0', '--log', log])],
    ['deny the leaks, in a copy of the log', `mkdir ${quote(copy)} && cp ${files} ${quote(copy)} && ${tamper}`],
    ['and be found out', commandLine(['verify', '--log', join(copy, 'audit.log')])],
    ['scan a folder of your own', `node ${quote(pathFromHere(fileURLToPath(new URL('main.js', import.meta.url))))} FOLDER`],
  ]);
}

/** Where the collector has ended with the tour. */
export function showHowToStay(): void {
  section('The collector ended with this tour');
  showCommands([['agents that go on, their collector, and its console for a browser', 'npm start -- --stay']]);
}
