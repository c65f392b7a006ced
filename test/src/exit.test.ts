// However a process ends, what it logged is in its log. All ways but a signal that nobody handles leave it sealed and closed, too.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { createLogger } from 'agent-audit';
import { lines, verifyLogFile } from 'agent-audit/files';
import { type Ended, start } from './program.ts';
import { temporaryFolder } from './temporary-folder.ts';

async function readEvents(logFile: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const { line } of lines(logFile)) events.push(parseLine(line));
  return events;
}

/** Everything that the program said it had logged is there, in its order, and the log was told of no trouble. */
async function assertAllLogged(logFile: string, { stdout, stderr }: Ended): Promise<RecordedEvent[]> {
  const said = [...stdout.matchAll(/^logged (\d+)$/gm)].at(-1)?.[1];
  assert.ok(said !== undefined && Number(said) > 0, `the program said how much it logged: ${stdout}${stderr}`);
  assert.doesNotMatch(stdout, /^trouble/m);
  const events = await readEvents(logFile);
  const messages = events.filter(({ type }) => type === 'scan_completed').map(({ message }) => message);
  assert.deepEqual(messages, Array.from({ length: Number(said) }, (_, i) => String(i)));
  return events;
}

function locksIn(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.includes('.lock-'));
}

/** The log is closed: sealed to its last line, which says so, and nobody's. */
async function assertClosed(folder: string, logFile: string, events: readonly RecordedEvent[]): Promise<void> {
  const last = events.at(-1);
  assert.deepEqual([last?.type, last?.details], ['log.close', { reason: 'stop' }]);
  const { problems, unsigned, torn, recovered } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, torn, recovered }, { problems: [], unsigned: 0, torn: undefined, recovered: 0 });
  assert.deepEqual(locksIn(folder), []);
}

interface Case {
  readonly way: string;
  readonly signal?: NodeJS.Signals;
  readonly ends: { readonly code?: number; readonly signal?: NodeJS.Signals };
}

const handled = 'a signal, handled';
const cases: readonly Case[] = [
  { way: 'natural end', ends: { code: 0 } },
  { way: 'natural end, long after the worker is up', ends: { code: 0 } },
  { way: 'natural end, never started', ends: { code: 0 } },
  { way: 'natural end, after a flush that nobody awaits', ends: { code: 0 } },
  { way: 'process.exit before the worker is up', ends: { code: 3 } },
  { way: 'process.exit in the tick that logs', ends: { code: 3 } },
  { way: 'process.exit while stop() is under way', ends: { code: 3 } },
  { way: 'uncaught throw', ends: { code: 1 } },
  { way: 'uncaught throw before the worker is up', ends: { code: 1 } },
  { way: 'unhandled rejection', ends: { code: 1 } },
  { way: 'an exit listener of the program that logs', ends: { code: 0 } },
  { way: 'process.exit while segments close', ends: { code: 3 } },
  { way: 'natural end, after the file was deleted', ends: { code: 0 } },
  { way: 'process.exit before the worker is up, after the file was deleted', ends: { code: 3 } },
  { way: 'stop() awaited, after the file was deleted', ends: { code: 0 } },
  { way: 'stop() awaited', ends: { code: 0 } },
  { way: 'stop() before the worker is up', ends: { code: 0 } },
  { way: 'await using', ends: { code: 0 } },
  { way: 'two loggers', ends: { code: 0 } },
  { way: handled, signal: 'SIGTERM', ends: { signal: 'SIGTERM' } },
  { way: handled, signal: 'SIGINT', ends: { signal: 'SIGINT' } },
  { way: `${handled}, and a listener that ends the process later`, signal: 'SIGTERM', ends: { code: 7 } },
  { way: `${handled}, and a listener that ends the process at once`, signal: 'SIGINT', ends: { code: 7 } },
  { way: 'a signal, and a listener that stops the log without waiting for it', signal: 'SIGTERM', ends: { code: 7 } },
];

for (const sealedOn of ['worker', 'main'] as const) {
  for (const { way, signal, ends } of cases) {
    test(`sealed on ${sealedOn}, ${way}${signal === undefined ? '' : ` (${signal})`}: all is there, sealed and closed`, async (t) => {
      const folder = temporaryFolder(t);
      const logFile = join(folder, 'audit.log');
      const program = start('exit-program', way, logFile, ...(sealedOn === 'main' ? ['own'] : []));
      if (signal !== undefined) {
        await program.line('ready');
        program.child.kill(signal);
      }
      const ended = await program.ended;
      assert.deepEqual([ended.code, ended.signal], [ends.code ?? null, ends.signal ?? null], ended.stderr);
      // A process that a signal ends says nothing at its exit.
      const told = ends.signal === undefined ? ended : { ...ended, stdout: `${ended.stdout}logged 100\n` };
      await assertClosed(folder, logFile, await assertAllLogged(logFile, told));
    });
  }
}

test('a log that is stopped and started again and again, while segments close, is never found unclean', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const lives = 25;
  for (let life = 0; life < lives; life++) {
    const audit = createLogger({ logFile, env: false, maxSizeMB: 0.003, bufferSize: 3 });
    for (let i = 0; i < 10; i++) {
      audit.info('scan_completed', String(life * 10 + i));
      if (i % 3 === life % 3) await audit.flush();
    }
    await audit.stop();
  }
  const events = await readEvents(logFile);
  assert.deepEqual(
    events.filter(({ type }) => type === 'scan_completed').map(({ message }) => Number(message)),
    Array.from({ length: lives * 10 }, (_, number) => number),
  );
  assert.ok(events.some(({ details }) => details?.['reason'] === 'rotate'));
  await assertClosed(folder, logFile, events);
});

test('two loggers: both are sealed and closed', async (t) => {
  const folder = temporaryFolder(t);
  await start('exit-program', 'two loggers', join(folder, 'audit.log')).ended;
  const other = join(folder, 'audit.log.other.log');
  await assertClosed(folder, other, await readEvents(other));
});

test('process.exit by an event’s own getter: what stands before that event is there', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const ended = await start('exit-program', 'process.exit by an event’s own getter', logFile).ended;
  assert.equal(ended.code, 3, ended.stderr);
  await createLogger({ logFile, env: false }).stop();
  await assertAllLogged(logFile, ended);
  const { problems, unsigned, recovered } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, recovered }, { problems: [], unsigned: 0, recovered: 1 });
});

for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
  test(`a signal that nobody handles (${signal}): the next start takes over, and says what it found`, async (t) => {
    const folder = temporaryFolder(t);
    const logFile = join(folder, 'audit.log');
    const program = start('exit-program', 'a signal', logFile);
    await program.line('ready');
    program.child.kill(signal);
    const ended = await program.ended;
    assert.equal(ended.signal, signal);
    assert.equal(locksIn(folder).length, 1, 'the dead process left its lock');

    const troubles: string[] = [];
    const audit = createLogger({ logFile, env: false, onError: ({ code }) => troubles.push(code) });
    await audit.stop();
    assert.deepEqual(troubles, []);
    const events = await assertAllLogged(logFile, { ...ended, stdout: `${ended.stdout}logged 100\n` });
    assert.deepEqual(
      events.filter(({ type }) => type.startsWith('log.')).map(({ type }) => type),
      ['log.open', 'log.open', 'log.recovered', 'log.close'],
    );
    const { problems, unsigned, recovered } = await verifyLogFile(logFile);
    assert.deepEqual({ problems, unsigned, recovered }, { problems: [], unsigned: 0, recovered: 1 });
    assert.deepEqual(locksIn(folder), []);
  });
}
