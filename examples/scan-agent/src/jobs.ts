import { join } from 'node:path';
import { type EventLogger, EventType, type Operation } from 'agent-audit';
import { scanDirectory } from './scan.ts';
import type { ScanLimits, ScanSummary } from './scanner.ts';
import type { Destination } from './transfer.ts';
import { uploadReport } from './upload.ts';

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

/** What all jobs of a run share; see AgentOptions. */
export interface JobRun {
  readonly audit: EventLogger;
  readonly reports: string;
  readonly destination: Destination | undefined;
  readonly limits: ScanLimits;
  /** Jobs that run at a time. */
  readonly concurrency: number;
  readonly signal: AbortSignal;
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

/** A job is an operation: `job_started` is on the disk before it begins, and how it ended is recorded whatever comes. */
async function runJob(job: Job, run: JobRun): Promise<JobOutcome> {
  const startedMs = performance.now();
  const elapsedMs = (): number => Math.round(performance.now() - startedMs);
  const reportFile = join(run.reports, `${job.reportId}.sarif`);
  const spec = { type: 'job', details: { job_type: 'secret_scan' }, timeoutMs: job.timeoutMs, signal: run.signal };
  let work: Promise<unknown> = Promise.resolve();
  try {
    const summary = await contextOf(job, run).operation(spec, async (operation) => {
      const working = perform(job, run, reportFile, operation);
      work = working;
      return working;
    });
    return { status: 'completed', job, durationMs: elapsedMs(), summary, reportFile };
  } catch (error) {
    return { status: 'failed', job, durationMs: elapsedMs(), why: error instanceof Error ? error.message : String(error) };
  } finally {
    // An operation that is called off has ended at once. Its place is free only when its scanning process is gone, and its chunks.
    await Promise.allSettled([work]);
  }
}

async function perform(job: Job, run: JobRun, reportFile: string, operation: Operation): Promise<ScanSummary> {
  const summary = await scanDirectory(operation, job.directory, reportFile, run.limits);
  if (run.destination !== undefined) await uploadReport(operation, job.reportId, reportFile, run.destination);
  operation.set({ findings_count: summary.findings, report: reportFile });
  return summary;
}
