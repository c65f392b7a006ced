// What agents of all kinds log, for a console to show: jobs with every outcome, retries, errors, and texts that mean harm.
import { setTimeout as sleep } from 'node:timers/promises';
import { EventType, type Logger, Severity } from 'agent-audit';
import { hostileTexts } from './hostile-texts.ts';

/** The jobs of `logJobs`, by how they end. */
export const jobs = {
  completed: 'j-completed',
  failed: 'j-failed',
  timeout: 'j-timeout',
  denied: 'j-denied',
  unknown: 'j-unknown',
  running: 'j-running',
  /** Failed, and tried again with success. */
  retried: 'j-retried',
} as const;

const failed = (): Error => new Error('upload failed', { cause: new Error('ECONNRESET: socket hang up', { cause: 'the peer is gone' }) });

/** One job for every way to end. */
export async function logJobs(audit: Logger): Promise<void> {
  await audit.operation({ type: 'job', jobId: jobs.completed, details: { target: 'web-01' } }, async (job) => {
    await audit.operation({ type: 'scan', details: { tool: 'nuclei' } }, async (scan) => scan.set({ findings_count: 212 }));
    audit.resourceThrottle('cpu', { cpu_percent: 95 });
    await audit.operation({ type: 'upload', reportId: 'r-1' }, async () => {
      for (const attempt of [1, 2]) audit.warn(EventType.UploadRetry, `Upload retry ${attempt}`, { attempt, delay_ms: 100 * attempt });
      for (const chunk of [0, 1, 2]) audit.chunkUploaded('r-1', chunk, 3, 65_536);
    });
    job.set({ findings_count: 212 });
  });
  const fail = async (): Promise<never> => {
    await sleep(1);
    throw failed();
  };
  await audit.operation({ type: 'job', jobId: jobs.failed }, fail).catch(() => {});
  const forever = async (): Promise<void> => sleep(60_000, undefined, { ref: false });
  await audit.operation({ type: 'job', jobId: jobs.timeout, timeoutMs: 20 }, forever).catch(() => {});
  await audit.operation({ type: 'job', jobId: jobs.denied }, async (job) => job.setOutcome('denied', 'the policy forbids web-02'));
  await audit.operation({ type: 'job', jobId: jobs.unknown }, async (job) => job.setOutcome('unknown'));
  await audit.operation({ type: 'job', jobId: jobs.retried }, fail).catch(() => {});
  await audit.operation({ type: 'job', jobId: jobs.retried }, async (job) => job.set({ attempt: 2 }));
  audit.jobStarted(jobs.running, 'scan', { target: 'web-03' });
  audit.critical(EventType.AgentError, 'Disk nearly full', { free_mb: 12 });
  const actor = { type: 'user', id: 'u-1', name: 'Mallory' } as const;
  audit.log({ type: EventType.AuthFailed, severity: Severity.Warn, message: 'Wrong key', actor });
}

/** Every hostile text in every field that takes one. */
export function logHostileTexts(audit: Logger): void {
  for (const [index, text] of hostileTexts.entries()) {
    audit.log({
      type: text,
      severity: Severity.Warn,
      message: text,
      jobId: text,
      reportId: text,
      actor: { type: 'user', id: text, name: text },
      target: { type: text, id: text },
      details: { index, text, [text]: text, nested: { [text]: [text, { text }] } },
      error: new Error(text),
    });
    // Under a name that can be searched for.
    audit.info('hostile_text', text, { index });
  }
}
