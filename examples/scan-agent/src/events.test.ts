// Every event type that agents share, each from its real cause: the agent's process, the receiver's process, and what the log says then.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventType } from 'agent-audit';
import { lines, verifyLogFile } from 'agent-audit/files';
import { plant, plantedSecrets } from './planted.ts';

const program = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const token = 'a-token-that-only-these-two-know';

interface Line {
  readonly type: string;
  readonly severity: string;
  readonly message: string;
  readonly error?: string;
  readonly job_id?: string;
  readonly trace_id?: string;
  readonly span_id?: string;
  readonly parent_span_id?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

let folder = '';
let receiver: ChildProcess;
let output = '';
const log: Line[] = [];
const logFile = (): string => join(folder, 'data', 'audit.log');

/** Runs the agent to its end; resolves to its exit status. */
async function runAgent(url: string, given: readonly string[], agentToken = token): Promise<number | null> {
  const env = { PATH: process.env['PATH'], TMPDIR: folder, SCAN_AGENT_TOKEN: agentToken };
  const options = [program('main.js'), '--data', join(folder, 'data'), '--upload', url, ...given];
  const agent = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [agent.stdout, agent.stderr]) stream.setEncoding('utf8').on('data', (piece: string) => (output += piece));
  await once(agent, 'close');
  return agent.exitCode;
}

/** A directory that takes a scan three samples: a warning, a throttling, and more of it until the end. */
function makeHungry(directory: string): void {
  mkdirSync(directory);
  const text = 'const answer = await ask("what is there to find in here?");\n'.repeat(300);
  for (let n = 0; n < 60; n += 1) writeFileSync(join(directory, `${n}.ts`), text);
}

before(async () => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  const below = (name: string): string => join(folder, name);
  plant(below('planted'));
  makeHungry(below('hungry'));
  writeFileSync(below('slow.json'), JSON.stringify({ directory: 'hungry', timeoutMs: 1 }));
  writeFileSync(below('wrong.json'), JSON.stringify({ directory: 7, password: plantedSecrets[0] }));
  const env = { PATH: process.env['PATH'], RECEIVER_TOKEN: token };
  const faults = ['cut', 'limit', 'refuse', 'garble'];
  const options = [program('receiver-program.js'), below('received'), ...faults];
  receiver = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(receiver.stdout);
  const [url] = (await once(receiver.stdout.setEncoding('utf8'), 'data')) as [string];

  const jobs = ['planted', 'hungry', 'gone', 'slow.json', 'wrong.json'].map(below);
  assert.equal(await runAgent(url.trim(), ['--cpu-max', '1e-9', ...jobs]), 1, 'not all of them can be done');
  assert.equal(await runAgent(url.trim(), ['--memory-max-mb', '1', below('hungry')]), 0, 'slowed down, and done');
  assert.equal(await runAgent(url.trim(), [below('planted')], 'a-token-from-elsewhere'), 1, 'the receiver knows its token');
  assert.equal(await runAgent(url.trim(), ['--heap-mb', '1', below('planted')]), 1, 'a scan needs more memory than that');
  for await (const { line } of lines(logFile())) log.push(JSON.parse(Buffer.from(line).toString()) as Line);
});

after(async () => {
  receiver.kill();
  if (receiver.exitCode === null && receiver.signalCode === null) await once(receiver, 'close');
  rmSync(folder, { recursive: true, force: true });
});

const all = (type: string): Line[] => log.filter((line) => line.type === type);
const jobsOf = (type: string): Set<string> => new Set(all(type).map(({ job_id }) => (job_id ?? 'none').replace(/-[0-9a-f]{6}$/, '')));

