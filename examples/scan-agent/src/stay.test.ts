// What `npm start` leaves running until it is stopped: real agents, their collector and its console, asked and ended as a person would.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { until } from './until.test.support.ts';

const main = fileURLToPath(new URL('main.js', import.meta.url));
const repository = fileURLToPath(new URL('../../..', import.meta.url));
const bin = join(repository, 'node_modules', '.bin');
/** Of util-linux: gives a program a terminal. */
const terminal = '/usr/bin/script';
const agents = ['scanner-packages', 'scanner-repository', 'scanner-shop'];

let folder = '';
const data = (): string => join(folder, 'data');
const env = (): NodeJS.ProcessEnv => ({ PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1', TMPDIR: folder });

/** A run that is listened to. */
class Run {
  readonly child: ChildProcess;
  said = '';

  constructor(command: string, given: readonly string[]) {
    this.child = spawn(command, given, { cwd: repository, env: env(), stdio: ['pipe', 'pipe', 'pipe'] });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.setEncoding('utf8').on('data', (piece: string) => {
        this.said += piece;
      });
    }
  }

  async says(text: string): Promise<void> {
    const isOver = (): boolean => this.child.exitCode !== null || this.child.signalCode !== null;
    await until(text, () => this.said.includes(text) || isOver(), () => this.said);
    assert.ok(this.said.includes(text), `it ended without ${text}\n${this.said}`);
  }

  /** @returns the exit status */
  async end(signal?: NodeJS.Signals): Promise<number | null> {
    const closed = once(this.child, 'close');
    if (signal !== undefined) this.child.kill(signal);
    await closed;
    return this.child.exitCode;
  }

  /** What stands behind a word at the beginning of a line. */
  shown(word: string): string {
    const [, value] = new RegExp(String.raw`\n {2}${word} +(\S+)`).exec(this.said) ?? [];
    assert.ok(value, `it shows ${word}\n${this.said}`);
    return value;
  }
}

const runTour = (...options: string[]): Run => new Run(process.execPath, [main, '--data', data(), ...options]);

/** The command lines of processes that have this in them. */
function processes(text: string): { readonly pid: number; readonly command: string }[] {
  const { stdout } = spawnSync('ps', ['-A', '-ww', '-o', 'pid=,args='], { encoding: 'utf8' });
  return stdout
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => ({ pid: Number.parseInt(line, 10), command: line }));
}

