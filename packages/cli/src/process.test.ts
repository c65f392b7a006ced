// What only a process of its own shows: the program that is installed, pipes that close, signals, the machine's zone.
import assert from 'node:assert/strict';
import { spawn, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { jobLog, temporaryFolder, TestLog } from './log.test.support.ts';

const program = fileURLToPath(new URL('../bin/agent-audit.js', import.meta.url));

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

function start(
  command: string,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): { child: ReturnType<typeof spawn>; ended: Promise<Ended> } {
  const options: SpawnOptions = { env: { PATH: process.env['PATH'], ...env }, stdio: ['pipe', 'pipe', 'pipe'] };
  const child = spawn(command, argv, options);
  let [out, err] = ['', ''];
  child.stdout?.on('data', (data: Buffer) => (out += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (err += data.toString()));
  const ended = once(child, 'close').then(([status, signal]) => ({
    status: status as number | null,
    signal: signal as string | null,
    out,
    err,
  }));
  return { child, ended };
}

const cli = (argv: readonly string[], env?: Readonly<Record<string, string>>): Promise<Ended> =>
  start(process.execPath, [program, ...argv], env).ended;

/** Through a shell, for pipes. */
function shell(script: string, log: string): Promise<Ended> {
  return start('/bin/sh', ['-c', script], { NODE: process.execPath, PROGRAM: program, LOG: log }).ended;
}

function longLog(folder: string): TestLog {
  const log = new TestLog(folder);
  while (log.size < 3_000) log.event('x', 'INFO', `a message that fills the pipe ${'.'.repeat(100)}`);
  return log.seal();
}

describe('the program', () => {
  it('exits with the status of its command', async (context) => {
    const log = jobLog(temporaryFolder(context));
    assert.deepEqual(await cli(['key', log.path]), { status: 0, signal: null, out: `${log.vkey}\n`, err: '' });
    assert.equal((await cli(['verify', log.path])).status, 3);
    assert.equal((await cli(['verify', '--key', log.vkey, log.path])).status, 0);
    assert.equal((await cli(['verify', log.file('absent')])).status, 4);
    assert.equal((await cli(['query', 'nothing_like_it', log.path, '--exit-status'])).status, 1);
    assert.equal((await cli(['nonsense'])).status, 2);
  });

  it('ends in silence where nobody reads on', async (context) => {
    const { path } = longLog(temporaryFolder(context));
    for (const command of [
      "query ''",
      "query '' --json",
      "query '' --reverse --json",
      "query '' --fields seq",
      'tail --since 2026-01-01',
    ]) {
      const { out, err } = await shell(`{ "$NODE" "$PROGRAM" ${command} "$LOG"; echo "status $?" >&2; } | head -1`, path);
      assert.equal(out.split('\n').length, 2, command);
      assert.equal(err, 'status 0\n', command);
    }
  });

  it('says so where its output cannot be written', async (context) => {
    if (!existsSync('/dev/full')) return context.skip('this system has no /dev/full');
    const { path } = longLog(temporaryFolder(context));
    for (const command of ["query ''", "query '' --json", 'verify', 'key', 'help']) {
      const { status, err } = await shell(`"$NODE" "$PROGRAM" ${command} ${command === 'help' ? '' : '"$LOG"'} > /dev/full`, path);
      assert.equal(status, 4, command);
      assert.match(err, /cannot write the output: .*ENOSPC.*COULD_NOT_WRITE|COULD_NOT_WRITE.*ENOSPC/, command);
    }
  });

  it('has no colours in a pipe, nor where NO_COLOR is set', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    for (const env of [{}, { NO_COLOR: '1' }, { TERM: 'xterm-256color' }]) {
      const { out, err } = await cli(['query', 'severity:>=WARN', path], env);
      assert.doesNotMatch(out + err, /\u001b/);
    }
  });

  it('reads times without a zone as those of the machine, or of UTC', async (context) => {
    const { path } = jobLog(temporaryFolder(context));
    const search = ['query', '-type:log*', path, '--count', '--since', '2026-11-24T15:03:45'];
    assert.equal((await cli(search, { TZ: 'Europe/Berlin' })).out, '4\n');
    assert.equal((await cli(search, { TZ: 'UTC' })).out, '0\n');
    assert.equal((await cli([...search, '--utc'], { TZ: 'Europe/Berlin' })).out, '0\n');
    const day = ['query', '-type:log*', path, '--count', '--since', '2026-11-25', '--until', '2026-11-26'];
    assert.equal((await cli(day, { TZ: 'Pacific/Kiritimati' })).out, '9\n');
    assert.equal((await cli(day, { TZ: 'America/New_York' })).out, '0\n');
  });

  it('follows until it is interrupted', async (context) => {
    const log = jobLog(temporaryFolder(context));
    for (const [signal, status] of [
      ['SIGINT', 130],
      ['SIGTERM', 130],
    ] as const) {
      const { child, ended } = start(process.execPath, [program, 'tail', '-f', log.path, '--json', '-n', '1']);
      assert.ok(child.stdout !== null);
      await once(child.stdout, 'data');
      log.event('x', 'INFO', 'one more');
      await once(child.stdout, 'data');
      child.kill(signal);
      const result = await ended;
      assert.deepEqual([result.status, result.signal, result.err], [status, null, '']);
      assert.match(result.out, /one more/);
    }
  });

  it('imports what is piped into it', async (context) => {
    const folder = temporaryFolder(context);
    const into = `${folder}/audit.log`;
    const { child, ended } = start(process.execPath, [program, 'import', '-', '--from', 'ndjson', '--into', into]);
    child.stdin?.end('{"timestamp":"2026-11-24T02:30:33Z","type":"x","message":"m"}\n');
    const { status, out, err } = await ended;
    assert.deepEqual([status, err], [0, '']);
    assert.match(out, /imported {3}1 event from stdin/);
    assert.equal((await cli(['query', 'type:x', into, '--count'])).out, '1\n');
  });
});
