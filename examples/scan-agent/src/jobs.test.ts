import assert from 'node:assert/strict';
import { linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import type { RecordedEvent } from 'agent-audit';
import { assertLogged, createTestLogger, type TestLogger } from 'agent-audit/testing';
import { jobFor } from './agent.ts';
import { type Job, type JobOutcome, runJobs } from './jobs.ts';
import { plant, plantedSecrets } from './planted.ts';

const timeoutMs = 60_000;
let folder = '';
let logger: TestLogger;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  mkdirSync(join(folder, 'reports'));
  logger = createTestLogger();
});
afterEach(async () => {
  await logger.audit.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(jobs: readonly Job[], { concurrency = 2, signal = new AbortController().signal } = {}): Promise<JobOutcome[]> {
  const limits = { cpuMax: 1, memoryMaxMB: 4096, heapMB: 512 };
  return runJobs(jobs, { audit: logger.audit, reports: join(folder, 'reports'), destination: undefined, limits, concurrency, signal });
}

/** A directory with leaks, to be scanned. */
function leaky(name: string): string {
  plant(join(folder, name));
  return join(folder, name);
}

/** Resolves when an event of this type is logged. */
async function logged(type: string): Promise<void> {
  while (!logger.events().some((event) => event.type === type)) await new Promise((resolve) => void setImmediate(resolve));
}

const typesOf = (events: readonly RecordedEvent[], job?: Job): string[] =>
  events.filter(({ jobId }) => job === undefined || jobId === job.jobId).map(({ type }) => type);

describe('what a job records', () => {
  test('that ends well: each step with the ids of the job, what was found where, and never what', async () => {
    const job = jobFor(leaky('planted'), timeoutMs);
    const [outcome] = await run([job]);
    assert.equal(outcome?.status, 'completed');
    assert.deepEqual(typesOf(logger.events()), ['job_received', 'job_started', 'scan_started', 'scan_completed', 'job_completed']);
    for (const { jobId, reportId, target } of logger.events()) {
      assert.deepEqual({ jobId, reportId }, { jobId: job.jobId, reportId: job.reportId });
      assert.deepEqual(target, { type: 'directory', id: job.directory });
    }
    assertLogged(logger, {
      type: 'scan_completed',
      outcome: 'success',
      details: { findings_count: 4, files: 5, findings_in: ['.env', 'config/chat.json', 'config/database.yml', 'deploy.ts'] },
    });
    const ended = assertLogged(logger, { type: 'job_completed', details: { findings_count: 4, report: outcome.reportFile } });
    assert.ok(ended.durationMs !== undefined && ended.durationMs <= outcome.durationMs + 1);
    for (const secret of plantedSecrets) assert.ok(!JSON.stringify(logger.events()).includes(secret));
  });

  test('whose directory is gone: the cause, and that the job failed', async () => {
    const job = jobFor(join(folder, 'gone'), timeoutMs);
    const [outcome] = await run([job]);
    assert.equal(outcome?.status, 'failed');
    assert.deepEqual(typesOf(logger.events()), ['job_received', 'job_started', 'scan_started', 'scan_failed', 'job_failed']);
    const error = `ENOENT: no such file or directory, scandir '${job.directory}'`;
    assertLogged(logger, { type: 'scan_failed', severity: 'ERROR', error, details: { code: 'SCAN_FAILED' } });
    assertLogged(logger, { type: 'job_failed', severity: 'ERROR', error });
  });

  test('that takes too long: a timeout, which is no failure of the job', async () => {
    const running = run([jobFor(leaky('planted'), 250)]);
    await logged('scan_started');
    logger.clock.advance(250);
    const [outcome] = await running;
    assert.equal(outcome?.status, 'failed');
    const steps = ['job_received', 'job_started', 'scan_started'];
    assert.deepEqual(typesOf(logger.events()), [...steps, 'scan_failed', 'job_timeout']);
    const error = 'Job took longer than 250 ms';
    assertLogged(logger, { type: 'job_timeout', severity: 'ERROR', outcome: 'timeout', message: 'Job timed out', error });
    assertLogged(logger, { type: 'scan_failed', severity: 'ERROR', outcome: 'failure', error });
  });

  test('that meets the limit of files: that some are left', async () => {
    writeFileSync(join(folder, 'reports', '0'), '');
    for (let n = 1; n <= 5_000; n += 1) linkSync(join(folder, 'reports', '0'), join(folder, 'reports', `${n}`));
    await run([jobFor(join(folder, 'reports'), timeoutMs)]);
    assertLogged(logger, { type: 'scan_completed', details: { files: 5_000 } });
    assertLogged(logger, { type: 'resource_warning', severity: 'WARN', details: { files: 5_000 } });
  });
});

describe('many jobs', () => {
  test('are all taken in at once, begin in order, and run two at a time; one that fails stops no other', async () => {
    const directories = [leaky('a'), join(folder, 'gone'), leaky('b'), leaky('c'), leaky('d')];
    const jobs = directories.map((directory) => jobFor(directory, timeoutMs));
    const outcomes = await run(jobs);
    assert.deepEqual(
      jobs.map((job) => outcomes.find((outcome) => outcome.job === job)?.status),
      ['completed', 'failed', 'completed', 'completed', 'completed'],
    );
    const events = logger.events();
    assert.deepEqual(typesOf(events.slice(0, jobs.length)), jobs.map(() => 'job_received'));
    const started = events.filter(({ type }) => type === 'job_started');
    assert.deepEqual(started.map(({ jobId }) => jobId), jobs.map(({ jobId }) => jobId));
    let running = 0;
    const runningMost = events.reduce((most, { type }) => {
      if (type === 'job_started') running += 1;
      if (type === 'job_completed' || type === 'job_failed') running -= 1;
      return Math.max(most, running);
    }, 0);
    assert.deepEqual({ runningMost, running }, { runningMost: 2, running: 0 });
  });

  test('that are called off: the running one is ended, the waiting ones scan nothing, and each one’s end is recorded', async () => {
    const jobs = [jobFor(leaky('a'), timeoutMs), jobFor(leaky('b'), timeoutMs)];
    const stopping = new AbortController();
    const running = run(jobs, { concurrency: 1, signal: stopping.signal });
    await logged('scan_started');
    stopping.abort(new Error('stopped by SIGINT'));
    const outcomes = await running;
    assert.deepEqual(outcomes.map(({ status }) => status), ['failed', 'failed']);
    const [first, second] = jobs;
    assert.deepEqual(typesOf(logger.events(), first), ['job_received', 'job_started', 'scan_started', 'scan_failed', 'job_failed']);
    assert.deepEqual(typesOf(logger.events(), second), ['job_received', 'job_started', 'job_failed']);
    assertLogged(logger, { type: 'job_failed', jobId: first?.jobId ?? '', error: 'stopped by SIGINT' });
    assertLogged(logger, { type: 'job_failed', jobId: second?.jobId ?? '', error: 'stopped by SIGINT' });
  });

  test('have ids of their own, though they scan the same directory', () => {
    const [one, other] = [jobFor('/srv/@scope/web app', timeoutMs), jobFor('/srv/@scope/web app', timeoutMs)];
    assert.match(one.jobId, /^webapp-[0-9a-f]{6}$/);
    assert.notEqual(one.jobId, other.jobId);
    assert.notEqual(one.reportId, other.reportId);
    assert.match(jobFor('/', timeoutMs).jobId, /^root-/);
  });
});
