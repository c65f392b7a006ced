import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, copyFileSync, mkdirSync, readdirSync, renameSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FilesError, type FilesErrorCode } from './error.ts';
import { FixtureLog, temporaryFolder } from './fixture.test.support.ts';
import { lines, type LogLine } from './lines.ts';
import { listSegments } from './list.ts';

/** A follower, line by line. Every wait ends: with a line, an error, or the runner's own limit. */
class Following {
  readonly #lines: AsyncGenerator<LogLine, void, undefined>;
  readonly #end = new AbortController();

  constructor(logFile: string, from = 0) {
    this.#lines = lines(logFile, { from, follow: true, signal: this.#end.signal });
  }

  async take(count: number): Promise<string[]> {
    const taken: string[] = [];
    while (taken.length < count) {
      const { value } = await this.#lines.next();
      assert.ok(value !== undefined);
      taken.push(Buffer.from(value.line).toString());
    }
    return taken;
  }

  /** Nothing more may come but this error. */
  async fails(code: FilesErrorCode, ...parts: string[]): Promise<void> {
    await assert.rejects(this.#lines.next(), (error) => {
      assert.ok(error instanceof FilesError, String(error));
      assert.equal(error.code, code);
      for (const part of parts) assert.ok(error.message.includes(part), error.message);
      return true;
    });
  }

  async stop(): Promise<void> {
    const waiting = this.#lines.next();
    this.#end.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
  }
}

test('each line comes as it is written, through rotation, packing and recovery', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2);
  const following = new Following(log.logFile);
  const expect = async (): Promise<void> => {
    const missing = log.model.slice(taken.length);
    taken.push(...(await following.take(missing.length)));
    assert.deepEqual(taken, log.model);
  };
  const taken: string[] = [];
  await expect();
  log.lines(3);
  await expect();
  log.lines(1).rotate().lines(1);
  await expect();
  log.rotate().rotate().pack(8).lines(2);
  await expect();
  appendFileSync(log.logFile, '{"seq":torn');
  truncateSync(log.logFile, Buffer.byteLength(log.model.slice(log.first).join('\n')) + 1);
  log.line('log.recovered', { torn_bytes: 11 });
  await expect();
  log.overlap(log.size - 2).lines(2);
  await expect();
  log.stop();
  await expect();
  await following.stop();
});

test('a line that arrives in two pieces is one line', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  const following = new Following(log.logFile, 1);
  const line = `{"seq":1,"type":"${'x'.repeat(500)}"}`;
  const next = following.take(1);
  appendFileSync(log.logFile, line.slice(0, 100));
  appendFileSync(log.logFile, `${line.slice(100)}\n`);
  assert.deepEqual(await next, [line]);
  await following.stop();
});

test('a log that is not there yet but for its sidecar, and one that was pruned below the start', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  unlinkSync(log.logFile);
  const following = new Following(log.logFile);
  const next = following.take(1);
  writeFileSync(log.logFile, `${log.model[0]}\n`);
  assert.deepEqual(await next, log.model);
  await following.stop();

  log.rotate().lines(2).prune(2, [0]);
  const late = new Following(log.logFile);
  assert.deepEqual(await late.take(log.size - 2), log.model.slice(2));
  await late.stop();
});

test('what was written to a segment before it was deleted is not lost', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  const following = new Following(log.logFile);
  assert.deepEqual(await following.take(1), log.model);
  log.lines(3).rotate().prune(5, [0]).lines(1);
  assert.deepEqual(await following.take(log.size - 1), log.model.slice(1));
  await following.stop();
});

test('a file whose name was removed, and that was copied back, is the same log', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2);
  const following = new Following(log.logFile);
  assert.deepEqual(await following.take(3), log.model);
  const copy = `${log.logFile}.tmp`;
  copyFileSync(log.logFile, copy);
  renameSync(copy, log.logFile);
  log.lines(2);
  assert.deepEqual(await following.take(2), log.model.slice(3));
  await following.stop();
});

test('a log that was cut below what was read', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(5);
  const following = new Following(log.logFile);
  await following.take(6);
  truncateSync(log.logFile, 100);
  await following.fails('LOG_TRUNCATED', log.logFile, 'agent-audit verify');
});