describe('the log of four runs', () => {
  test('has every type of event, each with its severity', () => {
    const failed = ['job_failed', 'scan_failed', 'upload_failed'];
    const errors = [...failed, 'agent_error', 'job_timeout', 'chunk_failed', 'auth_failed', 'validation_error'];
    const warnings = ['upload_retry', 'rate_limited', 'resource_warning', 'resource_throttle'];
    for (const type of Object.values(EventType)) {
      const severity = errors.includes(type) ? 'ERROR' : warnings.includes(type) ? 'WARN' : 'INFO';
      assert.deepEqual([type, ...new Set(all(type).map((line) => line.severity))], [type, severity]);
    }
  });

  test('has each under the job that it is of', () => {
    const expected: Readonly<Record<string, readonly string[]>> = {
      job_received: ['planted', 'hungry', 'gone'],
      job_completed: ['planted', 'hungry'],
      job_failed: ['gone', 'planted'],
      job_timeout: ['hungry'],
      upload_failed: ['planted'],
      chunk_failed: ['planted'],
      auth_failed: ['planted'],
      agent_error: ['planted'],
      resource_throttle: ['hungry'],
      resource_resume: ['hungry'],
      agent_start: ['none'],
      validation_error: ['none'],
    };
    for (const [type, jobs] of Object.entries(expected)) assert.deepEqual([type, jobsOf(type)], [type, new Set(jobs)]);
    assert.equal(all('agent_start').length, 4);
    assert.equal(all('agent_stop').length, 4);
  });

  test('has scans and uploads inside of their jobs, and what they do inside of them', () => {
    const jobs = new Map(all('job_started').map((line) => [line.span_id, line]));
    for (const type of ['scan', 'upload']) {
      for (const line of all(`${type}_started`)) {
        const job = jobs.get(line.parent_span_id);
        assert.ok(job, `${type} ${line.span_id} is inside of a job`);
        assert.deepEqual([line.job_id, line.trace_id], [job.job_id, job.trace_id]);
        const endings = [`${type}_completed`, `${type}_failed`];
        const ends = log.filter(({ span_id, type: end }) => span_id === line.span_id && endings.includes(end));
        assert.equal(ends.length, 1, 'what began has ended, once');
      }
    }
    const inside = (type: string, outer: string): void => {
      const spans = new Set(all(outer).map(({ span_id }) => span_id));
      for (const { span_id } of all(type)) assert.ok(spans.has(span_id), `${type} is inside of ${outer}`);
    };
    for (const type of ['chunk_uploaded', 'chunk_failed', 'upload_retry', 'rate_limited', 'auth_failed']) inside(type, 'upload_started');
    for (const type of ['resource_warning', 'resource_throttle', 'resource_resume', 'agent_error']) inside(type, 'scan_started');
    for (const type of ['chunk_created', 'chunk_cleanup']) inside(type, 'job_started');
  });

  test('tells the causes', () => {
    const retries = all('upload_retry').map(({ error }) => error ?? '');
    const causes = ['fetch failed', 'answered 429', 'answered 503', 'answered 422'];
    for (const cause of causes) assert.ok(retries.some((error) => error.includes(cause)), cause);
    assert.deepEqual(all('rate_limited').map(({ details }) => details?.['retry_after_ms']), [1000]);
    assert.match(all('auth_failed')[0]?.error ?? '', /answered 401/);
    assert.equal(all('validation_error')[0]?.error, 'directory: must be a text; password: unknown');
    assert.match(all('agent_error')[0]?.error ?? '', /^the scanning process ended/);
  });

  test('tells of each scan above a limit: the warning, why it is slowed down, and that this ends', () => {
    const steps = log.filter(({ type }) => type.startsWith('resource_')).map(({ message }) => message);
    assert.deepEqual(
      steps,
      ['cpu', 'memory'].flatMap((reason) => [
        `Scan above its limit: ${reason}`,
        `Resource throttling activated: ${reason}`,
        'Scan at full speed again',
      ]),
    );
    for (const { details } of all('resource_throttle')) assert.ok(Number(details?.['memory_mb']) > 1);
  });

  test('is sound', async () => {
    const { ok, problems, unsigned, lines: count } = await verifyLogFile(logFile());
    assert.deepEqual({ ok, problems, unsigned, count }, { ok: true, problems: [], unsigned: 0, count: log.length });
  });

  test('and the reports, and the output, hold no secret', () => {
    const kept = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /^(?:data|received)\b.*\.\w+$/.test(name));
    assert.ok(kept.some((name) => name.endsWith('.sarif')));
    for (const text of [output, ...kept.map((name) => readFileSync(join(folder, name), 'utf8'))]) {
      for (const secret of [...plantedSecrets, token]) assert.ok(!text.includes(secret));
    }
  });
});

test('the receiver has whole reports, the same as the agent; the chunks’ files are gone', () => {
  const received = readdirSync(join(folder, 'received'));
  assert.equal(received.length, 3);
  for (const name of received) {
    assert.deepEqual(readFileSync(join(folder, 'received', name)), readFileSync(join(folder, 'data', 'reports', name)));
  }
  assert.ok(all('chunk_created').some(({ details }) => Number(details?.['total_chunks']) > 1));
  assert.ok(readdirSync(join(folder, 'data', 'reports')).every((name) => name.endsWith('.sarif')));
  assert.ok(existsSync(logFile()));
});
