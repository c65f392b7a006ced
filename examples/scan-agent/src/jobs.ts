import { randomBytes, randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { type EventLogger, EventType, Severity } from 'agent-audit';
import { scan, ScanError, type ScanSummary } from './scanner.ts';

/** One directory to scan. */
export interface Job {
  readonly jobId: string;
  readonly reportId: string;
  readonly directory: string;
  readonly timeoutMs: number;
}

/** How a job ended, and the number of the event in the log that says so. */
export type JobOutcome = { readonly job: Job; readonly durationMs: number; readonly seq: number | undefined } & (
  | { readonly status: 'completed'; readonly summary: ScanSummary; readonly reportFile: string }
  | { readonly status: 'failed' | 'timeout'; readonly why: string }
);

/** What all jobs of a run share. */
export interface JobRun {
  readonly audit: EventLogger;
  /** Folder of the reports, `<report id>.sarif`. */
  readonly reports: string;
  /** Jobs that run at a time. */
  readonly concurrency: number;
  /** Aborted: running scans are ended, and what has not begun never begins. */
  readonly signal: AbortSignal;
}

/** A job under a fresh id that a person can recognise: the directory's name, and six digits. */
export function jobFor(directory: string, timeoutMs: number): Job {
  const name = basename(resolve(directory)).replace(/[^A-Za-z0-9._-]/g, '') || 'root';
  return { jobId: `${name}-${randomBytes(3).toString('hex')}`, reportId: randomUUID(), directory: resolve(directory), timeoutMs };
}

/** Takes all jobs in at once and runs them in order, some at a time. One that fails does not touch the others. */
export async function runJobs(jobs: readonly Job[], run: JobRun): Promise<JobOutcome[]> {
  for (const job of jobs) contextOf(job, run).info(EventType.JobReceived, 'Job received', { timeout_ms: job.timeoutMs });
  const outcomes: JobOutcome[] = [];
  const waiting = jobs.values();
  const worker = async (): Promise<void> => {
    for (const job of waiting) outcomes.push(await runJob(job, run));
  };
  await Promise.all(Array.from({ length: run.concurrency }, worker));
  return outcomes;
}

/** Every event of a job carries its ids and its directory: they are bound once, here. */
function contextOf({ jobId, reportId, directory }: Job, { audit }: JobRun): EventLogger {
  return audit.withContext({ jobId, reportId, target: { type: 'directory', id: directory } });
}

async function runJob(job: Job, run: JobRun): Promise<JobOutcome> {
  const { jobId, reportId, timeoutMs } = job;
  const log = contextOf(job, run);
  const reportFile = join(run.reports, `${reportId}.sarif`);
  const elapsedMs = stopwatch();
  try {
    run.signal.throwIfAborted();
    log.jobStarted(jobId, 'secret_scan', { timeout_ms: timeoutMs });
    const summary = await runScan(job, { log, reportFile, signal: run.signal });
    const durationMs = elapsedMs();
    const seq = log.jobCompleted(jobId, durationMs, { findings_count: summary.findings, report: reportFile });
    return { status: 'completed', job, durationMs, seq, summary, reportFile };
  } catch (error) {
    const durationMs = elapsedMs();
    const why = error instanceof Error ? error.message : String(error);
    if (error instanceof ScanError && error.code === 'SCAN_TIMEOUT') {
      const message = `Job timed out after ${timeoutMs} ms`;
      const seq = log.log({ type: EventType.JobTimeout, severity: Severity.Error, message, durationMs, outcome: 'timeout' });
      return { status: 'timeout', job, durationMs, seq, why };
    }
    const seq = log.jobFailed(jobId, error, { duration_ms: durationMs });
    return { status: 'failed', job, durationMs, seq, why };
  }
}

interface ScanRun {
  readonly log: EventLogger;
  readonly reportFile: string;
  readonly signal: AbortSignal;
}

/** The events of the scan itself: how many findings and in which files, but nothing of what was found. */
async function runScan({ directory, timeoutMs }: Job, { log, reportFile, signal }: ScanRun): Promise<ScanSummary> {
  const elapsedMs = stopwatch();
  log.info(EventType.ScanStarted, 'Scan started', { scanner: 'secretlint' });
  try {
    const summary = await scan({ directory, reportFile, timeoutMs, signal });
    const { files, bytes, skipped, limited, findings, filesNamed } = summary;
    const message = `Scan completed: ${findings} ${findings === 1 ? 'finding' : 'findings'}`;
    const details = { findings_count: findings, files, bytes, skipped, findings_in: filesNamed };
    log.log({ type: EventType.ScanCompleted, message, durationMs: elapsedMs(), details });
    if (limited) log.warn(EventType.ResourceWarning, 'Scan stopped at its limit of files; some are left', { files });
    return summary;
  } catch (error) {
    const details = error instanceof ScanError ? { code: error.code } : {};
    log.log({ type: EventType.ScanFailed, severity: Severity.Error, message: 'Scan failed', error, durationMs: elapsedMs(), details });
    throw error;
  }
}

/** Milliseconds since now, whole. */
function stopwatch(): () => number {
  const startedMs = performance.now();
  return () => Math.round(performance.now() - startedMs);
}
