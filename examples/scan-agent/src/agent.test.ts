// The agent as it is run: its own process, its own files, and the command line tool to judge what it left.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { lines } from 'agent-audit/files';
import { plant, plantedSecrets } from './planted.ts';

const main = fileURLToPath(new URL('main.js', import.meta.url));
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const bin = join(repository, 'node_modules', '.bin');

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const data = (): string => join(folder, 'data');
const logFile = (): string => join(data(), 'audit.log');

/** Nothing of the machine's settings, nor of npm's; what is temporary goes with the test's folder. */
const env = (): NodeJS.ProcessEnv => ({ PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1', TMPDIR: folder });
const runAgent = (...directories: string[]): ReturnType<typeof runNode> => runNode([main, '--data', data(), ...directories]);

function runNode(options: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, options, { cwd: repository, env: env(), encoding: 'utf8' });
}

interface Line {
  readonly seq: number;
  readonly type: string;
  readonly job_id?: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly error?: string;
}

const readLog = (): Line[] => readFileSync(logFile(), 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line) as Line);

/** The log's own judge, from outside. */
function assertSound(expected: { lines: number }): void {
  const { status, stdout } = spawnSync('agent-audit', ['verify', '--json', '--log', logFile()], { env: env(), encoding: 'utf8' });
  const { ok, lines: count, gaps, unsigned, problems } = JSON.parse(stdout) as Record<string, unknown>;
  assert.deepEqual({ ok, count, gaps, unsigned, problems }, { ok: true, count: expected.lines, gaps: [], unsigned: 0, problems: [] });
  assert.equal(status, 3, 'sound, and nobody has vouched for its key');
}

/** The types of one job's events, found by the name of its directory. */
function stepsOf(log: readonly Line[], name: string): string[] {
  return log.filter((line) => line.job_id?.startsWith(`${name}-`)).map(({ type }) => type);
}

describe('the agent', () => {
  test('scans directories, reports each that it could read, and leaves a log that says so and verifies', () => {
    plant(join(folder, 'planted'));
    mkdirSync(join(folder, 'clean'));
    writeFileSync(join(folder, 'clean', 'a.txt'), 'nothing');
    const { status, stdout, stderr } = runAgent(join(folder, 'planted'), join(folder, 'gone'), join(folder, 'clean'));
    assert.equal(status, 1, 'one of them could not be scanned');
    assert.equal(stderr, '');

    const log = readLog();
    const steps = ['job_received', 'job_started', 'scan_started'];
    assert.deepEqual(log.map(({ seq }) => seq), log.map((_, index) => index));
    assert.deepEqual(log.slice(0, 2).map(({ type }) => type), ['log.open', 'agent_start']);
    assert.deepEqual(log.slice(-2).map(({ type }) => type), ['agent_stop', 'log.close']);
    assert.deepEqual(stepsOf(log, 'planted'), [...steps, 'scan_completed', 'job_completed']);
    assert.deepEqual(stepsOf(log, 'clean'), [...steps, 'scan_completed', 'job_completed']);
    assert.deepEqual(stepsOf(log, 'gone'), [...steps, 'scan_failed', 'job_failed']);
    assert.equal(log.length, 4 + 3 * 5);
    assertSound({ lines: log.length });

    const reports = log.flatMap(({ type, details }) => (type === 'job_completed' ? [String(details?.['report'])] : []));
    assert.equal(readdirSync(join(data(), 'reports')).length, 2);
    for (const secret of plantedSecrets) {
      for (const text of [stdout, ...[logFile(), ...reports].map((file) => readFileSync(file, 'utf8'))]) assert.ok(!text.includes(secret));
    }
  });

  test('goes on in the same log when it is run again', () => {
    plant(join(folder, 'planted'));
    assert.equal(runAgent(join(folder, 'planted')).status, 0);
    const first = readLog();
    const { status, stdout } = runAgent(join(folder, 'planted'));
    assert.equal(status, 0);
    const both = readLog();
    assert.deepEqual(both.slice(0, first.length), first);
    assert.match(stdout, new RegExp(`${first.length + 1} lines so far\n`));
    assert.deepEqual(both.map(({ seq }) => seq), both.map((_, index) => index));
    assert.equal(both[first.length]?.type, 'log.open');
    assertSound({ lines: both.length });
  });

  test('ends its scans at SIGINT, records every end, and closes the log', { skip: onWindows() }, async () => {
    const directories = Array.from({ length: 60 }, (_, n) => join(folder, `d${n}`));
    for (const directory of directories) plant(directory);
    const agent = spawn(process.execPath, [main, '--data', data(), ...directories], { env: env(), stdio: ['ignore', 'pipe', 'inherit'] });
    const closed = once(agent, 'close');
    const ending = new AbortController();
    agent.once('close', () => ending.abort(new Error('the agent ended by itself')));
    // It says where the log is once there is one.
    await once(agent.stdout, 'data', { signal: ending.signal });
    await recorded('scan_started', ending.signal);
    agent.kill('SIGINT');
    await closed;
    assert.equal(agent.exitCode, 130);
    const log = readLog();
    const received = log.filter(({ type }) => type === 'job_received').map(({ job_id }) => job_id);
    const ended = log.filter(({ type }) => type === 'job_completed' || type === 'job_failed').map(({ job_id }) => job_id);
    assert.equal(ended.length, directories.length);
    assert.deepEqual(new Set(ended), new Set(received));
    assert.ok(log.some(({ type, error }) => type === 'job_failed' && error === 'stopped by SIGINT'));
    assert.deepEqual(log.slice(-2).map(({ type }) => type), ['agent_stop', 'log.close']);
    assertSound({ lines: log.length });
  });

  test('refuses an option that it does not have', () => {
    const { status, stderr } = runNode([main, '--dta', data(), folder]);
    assert.equal(status, 2);
    assert.match(stderr, /--dta[^]*\nusage: node dist\/main\.js \[--data FOLDER\] /);
  });
});

