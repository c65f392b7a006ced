// What `npm start` gives: an agent with jobs worth watching, the trail while they run, what can be proven afterwards, a collector with all
// agents in it, and those that stay. Besides the agent all of it is the command line tool, from outside of it.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { AuditError, type Logger } from 'agent-audit';
import { runAgent } from './agent.ts';
import type { Arguments } from './arguments.ts';
import type { JobOutcome } from './jobs.ts';
import { plant } from './planted.ts';
import { startReceiver } from './receiver.ts';
import { pathFromHere, section, showOutcomes, showRun } from './show.ts';
import type { Stopping } from './signals.ts';
import { type Site, stay } from './stay.ts';
import { commandLine, runTool, show } from './tool.ts';
import { type NoCollector, startCollector, type TourCollector } from './tour-collector.ts';
import { showAllAgents, showHowToStay, showNextSteps, verifyAndProve } from './tour-steps.ts';
import { retries } from './transfer.ts';

const repository = fileURLToPath(new URL('../../..', import.meta.url));
const tooShortMs = 250;
/** A follower shows a line within this time of its being written. */
const followMs = 500;
/** One line an event, on a terminal of 80 columns too. */
const fields = ['--fields', 'seq,type,job_id,error'];

/** Gives the tour in the folder that is meant for it, or beside it where another run has that one. @returns the exit status */
export async function giveTour(given: Arguments, stopping: Stopping): Promise<number> {
  // It is the same on every machine, whatever its agents and collectors are told.
  for (const name of Object.keys(process.env)) if (/^(?:AGENT_AUDIT_|CLICKHOUSE_URL$)/.test(name)) delete process.env[name];
  for (let run = 1; ; run += 1) {
    const data = run === 1 ? given.data : `${given.data}-${run}`;
    try {
      return await tourIn({ ...given, data }, stopping);
    } catch (error) {
      if (!(error instanceof FolderInUse) && !(error instanceof AuditError && error.code === 'LOG_IN_USE')) throw error;
      console.log(`${pathFromHere(data)} is in use by another run: this one has a folder of its own.`);
    }
  }
}

/** Another run has the folder. */
class FolderInUse extends Error {
  override readonly name: string = 'FolderInUse';
}

async function tourIn(given: Arguments, stopping: Stopping): Promise<number> {
  const { data, tour } = given;
  const collector = await startCollector(data, tour.port);
  if ('why' in collector && collector.code === 'DATA_IN_USE') throw new FolderInUse(collector.why);
  if ('why' in collector && collector.code === 'ADDRESS_IN_USE') return refuse(collector);
  const temporary = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  process.once('exit', remove);
  const [planted, slow] = [join(temporary, 'planted'), join(temporary, 'slow.json')];
  plant(planted);
  writeFileSync(slow, JSON.stringify({ directory: join(repository, 'node_modules'), timeoutMs: tooShortMs }));
  try {
    return await walk(given, stopping, collector, { temporary, planted, slow });
  } finally {
    if (!('why' in collector)) await collector.end();
    remove();
    process.off('exit', remove);
  }
}

/** Where nothing can go on. @returns the exit status */
function refuse({ code, why }: NoCollector): number {
  console.error(`error: ${why}   ${code}`);
  return 1;
}

type Places = Pick<Site, 'temporary' | 'planted' | 'slow'>;

async function walk(given: Arguments, stopping: Stopping, collector: TourCollector | NoCollector, places: Places): Promise<number> {
  const { signal, status } = stopping;
  const { tour, data } = given;
  const goOn = async (one: TourCollector): Promise<boolean> => stay({ ...places, data, collector: one, repository }, signal);
  if (!tour.show) return 'why' in collector ? refuse(collector) : (await goOn(collector)) ? 0 : 1;
  const since = new Date();
  const others = 'why' in collector ? undefined : sendFromElsewhere(collector, places.planted, signal);
  const scanning = scanForTour(given, signal, collector, places);
  await Promise.allSettled([scanning, others]);
  const { log, outcomes } = await scanning;
  if (signal.aborted) return status() ?? 1;
  const interesting = outcomes.find(({ job }) => job.directory === places.planted);
  if (interesting === undefined) throw new Error(`the agent told nothing of ${places.planted}`);
  const { jobId } = interesting.job;
  const isProven = await verifyAndProve(log, jobId);
  await others;
  const isTogether = await showAllAgents(collector, since);
  if (signal.aborted) return status() ?? 1;
  showNextSteps(log.logFile, jobId);
  const well = isProven && isTogether ? 0 : 1;
  if ('why' in collector) return well;
  if (tour.stay) return (await goOn(collector)) ? well : 1;
  showHowToStay();
  return well;
}

/** What else the collector hears. */
async function sendFromElsewhere(collector: TourCollector, planted: string, signal: AbortSignal): Promise<void> {
  await Promise.all([collector.scanElsewhere(planted, signal), collector.sendPlainEvents()]);
}

interface Run {
  readonly log: Pick<Logger, 'logFile' | 'origin'>;
  readonly outcomes: readonly JobOutcome[];
}

/** Planted leaks, this repository, its linter, and two jobs that cannot end well. The first upload meets a bad network. */
async function scanForTour(
  { data, name, limits }: Arguments,
  signal: AbortSignal,
  collector: TourCollector | NoCollector,
  { temporary, planted, slow }: Places,
): Promise<Run> {
  const token = randomUUID();
  const { url, server } = await startReceiver({ folder: join(data, 'received'), token, faults: ['cut', 'limit'] });
  const reports = join(data, 'reports');
  mkdirSync(reports, { recursive: true, mode: 0o700 });
  const paths = [planted, repository, join(temporary, 'deleted'), slow, join(repository, 'node_modules', '@secretlint')];
  const shipTo = 'why' in collector ? undefined : { url: collector.url, tokenFile: collector.agentTokenFile };
  const outcomes: JobOutcome[] = [];
  let log: Run['log'] = { logFile: '', origin: '' };
  let endTrail = async (): Promise<void> => {};
  try {
    await runAgent({
      name,
      collector: shipTo,
      logFile: join(data, 'audit.log'),
      reports,
      destination: { ...retries, url, token },
      limits,
      paths,
      restMs: undefined,
      signal,
      onOpen(audit) {
        const { logFile, origin } = audit;
        log = { logFile, origin };
        showRun({ paths, logFile, shipTo: shipTo?.url, reports, uploadTo: url, lines: audit.health().size });
        endTrail = startTrail(logFile, new Date());
      },
      onOutcome: (outcome) => void outcomes.push(outcome),
    });
    await endTrail();
    showOutcomes(outcomes);
    return { log, outcomes };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

/** Shows how jobs begin and end, to a person as it comes, into a pipe in one piece at the end. What it returns ends it. */
function startTrail(logFile: string, since: Date): () => Promise<void> {
  const options = ['-s', 'type:job_*', ...fields, '--since', since.toISOString(), '--log', pathFromHere(logFile)];
  if (!process.stdout.isTTY) return async () => void (await show('How jobs began and ended', ['tail', ...options]));
  section('How jobs begin and end, live', commandLine(['tail', '-f', ...options]));
  const child = runTool(['tail', '-f', ...options]);
  const closed = once(child, 'close');
  return async () => {
    await delay(followMs);
    child.kill('SIGTERM');
    await closed;
  };
}
