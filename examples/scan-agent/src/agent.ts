import { randomBytes, randomUUID } from 'node:crypto';
import { basename, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, EventType, type Logger } from 'agent-audit';
import { JobFileError, readJobFile } from './job-file.ts';
import { type Job, type JobOutcome, type JobRun, runJobs } from './jobs.ts';
import { keepNewest } from './keep-newest.ts';
import type { ScanLimits } from './scanner.ts';
import type { Destination } from './transfer.ts';

const concurrency = 2;
const timeoutMsByDefault = 60_000;
/** Of an agent that goes on for ever. What is in a report has been told by then. */
const reportsKept = 50;
/** How long the end may take where a collector is slow to take the last lines. They stay in the log, and go out with the next start. */
export const lastLinesMs = 10_000;

/** What the agent is to do. */
export interface AgentOptions {
  /** What it is called in the log. */
  readonly name: string;
  readonly logFile: string;
  /** The collector that the log is shipped to; undefined: the one that AGENT_AUDIT_REMOTE names, or none. */
  readonly collector: { readonly url: string; readonly tokenFile: string } | undefined;
  /** Folder of the reports, `<report id>.sarif`. */
  readonly reports: string;
  /** Where the reports go then; undefined: nowhere. */
  readonly destination: Destination | undefined;
  readonly limits: ScanLimits;
  /** Directories, and job files. */
  readonly paths: readonly string[];
  /** It goes round the paths until it is stopped, and rests so long between two; undefined: each is scanned once. */
  readonly restMs: number | undefined;
  /** Aborted: running scans and uploads are ended, and so is what has not begun. */
  readonly signal: AbortSignal;
  /** Is told once the log is open. */
  readonly onOpen: (audit: Logger) => void;
  /** Is told how each job ended. */
  readonly onOutcome: (outcome: JobOutcome) => void;
}

/** The agent from its start to its end. A job that fails is told by its outcome, and in the log. */
export async function runAgent({ name, paths, restMs, logFile, collector, onOpen, onOutcome, ...rest }: AgentOptions): Promise<void> {
  // Where another process writes this log already, this throws LOG_IN_USE and names it: a log has one writer.
  const remote = collector === undefined ? {} : { remoteEndpoint: collector.url, remoteToken: { file: collector.tokenFile } };
  const audit = createLogger({ agentId: name, logFile, ...remote });
  onOpen(audit);
  audit.info(EventType.AgentStart, 'Scan agent started', { concurrency, node: process.version });
  let completed = 0;
  const take = (outcomes: readonly JobOutcome[]): void => {
    for (const outcome of outcomes) onOutcome(outcome);
    completed += outcomes.filter(({ status }) => status === 'completed').length;
  };
  const run = { ...rest, audit, concurrency };
  const scan = async (some: readonly string[]): Promise<void> => take(await runJobs(some.flatMap((path) => jobsOf(path, audit)), run));
  if (restMs === undefined) await scan(paths);
  else await goRound(paths, restMs, run, scan);
  audit.info(EventType.AgentStop, 'Scan agent stopped', { completed });
  await audit.stop({ signal: AbortSignal.timeout(lastLinesMs) });
}

/** One path after the other, until the agent is stopped. */
async function goRound(
  paths: readonly string[],
  restMs: number,
  { signal, reports }: JobRun,
  scan: (paths: readonly string[]) => Promise<void>,
): Promise<void> {
  for (const path of endlessly(paths)) {
    if (signal.aborted) return;
    await scan([path]);
    keepNewest(reports, reportsKept);
    // It rejects only where the agent is stopped.
    await delay(restMs, undefined, { signal }).catch(() => {});
  }
}

function* endlessly<T>(values: readonly T[]): Generator<T> {
  while (values.length > 0) yield* values;
}

/** A directory is a job, and so is what a job file asks for. A file that is wrong is recorded, and the others go on. */
function jobsOf(path: string, audit: Logger): Job[] {
  if (!path.endsWith('.json')) return [jobFor(path)];
  try {
    const { directory, timeoutMs } = readJobFile(path);
    return [jobFor(directory, timeoutMs)];
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    audit.error(EventType.ValidationError, 'Job file refused', error, { file: path, code: error.code });
    return [];
  }
}

/** A job under a fresh id that a person can recognise: the directory's name, and six digits. */
export function jobFor(directory: string, timeoutMs: number = timeoutMsByDefault): Job {
  const name = basename(resolve(directory)).replace(/[^A-Za-z0-9._-]/g, '') || 'root';
  return { jobId: `${name}-${randomBytes(3).toString('hex')}`, reportId: randomUUID(), directory: resolve(directory), timeoutMs };
}
