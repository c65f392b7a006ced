import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { JobList } from './jobs/list.ts';
import { jobEventOf } from './jobs/job-event.ts';
import { type Fields, jobLog, startMs, temporaryFolder, TestLog } from './log.test.support.ts';
import { golden, runCli } from './run.test.support.ts';

const terminal = { terminal: true };

/** A line `ms` after the first event of the test logs. */
function at(log: TestLog, ms: number, type: string, fields: Fields = {}): TestLog {
  const timestamp = new Date(startMs + ms).toISOString();
  return log.line(JSON.stringify({ seq: log.size, timestamp, type, severity: 'INFO', message: type, agent_id: 'scanner-7', ...fields }));
}

/** As operation() leaves it: one attempt that a crash ended, and another one that failed; a job that runs. */
function operations(context: TestContext): TestLog {
  const log = new TestLog(temporaryFolder(context));
  const span = (span_id: string, parent_span_id?: string): Fields => ({ job_id: 'j-42', span_id, parent_span_id });
  const target = { target: { type: 'host', id: 'web-01' }, details: { job_type: 'scan' }, message: 'Job started' };
  at(log, 0, 'job_started', { ...span('a1'), ...target, operation: 'start' });
  at(log, 500, 'scan_started', { ...span('a2', 'a1'), operation: 'start' });
  log.event('log.open', 'INFO', 'Log opened', { details: {} });
  log.event('log.orphan', 'INFO', 'The outcome of an operation is unknown', { details: { seq: 1, span_id: 'a1' } });
  log.event('log.orphan', 'INFO', 'The outcome of an operation is unknown', { details: { seq: 2, span_id: 'a2' } });
  at(log, 10_000, 'job_started', { ...span('b1'), ...target, operation: 'start' });
  at(log, 10_000, 'scan_started', { ...span('b2', 'b1'), operation: 'start' });
  at(log, 10_400, 'resource_throttle', { severity: 'WARN', message: 'Resource throttling activated: cpu', details: { cpu_percent: 95 } });
  at(log, 10_900, 'resource_resume');
  at(log, 12_100, 'scan_completed', { ...span('b2', 'b1'), duration_ms: 2_100, details: { findings_count: 212 }, operation: 'end' });
  at(log, 12_400, 'upload_started', { ...span('b3', 'b1'), operation: 'start' });
  for (const ms of [12_600, 12_900]) at(log, ms, 'upload_retry', { ...span('b3', 'b1'), severity: 'WARN' });
  const error = 'ECONNRESET: socket hang up\n    at upload (upload.js:1)';
  const failed = { severity: 'ERROR', error, outcome: 'failure', operation: 'end' };
  at(log, 13_200, 'upload_failed', { ...span('b3', 'b1'), ...failed, duration_ms: 800 });
  at(log, 13_200, 'job_failed', { ...span('b1'), ...failed, duration_ms: 3_200 });
  return at(log, 14_000, 'job_started', { job_id: 'j-43', span_id: 'c1', message: 'ship it', operation: 'start' });
}