/** Resolves when an event of this type is in the log. */
async function recorded(type: string, signal: AbortSignal): Promise<void> {
  for await (const { line } of lines(logFile(), { follow: true, signal })) {
    if ((JSON.parse(Buffer.from(line).toString()) as Line).type === type) return;
  }
}

describe('the tour', () => {
  test('shows a trail, verifies the log, proves an event, and what it says to try works', { skip: onWindows() }, () => {
    const { status, stdout, stderr } = runAgent();
    assert.equal(stderr, '');
    assert.equal(status, 0, stdout);
    const log = readLog();
    for (const type of ['job_completed', 'job_failed', 'job_timeout']) assert.ok(log.some((line) => line.type === type), type);
    const shown = log.filter(({ type }) => type.startsWith('job_'));
    for (const { seq, type } of shown) assert.ok(stdout.includes(`\n${seq}\t${type}\t`), `it shows ${type} at ${seq}`);
    assert.match(stdout, /\nplanted-\w+ secret_scan [^\n]* completed [^]*\n[^\n]* scan [^]*\n[^\n]* upload [^\n]*✘[^\n]*✔/);
    assert.match(stdout, /✔ sound {3}scan-agent\/[0-9a-f]{32}\n/);
    assert.match(stdout, /✔ proven {3}line \d+ of scan-agent\//);
    assert.match(stdout, /\n {2}not shown: |\nscan-agent-2 +stopped [^]*\ngo-agent\tjob_failed\tnightly-backup\tdisk quota exceeded\n/);
    assertSound({ lines: log.length });

    const commands = stdout.slice(stdout.indexOf('What to try next')).split('\n').map((line) => line.trim());
    const results = commands
      .filter((line) => /^(npx agent-audit|mkdir) /.test(line))
      .map((line) => spawnSync(line.replace(/^npx /, ''), { shell: true, cwd: repository, env: env(), encoding: 'utf8' }));
    assert.deepEqual(results.map((result) => result.status), [0, 0, 0, 0, 0, 1]);
    const [events, network, trouble, leaks, , denied] = results.map((result) => result.stdout);
    for (const type of stepsOf(log, 'planted')) assert.ok(events?.includes(` ${type} `), type);
    assert.match(network ?? '', /upload_retry +planted-[^]*rate_limited +planted-/);
    assert.match(trouble ?? '', /job_timeout/);
    assert.match(leaks ?? '', /planted-[^\n]*findings_count=4/);
    assert.match(denied ?? '', /✘ TAMPERED/);
    assert.match(stdout, /\n {2}npm start -- --stay\n$|\n {2}not shown: /);
  });
});

function onWindows(): string | false {
  return process.platform === 'win32' ? 'needs a POSIX shell and signals' : false;
}
