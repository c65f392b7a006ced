import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { jobLog, temporaryFolder, TestLog } from './log.test.support.ts';
import { golden, runCli, type RunOptions, type RunResult } from './run.test.support.ts';

describe('tail', () => {
  it('shows the newest events under a line about the log', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const { out, status } = await runCli(['tail', path, '-n', '3', '--utc'], { terminal: true });
    assert.equal(
      out.replace(path, 'audit.log'),
      golden(`
        scanner-7 · audit.log · 12 lines · sealed 25 s ago
        ── 2026-11-24 UTC
        14:03:48.119 INFO  job_received   j-43  Next\\u001b]0;title\\u0007 job  report=rep-1
        14:03:51.008 INFO  job_started    j-43  Job started: scan             on=host:web-02 target=web-02
        14:03:53.897 INFO  job_completed  j-43  Job completed successfully    took=61s
      `),
    );
    assert.equal(status, 0);
  });

  it('shows ten, or all since a time, or those that a search finds', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const count = async (...argv: string[]): Promise<number> =>
      (await runCli(['tail', path, '--json', ...argv])).out.split('\n').length - 1;
    assert.equal(await count(), 10);
    assert.equal(await count('--since', 'today', '--utc'), 12);
    assert.equal(await count('--search', 'severity:>=ERROR'), 3);
    assert.equal(await count('-s', 'severity:>=ERROR', '-n', '1'), 1);
    const { out } = await runCli(['tail', path, '-n', '1', '--json'], { terminal: true });
    assert.match(out, /^\{"seq":11,.*\}\n$/);
  });

  it('says where lines are not sealed, or nothing is', async (context) => {
    const folder = temporaryFolder(context);
    const heading = async (log: TestLog): Promise<string> =>
      (await runCli(['tail', log.path, '--utc'], { terminal: true })).out.split('\n')[0] ?? '';
    const log = new TestLog(join(folder, 'a')).seal().event('x', 'INFO', 'm').event('x', 'INFO', 'm');
    assert.match(await heading(log), /3 lines · 2 lines not sealed yet$/);
  });

  it('refuses what does not go together', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    for (const more of ['--reverse', '--until=now']) {
      const { status, err } = await runCli(['tail', '-f', path, more]);
      assert.equal(status, 2);
      assert.match(err, /USAGE_CONFLICT/);
    }
  });
});

/** Runs a command that goes on, and lets a test wait for what it says. */
class Running {
  readonly result: Promise<RunResult>;
  readonly #controller = new AbortController();
  #text = '';
  #waiting: { readonly pattern: RegExp; readonly seen: () => void }[] = [];

  constructor(context: TestContext, argv: readonly string[], options: RunOptions = {}) {
    context.after(() => this.#controller.abort());
    this.result = runCli(argv, { ...options, signal: this.#controller.signal, onOutput: (text) => this.#hear(text) });
  }

  /** Resolves when the output matches. */
  says(pattern: RegExp): Promise<void> {
    return new Promise((seen) => {
      this.#waiting.push({ pattern, seen });
      this.#hear('');
    });
  }

  interrupt(): Promise<RunResult> {
    this.#controller.abort();
    return this.result;
  }

  #hear(text: string): void {
    this.#text += text;
    for (const { pattern, seen } of this.#waiting) if (pattern.test(this.#text)) seen();
    this.#waiting = this.#waiting.filter(({ pattern }) => !pattern.test(this.#text));
  }
}

const seqs = (out: string): number[] =>
  out
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { seq: number }).seq);

describe('tail -f', () => {
  it('goes on through rotation and packing, with every line once, until it is interrupted', async (context) => {
    const log = jobLog(temporaryFolder(context));
    const running = new Running(context, ['tail', '-f', '-n', '2', '--json', log.path]);
    await running.says(/"seq":11,/);
    log.event('x', 'INFO', 'one');
    await running.says(/"seq":12,/);
    log.event('x', 'INFO', 'two').rotate().event('x', 'INFO', 'three');
    await running.says(/"seq":16,/);
    log.pack(7).event('x', 'INFO', 'four').seal();
    await running.says(/"seq":17,/);
    const { status, out, err } = await running.interrupt();
    assert.deepEqual([status, err], [130, '']);
    assert.deepEqual(seqs(out), [10, 11, 12, 13, 14, 15, 16, 17]);
  });

  it('shows only what a search finds', async (context) => {
    const log = jobLog(temporaryFolder(context));
    const running = new Running(context, ['tail', '-f', '--json', '-s', 'severity:>=ERROR', log.path]);
    await running.says(/"seq":8,/);
    log.event('x', 'INFO', 'no').event('y', 'ERROR', 'yes').event('x', 'INFO', 'no');
    await running.says(/"seq":13,/);
    assert.deepEqual(seqs((await running.interrupt()).out), [2, 4, 8, 13]);
  });

  it('follows several logs, and says whose an event is', async (context) => {
    const folder = temporaryFolder(context);
    const [a, b] = [new TestLog(join(folder, 'a')).seal(), new TestLog(join(folder, 'b'), 8).seal()];
    const running = new Running(context, ['tail', '-f', '-n', '2', a.path, b.path]);
    await running.says(/log\.open[^]*log\.open/);
    a.event('x', 'INFO', 'from a');
    await running.says(/from a/);
    b.event('x', 'INFO', 'from b');
    await running.says(/scanner-7 {2}INFO {2}x +from b/);
    assert.equal((await running.interrupt()).status, 130);
  });

  it('ends with all of them where one log cannot be followed any more', async (context) => {
    const folder = temporaryFolder(context);
    const [a, b] = [new TestLog(join(folder, 'a')).seal(), new TestLog(join(folder, 'b'), 8).seal()];
    const running = new Running(context, ['tail', '-f', '-n', '2', a.path, b.path]);
    await running.says(/log\.open[^]*log\.open/);
    b.event('x', 'INFO', 'from b');
    await running.says(/from b/);
    b.truncate(10);
    const { status, err } = await running.result;
    assert.equal(status, 4);
    assert.match(err, /LOG_TRUNCATED/);
  });
});