describe('jobs', () => {
  it('lists them with how each ended, the newest last', async (context) => {
    const { path } = operations(context);
    const { out, err, status } = await runCli(['jobs', '--log', path, '--utc'], terminal);
    assert.equal(
      out,
      golden(`
        started   job   outcome   took  agent      events  errors  what
        ── 2026-11-24 UTC
        14:03:32  j-42  failed   3.2 s  scanner-7      10       2  scan on web-01 · 2nd attempt · ECONNRESE…
        14:03:36  j-43  running  46 s…  scanner-7       1          ship it
      `),
    );
    assert.deepEqual([err, status], ['', 0]);
  });

  it('calls the outcome unknown where a crash left it open, also of logs without operations', async (context) => {
    const log = new TestLog(temporaryFolder(context));
    at(log, 0, 'job_started', { job_id: 'old' });
    at(log, 10, 'job_started', { job_id: 'done' });
    at(log, 20, 'job_completed', { job_id: 'done' });
    // A segment that goes on in the next one ends nothing.
    log.rotate();
    assert.deepEqual(await runCli(['jobs', 'nobody', log.path]), {
      status: 1,
      out: '',
      err: `no job nobody in ${log.path}; agent-audit jobs lists what there is\n`,
    });
    const list = async (): Promise<string[]> => {
      const { out } = await runCli(['jobs', '--json', '--log', log.path]);
      return out
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { outcome: string }).outcome);
    };
    assert.deepEqual(await list(), ['running', 'completed']);
    log.event('log.open', 'INFO', 'Log opened');
    assert.deepEqual(await list(), ['unknown', 'completed']);
    assert.match((await runCli(['jobs', 'old', log.path])).out, /outcome unknown: the process ended before it/);
  });

  it('picks jobs by what is found of them, and counts all of their events', async (context) => {
    const { path } = operations(context);
    const ids = async (...argv: string[]): Promise<[string, number][]> => {
      const { out } = await runCli(['jobs', '--json', '--log', path, ...argv]);
      const lines = out.split('\n').filter((line) => line !== '');
      return lines.map((line) => JSON.parse(line) as { job_id: string; events: number }).map(({ job_id, events }) => [job_id, events]);
    };
    assert.deepEqual(await ids('-s', 'type:upload_failed'), [['j-42', 10]]);
    assert.deepEqual(await ids('-n', '1'), [['j-43', 1]]);
    assert.deepEqual(await ids('--since', new Date(startMs + 13_900).toISOString()), [['j-43', 1]]);
    assert.deepEqual(await ids('-s', 'nothing_like_it'), []);
    assert.equal((await runCli(['jobs', '-s', 'nothing_like_it', '--log', path, '--exit-status'])).status, 1);
  });

  it('draws each attempt of one', async (context) => {
    const { path } = operations(context);
    const { out, status } = await runCli(['jobs', 'j-42', path, '--utc'], { ...terminal, columns: 80 });
    assert.equal(out, golden(`
        j-42 1st attempt scan on web-01 · outcome unknown: the process ended before it · scanner-7 · 2026-11-24 14:03:22 UTC
        0.500 ├ scan                                               ?  ?  outcome unknown
              ? no end: log.orphan                                       #4

        j-42 2nd attempt scan on web-01 · failed after 3.2 s · scanner-7 · 2026-11-24 14:03:32 UTC
        0.000 ├ scan        █████████████        2.1 s  212 findings
        0.400 ├ throttle      ░░░░               0.5 s  cpu 95 %
        2.400 ├ upload                    ▇✘▇✘✘  0.8 s  3 tries · ECONNRESET: socket ha…
        3.200 ✘ job_failed                              #15
              └ ECONNRESET: socket hang up
                    at upload (upload.js:1)
      `));
    assert.equal(status, 0);
    assert.equal((await runCli(['jobs', 'j-42', path, '--exit-status'])).status, 1);
  });

  it('draws a job of a log that was written without operations', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out } = await runCli(['jobs', 'j-42', path, '--utc'], { ...terminal, columns: 80 });
    assert.equal(out, golden(`
        j-42 scan on web-01 · failed after 3.2 s · scanner-7 · 2026-11-24 14:03:25 UTC
         2.889 ├ upload_failed    ✘                          ECONNRESET: socket hang up
         5.778 ├ throttle            ░░░░░░░░░░░░░░░         cpu cpu=95.5 note=two words
         9.416 ├ scan                    ███          2.1 s  findings.high=2
        20.223 ✘ job_failed                                  #8
               └ Error: boom
                     at scan (scan.js:1)
                 \\u001b[31mred\\u202e
      `));
  });

  it('says how it is for a program', async (context) => {
    const { path } = operations(context);
    const { out } = await runCli(['jobs', 'j-42', path, '--json']);
    const told = JSON.parse(out) as { outcome: string; attempts: { outcome: string; rows: { name: string; outcome: string }[] }[] };
    assert.equal(told.outcome, 'failed');
    assert.deepEqual(
      told.attempts.map(({ outcome, rows }) => [outcome, rows.map(({ name, outcome: how }) => [name, how])]),
      [
        ['unknown', [['scan', 'unknown']]],
        [
          'failed',
          [
            ['scan', 'completed'],
            ['throttle', undefined],
            ['upload', 'failed'],
          ],
        ],
      ],
    );
  });

  it('follows one over several logs', async (context) => {
    const [one, two] = [new TestLog(temporaryFolder(context), 1), new TestLog(temporaryFolder(context), 2)];
    at(one, 0, 'job_started', { job_id: 'j-1', agent_id: 'a' });
    at(two, 2_000, 'job_started', { job_id: 'j-1', agent_id: 'b' });
    at(two, 3_000, 'job_completed', { job_id: 'j-1', agent_id: 'b', duration_ms: 1_000 });
    at(one, 1_000, 'job_failed', { job_id: 'j-1', agent_id: 'a', severity: 'ERROR' });
    const { out } = await runCli(['jobs', '--json', '--log', one.path, '--log', two.path]);
    const { outcome, agents, attempts } = JSON.parse(out) as { outcome: string; agents: string[]; attempts: number };
    assert.deepEqual([outcome, agents, attempts], ['completed', ['a', 'b'], 2]);
    assert.match((await runCli(['jobs', 'j-1', one.path, two.path])).out, /1st attempt .*failed.*· a ·[^]*2nd attempt .*completed.*· b ·/);
  });

  it('holds no more than it may', () => {
    const list = new JobList(100);
    for (let n = 0; n < 1_000; n++) {
      list.add(jobEventOf({ type: 'job_started', timestamp: '2026-11-24T14:03:22Z', job_id: `j-${n}`, span_id: `s-${n}` }), 'log', true);
    }
    const kept = list.jobs();
    assert.ok(kept.length > 80 && kept.length <= 100, String(kept.length));
    assert.deepEqual([kept.length + list.omitted, kept.at(-1)?.id], [1_000, 'j-999']);
  });
});
