// What scanners of a fleet log on an ordinary day, with the time that it takes: for pages that tell how a job went.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Details, Logger } from 'agent-audit';
import { MemoryDisk } from 'agent-audit/testing';
import { PastClock } from './past-clock.ts';

/** Agents of the fleet: names as long as people make them. */
export const fleet = {
  eu: 'scanner-eu-central-production-07',
  us: 'scanner-us-east-1',
} as const;

/** Jobs of the fleet, by what is to be seen of them. */
export const fleetJobs = {
  /** Received, started, scanned by three tools, uploaded in spite of all, completed with findings. */
  story: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
  failed: '0b1f3b52-9d7a-4c59-8a0b-5f6d1f0f7c11',
  timeout: 'c56a4180-65aa-42ec-a945-5fd21dec0538',
  unknown: 'nightly-dependency-review-2026-11-24',
  denied: '3f2504e0-4f89-41d3-9a0c-0305e82c3301',
  running: 'e4eaaaf2-d142-11e1-b3e4-080027620cdd',
} as const;

const chunkBytes = 524_288;
const tooMany = 'HTTP 429 Too Many Requests';

/** A logger with a clock of its own past. */
interface Recorder {
  readonly audit: Logger;
  readonly clock: PastClock;
}

const beganMsAgo = 45 * 60_000;

/** Leaves an agent's log in a folder that is there, as its process left it when it ended a moment ago, after most of an hour. */
export async function recordPast(agentId: string, folder: string): Promise<void> {
  const clock = new PastClock(beganMsAgo);
  const disk = new MemoryDisk(() => clock.now());
  const logFolder = '/audit';
  const machine = { disk, clock, sealOn: 'main', shipOn: 'none' } as const;
  const audit = new Logger({ agentId, logFile: join(logFolder, 'audit.log'), env: false }, machine);
  audit.start();
  await (agentId === fleet.eu ? logEuropeanJobs : logAmericanJobs)({ audit, clock });
  await audit.stop();
  for (const name of disk.list(logFolder)) writeFileSync(join(folder, name), disk.bytesOf(join(logFolder, name)), { mode: 0o600 });
}

/** What its next process goes on with. */
export function logPresent(audit: Logger): void {
  if (audit.health().origin.startsWith(fleet.us)) return;
  const began = Date.now() - 7 * 60_000;
  const log = (type: string, afterMs: number, message: string, details: Details): void =>
    void audit.log({ type, message, details, jobId: fleetJobs.running, timestamp: new Date(began + afterMs) });
  log('job_received', 0, 'Job received from the scheduler', { timeout_ms: 900_000 });
  log('job_started', 180, 'Job started', { target: 'registry.example' });
  log('scan_started', 420, 'Scan started', { tool: 'trivy', target: 'registry.example' });
}

/** The scanner whose jobs are told at length. */
export async function logEuropeanJobs({ audit, clock }: Recorder): Promise<void> {
  const at = (minutesAgo: number): void => clock.passTo(minutesAgo * 60_000);
  at(42);
  await failedUpload(audit, clock);
  at(33);
  await longStory({ audit, clock });
  at(21);
  const slow = async (): Promise<void> => {
    audit.info('scan_progress', '40 of 1,912 hosts are done', { done: 40, hosts: 1_912 });
    clock.pass(300_000);
    await new Promise(() => {});
  };
  const late = { type: 'job', jobId: fleetJobs.timeout, timeoutMs: 300_000, details: { target: '10.20.0.0/21' } } as const;
  await audit.operation(late, slow).catch(() => {});
  at(14);
  await scanJob({ audit, clock }, '9f8b1c62-0a55-4c4e-9a56-1a7f5c0f2d3b', { target: 'shop.example', tookMs: 92_400, findings: 3 });
}

/** The other one's. */
export async function logAmericanJobs(recorder: Recorder): Promise<void> {
  const { audit, clock } = recorder;
  const at = (minutesAgo: number): void => clock.passTo(minutesAgo * 60_000);
  at(39);
  await scanJob(recorder, 'weekly-perimeter-us-47', { target: '198.51.100.0/24', tookMs: 243_800, findings: 41 });
  at(27);
  const denied = { type: 'job', jobId: fleetJobs.denied, details: { target: 'payroll.example' } } as const;
  await audit.operation(denied, async (job) => {
    clock.pass(320);
    job.setOutcome('denied', 'The policy forbids to scan payroll.example on weekdays');
  });
  at(18);
  at(11);
  await scanJob(recorder, 'd9428888-122b-11e1-b85c-61cd3cbb3210', { target: 'www.example', tookMs: 38_700, findings: 0 });
  at(3);
  await scanJob(recorder, '6ba7b810-9dad-11d1-80b4-00c04fd430c8', { target: 'api.example', tookMs: 51_200, findings: 12 });
  at(1);
  // Its process ends before it does.
  await new Promise<void>((scanning) => {
    void audit.operation({ type: 'job', jobId: fleetJobs.unknown, details: { target: 'build.example' } }, async () => {
      await audit.operation({ type: 'scan', details: { tool: 'osv-scanner', target: 'build.example' } }, () => {
        scanning();
        return new Promise(() => {});
      });
    });
  });
  clock.pass(14_000);
}

