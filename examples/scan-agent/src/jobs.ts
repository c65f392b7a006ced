import { randomBytes, randomUUID } from 'node:crypto';
import { basename, join, resolve } from 'node:path';
import { type EventLogger, EventType } from 'agent-audit';
import type { Pressure } from './governor.ts';
import { type Operation, operation } from './operation.ts';
import { scan, ScanError, type ScanLimits, type ScanSummary } from './scanner.ts';
import { type Destination, uploadReport } from './upload.ts';

/** One directory to scan. */
export interface Job {
  readonly jobId: string;
  readonly reportId: string;
  readonly directory: string;
  readonly timeoutMs: number;
}

/** How a job ended. */
export type JobOutcome = { readonly job: Job; readonly durationMs: number } & (
  | { readonly status: 'completed'; readonly summary: ScanSummary; readonly reportFile: string }
  | { readonly status: 'failed'; readonly why: string }
);

/** What all jobs of a run share. */
export interface JobRun {
  readonly audit: EventLogger;
  /** Folder of the reports, `<report id>.sarif`. */
  readonly reports: string;
  /** Where the reports go then; undefined: nowhere. */
  readonly destination: Destination | undefined;
  readonly limits: ScanLimits;
  /** Jobs that run at a time. */
  readonly concurrency: number;
  /** Aborted: running scans and uploads are ended, and so is what has not begun. */
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

/** A job is an operation, with the scan and the upload inside: how each of them began and ended is recorded there, not here. */
async function runJob(job: Job, run: JobRun): Promise<JobOutcome> {
  const startedMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  const reportFile = join(run.reports, `${job.reportId}.sarif`);
  const spec = { type: 'job', details: { job_type: 'secret_scan' }, signal: run.signal, timeoutMs: job.timeoutMs } as const;
  try {
    const summary = await operation(contextOf(job, run), spec, async (op) => {
      const found = await runScan(op, job.directory, reportFile, run.limits);
      if (run.destination !== undefined) await uploadReport(op, job.reportId, reportFile, run.destination);
      op.set({ findings_count: found.findings, report: reportFile });
      return found;
    });
    return { status: 'completed', job, durationMs: elapsedMs(), summary, reportFile };
  } catch (error) {
    return { status: 'failed', job, durationMs: elapsedMs(), why: error instanceof Error ? error.message : String(error) };
  }
}

/** The log learns how many findings there are and in which files, but nothing of what was found. */
async function runScan(job: Operation, directory: string, reportFile: string, limits: ScanLimits): Promise<ScanSummary> {
  return job.operation({ type: 'scan', details: { scanner: 'secretlint' } }, async (op) => {
    const { log, signal } = op;
    const onPressure = (pressure: Pressure): void => recordPressure(log, pressure);
    try {
      const summary = await scan({ directory, reportFile, signal, limits, onPressure });
      const { files, bytes, skipped, limited, findings, filesNamed } = summary;
      op.set({ findings_count: findings, files, bytes, skipped, findings_in: filesNamed });
      if (limited) log.warn(EventType.ResourceWarning, 'Scan stopped at its limit of files; some are left', { files });
      return summary;
    } catch (error) {
      if (error instanceof ScanError) op.set({ code: error.code });
      // A part of the agent crashed. The job is lost, the agent is not.
      if (error instanceof ScanError && error.code === 'SCANNER_DIED') log.error(EventType.AgentError, 'A scanning process died', error);
      throw error;
    }
  });
}

function recordPressure(log: EventLogger, { step, reason, cpu, memoryMB }: Pressure): void {
  const metrics = { cpu: Math.round(cpu * 100) / 100, memory_mb: memoryMB };
  if (step === 'throttle') log.resourceThrottle(reason, metrics);
  else if (step === 'warning') log.warn(EventType.ResourceWarning, `Scan above its limit: ${reason}`, metrics);
  else log.info(EventType.ResourceResume, 'Scan at full speed again', metrics);
}