test('an origin that was given up: the error names the new one', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2).rotate().lines(2);
  const following = new Following(log.logFile);
  await following.take(log.size);
  const refused = log.path(log.names.refused('0123abcd'));
  mkdirSync(refused);
  const names = readdirSync(log.folder).filter((name) => /\.(log|checkpoints)$/.test(name));
  for (const name of names) renameSync(log.path(name), join(refused, name));
  const successor = FixtureLog.create(log.folder, 8).lines(3);
  await following.fails('LOG_REPLACED', log.signer.key.name, successor.signer.key.name);
  assert.equal(listSegments(refused).length, 2, 'the folder given up can be read as a log');
});

/** Starts a writer of its own, and waits for its first file. */
async function startWriter(logFile: string, segments: number, linesPerSegment: number): Promise<{ readonly ended: Promise<unknown> }> {
  const script = fileURLToPath(new URL('./writer.test.support.js', import.meta.url));
  const writer = spawn(process.execPath, [script, logFile, String(segments), String(linesPerSegment)], { stdio: 'inherit' });
  const ended = once(writer, 'exit').then(([status]) => assert.equal(status, 0));
  while (true) {
    try {
      if (listSegments(logFile).length > 0) return { ended };
    } catch (error) {
      if (!(error instanceof FilesError) || error.code !== 'LOG_NOT_FOUND') throw error;
    }
    await new Promise(setImmediate);
  }
}

/** Whether it has not ended yet, after one turn of the event loop. */
async function isRunning(ended: Promise<unknown>): Promise<boolean> {
  const turn = new Promise((resolve) => setImmediate(resolve, 'running'));
  return (await Promise.race([ended, turn])) === 'running';
}

test('against a writer in another process: no line lost, none twice, over many rotations', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { ended } = await startWriter(logFile, 120, 150);
  const followed: string[] = [];
  for await (const { seq, line } of lines(logFile, { follow: true })) {
    assert.equal(seq, followed.length);
    const text = Buffer.from(line).toString();
    followed.push(text);
    if (text.includes('"type":"log.close"') && text.includes('"reason":"stop"')) break;
  }
  await ended;
  const written: string[] = [];
  for await (const { line } of lines(logFile)) written.push(Buffer.from(line).toString());
  assert.deepEqual(followed, written);
  assert.ok(listSegments(logFile).length > 100);
});

test('against a writer in another process: no listing lacks a segment', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { ended } = await startWriter(logFile, 400, 2);
  let firsts: number[] = [];
  while (await isRunning(ended)) {
    const listed = listSegments(logFile).map(({ first }) => first);
    assert.deepEqual(listed.slice(0, firsts.length), firsts, 'what was listed once is listed again');
    firsts = listed;
  }
  await ended;
});

test('against a writer in another process: no reader lacks a line', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { ended } = await startWriter(logFile, 100, 50);
  while (await isRunning(ended)) {
    const newest = listSegments(logFile).at(-1)?.first ?? 0;
    let next = 0;
    for await (const { seq } of lines(logFile)) assert.equal(seq, next++);
    assert.ok(next >= newest);
  }
  await ended;
});

test('following keeps the process alive only where it should', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  const module = new URL('./lines.js', import.meta.url).href;
  const script = `import { lines } from '${module}';
    for await (const { seq } of lines(process.argv[1], { follow: true, persistent: process.argv[2] === 'persistent' })) console.log(seq);`;
  const start = (how: string): ReturnType<typeof spawn> =>
    spawn(process.execPath, ['--input-type=module', '-e', script, log.logFile, how], { stdio: ['ignore', 'pipe', 'ignore'] });
  // Node's own status for an await that nothing can end any more.
  assert.deepEqual(await once(start('in passing'), 'exit'), [13, null]);

  const follower = start('persistent');
  assert.ok(follower.stdout);
  await once(follower.stdout, 'data');
  log.lines(1);
  assert.deepEqual((await once(follower.stdout, 'data')).map(String), ['1\n']);
  follower.kill();
  await once(follower, 'exit');
});