/** Runs a command that was shown, in a shell. */
function runShown(command: string): string {
  const options = { shell: true, cwd: repository, env: env(), encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(command.replace(/^npx /, ''), options);
  assert.equal(status, 0, `${command}\n${stderr}`);
  return stdout;
}

function count(at: string, search: string): number {
  return Number(runShown(`agent-audit query '${search}' --count ${at}`).trim());
}

/** All logs that a run has written: whole, sealed, closed in order, and witnessed to the last line. */
function assertLogsWhole(kept: string): void {
  for (const name of [...agents, 'supervisor']) {
    const log = join(kept, 'agents', name, 'audit.log');
    const { stdout } = spawnSync('agent-audit', ['verify', '--json', '--log', log], { env: env(), encoding: 'utf8' });
    const { ok, gaps, unsigned, unwitnessed, problems } = JSON.parse(stdout) as Record<string, unknown>;
    const found = { name, ok, gaps, unsigned, unwitnessed, problems };
    assert.deepEqual(found, { name, ok: true, gaps: [], unsigned: 0, unwitnessed: 0, problems: [] });
    const types = readFileSync(log, 'utf8').trimEnd().split('\n').map((line) => (JSON.parse(line) as { type: string }).type);
    assert.deepEqual(types.slice(-2), [name === 'supervisor' ? 'supervision_ended' : 'agent_stop', 'log.close'], name);
  }
}

/** Neither a process nor a lock of a run. */
function assertNothingLeft(kept: string): void {
  assert.deepEqual(processes(`${kept}/`), []);
  assert.deepEqual(readdirSync(kept, { recursive: true, encoding: 'utf8' }).filter((name) => name.includes('.lock-')), []);
}

function cannotRun(): string | false {
  if (process.platform === 'win32') return 'needs a POSIX shell and signals';
  if (spawnSync('ps', ['-A']).status !== 0) return 'needs ps, to see what runs';
  return existsSync(join(repository, 'node_modules', 'chdb')) ? false : 'needs chdb, the embedded database';
}

function hasTerminal(): boolean {
  return spawnSync(terminal, ['-qec', 'test -t 1', '/dev/null']).status === 0;
}

describe('what goes on after the tour', { skip: cannotRun() }, () => {
  let first: Run;
  let second: Run;
  let at = '';
  const commands: string[] = [];
  const secondData = (): string => `${data()}-2`;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
    // A shell that stays would tell of the Ctrl-C by its own status.
    const command = `exec "${process.execPath}" "${main}" --data "${data()}"`;
    first = hasTerminal() ? new Run(terminal, ['-qec', command, '/dev/null']) : runTour('--stay');
    await first.says('Scan agent');
    second = runTour('--no-tour');
    const last = "tail -f -s 'type:job_*' --collector";
    await Promise.all([first.says(last), second.says(last)]);
    commands.push(...first.said.split('\n').filter((line) => line.includes('npx agent-audit')).map((line) => line.trim()).slice(-3));
    at = /--collector .*$/.exec(commands[0] ?? '')?.[0] ?? '';
  });

  after(async () => {
    for (const run of [first, second]) run.child.kill('SIGKILL');
    // What they had started ends by itself then.
    await until('every process is gone', () => processes(folder).length === 0);
    rmSync(folder, { recursive: true, force: true });
  });

  test('the console’s address answers, and its token is one', async () => {
    const address = first.shown('console');
    const page = await fetch(address);
    assert.equal(page.status, 200);
    assert.match(await page.text(), /<title>/);
    const asked = await fetch(new URL('/v1/agents', address), { headers: { authorization: `Bearer ${first.shown('token')}` } });
    assert.equal(asked.status, 200);
    assert.ok(!first.said.includes('token='), 'it is in no address');
  });

  test('the collector answers over all agents', async () => {
    const hasScanned = (name: string): boolean => count(at, `agent_id:${name} duration_ms:>0`) > 0;
    await until('a job of each has ended', () => agents.every(hasScanned), () => first.said);
    const [fleet = '', wrong = ''] = commands;
    for (const name of [...agents, 'supervisor']) assert.match(runShown(fleet), new RegExp(`^${name} +live`, 'm'));
    assert.match(runShown(wrong), /ENOENT/);
  });

  test('a run beside it has all of its own, and is ended in order by SIGTERM', async () => {
    assert.match(second.said, /is in use by another run/);
    assert.notEqual(second.shown('console'), first.shown('console'));
    assert.equal(await second.end('SIGTERM'), 0, second.said);
    for (const name of [...agents, 'collector']) assert.match(second.said, new RegExp(`✔ ${name} +in order\n`));
    assertNothingLeft(secondData());
    assertLogsWhole(secondData());
  });

  test('an agent that was killed is told of, and started again', async () => {
    const starts = 'agent_id:scanner-shop type:agent_start';
    assert.equal(count(at, starts), 1);
    const killed = processes(`${data()}/`).find(({ command }) => command.includes('--name scanner-shop'));
    assert.ok(killed);
    process.kill(killed.pid, 'SIGKILL');
    await first.says('! scanner-shop ended by SIGKILL: it is started again in 1 s');
    await until('it has started again', () => count(at, starts) === 2, () => first.said);
    await until('the loss is in a log', () => count(at, 'agent_id:supervisor type:agent_error message:scanner-shop*') === 1);
  });

  test('Ctrl-C ends all in order', async () => {
    if (hasTerminal()) {
      assert.match(first.said, /How jobs begin and end, live[^]* job_timeout [^]*What came of it[^]*✔ sound[^]*✔ proven/);
      await until('the line on the terminal counts', () => /[1-9]\d* jobs? done/.test(first.said), () => first.said);
      first.child.stdin?.write('\u0003');
    } else first.child.kill('SIGINT');
    assert.equal(await first.end(), 0, first.said);
    for (const name of [...agents, 'collector']) assert.match(first.said, new RegExp(`✔ ${name} +in order\r?\n`));
    assertNothingLeft(data());
    assertLogsWhole(data());
    assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('scan-agent-')), [], 'what was temporary is gone');
  });
});