interface ScanJob {
  readonly target: string;
  readonly tookMs: number;
  readonly findings: number;
}

async function scanJob({ audit, clock }: Recorder, jobId: string, { target, tookMs, findings }: ScanJob): Promise<void> {
  await audit.operation({ type: 'job', jobId, details: { target } }, async (job) => {
    clock.pass(tookMs * 0.01);
    await audit.operation({ type: 'scan', details: { tool: 'nuclei', target } }, async (scan) => {
      clock.pass(tookMs * 0.9);
      scan.set({ findings_count: findings });
    });
    clock.pass(tookMs * 0.09);
    job.set({ findings_count: findings });
  });
}

async function failedUpload(audit: Logger, clock: PastClock): Promise<void> {
  const work = async (): Promise<void> => {
    clock.pass(240);
    await audit.operation({ type: 'scan', details: { tool: 'nuclei', target: 'intranet.example' } }, async (scan) => {
      clock.pass(31_400);
      scan.set({ findings_count: 17 });
    });
    clock.pass(120);
    await audit.operation({ type: 'upload', reportId: 'r-2291', details: { chunks: 2 } }, async (upload) => {
      for (const [attempt, waitMs] of [[1, 1_000], [2, 4_000], [3, 0]] as const) {
        clock.pass(2_100);
        const error = new Error('the receiver went away', { cause: 'ECONNRESET: socket hang up' });
        if (waitMs === 0) throw error;
        const details = { attempt, wait_ms: waitMs };
        upload.log({ type: 'upload_retry', severity: 'WARN', message: `Trying again in ${waitMs} ms`, error, details });
        clock.pass(waitMs);
      }
    });
  };
  await audit.operation({ type: 'job', jobId: fleetJobs.failed, details: { target: 'intranet.example' } }, work).catch(() => {});
}

async function longStory(recorder: Recorder): Promise<void> {
  const { audit, clock } = recorder;
  const target = 'shop.example';
  audit.withContext({ jobId: fleetJobs.story }).info('job_received', 'Job received from the scheduler', { timeout_ms: 120_000 });
  clock.pass(640);
  await audit.operation({ type: 'job', jobId: fleetJobs.story, details: { target } }, async (job) => {
    clock.pass(310);
    await runScan(recorder, { tool: 'nuclei', target, tookMs: 21_700, findings: 212 });
    await runScan(recorder, { tool: 'semgrep', target, tookMs: 0, findings: 18 }, async () => {
      clock.pass(4_300);
      audit.resourceThrottle('cpu', { cpu_percent: 97, limit_percent: 85 });
      clock.pass(6_200);
      audit.info('resource_resume', 'CPU is free again', { cpu_percent: 41 });
      clock.pass(3_900);
    });
    await runScan(recorder, { tool: 'trivy', target, tookMs: 8_200, findings: 1 });
    clock.pass(150);
    await uploadReport(audit, clock);
    clock.pass(260);
    job.set({ findings_count: 231 });
  });
}

interface Scan {
  readonly tool: string;
  readonly target: string;
  readonly tookMs: number;
  readonly findings: number;
}

async function runScan({ audit, clock }: Recorder, spec: Scan, work = async (): Promise<void> => {}): Promise<void> {
  const { tool, target, tookMs, findings } = spec;
  await audit.operation({ type: 'scan', details: { tool, target } }, async (operation) => {
    clock.pass(tookMs);
    await work();
    operation.set({ findings_count: findings });
  });
  clock.pass(90);
}

/** Four chunks. The second fails once; before the fourth the receiver asks for patience. */
async function uploadReport(audit: Logger, clock: PastClock): Promise<void> {
  const [reportId, total] = ['r-2304', 4];
  await audit.operation({ type: 'upload', reportId, details: { chunks: total } }, async (upload) => {
    const sent = (index: number, tookMs: number): void => {
      clock.pass(tookMs);
      upload.chunkUploaded(reportId, index, total, chunkBytes);
    };
    sent(0, 820);
    clock.pass(1_450);
    const error = new Error('chunk 2 of 4 was not taken', { cause: 'ECONNRESET: socket hang up' });
    upload.error('chunk_failed', 'Chunk 2/4 failed', error, { index: 1, attempt: 1 });
    upload.log({ type: 'upload_retry', severity: 'WARN', message: 'Trying again in 2 s', details: { attempt: 1, wait_ms: 2_000 } });
    clock.pass(2_000);
    sent(1, 910);
    sent(2, 760);
    upload.warn('rate_limited', `The receiver asks for fewer requests: ${tooMany}`, { retry_after_ms: 5_000 });
    clock.pass(5_000);
    sent(3, 690);
    clock.pass(240);
  });
}
