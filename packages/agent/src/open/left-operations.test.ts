// What a crash leaves open is found again and told of once: over rotations, crashes in turn, lost syncs and given-up origins.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditError } from '../error.ts';
import { unwatchExit } from '../exit.ts';
import { folderOf } from '../folder.ts';
import { Logger } from '../logger.ts';
import { leaveLocksToTheDead } from '../model/locks.test.support.ts';
import { logFile, readLog, verifyLog } from '../model/log-reader.test.support.ts';
import { FaultyDisk, ManualClock } from '../testing/index.ts';
import { leftOperations } from './left-operations.ts';

/** Loggers on one disk, one after the other. */
class Lives {
  readonly disk: FaultyDisk = new FaultyDisk(() => this.clock.now());
  readonly errors: AuditError[] = [];
  readonly #onError = (error: AuditError): void => void this.errors.push(error);
  clock = new ManualClock();
  logger: Logger = this.#open();

  #open(): Logger {
    const options = { agentId: 'lives', env: false, logFile, maxSizeMB: 0.002, onError: this.#onError } as const;
    const logger = new Logger(options, { disk: this.disk, clock: this.clock, sealOn: 'main' });
    logger.start();
    return logger;
  }

  /** Begins one that ends with the process at the earliest. */
  async begin(type: string): Promise<string> {
    return new Promise((resolve) => {
      const running = this.logger.operation({ type }, (op) => {
        resolve(op.spanId);
        return new Promise(() => {});
      });
      running.catch(() => {});
    });
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      this.clock.advance(250);
      for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Fills segments until the log has rotated. */
  async rotate(): Promise<void> {
    const opens = this.#opens();
    for (let turn = 0; this.#opens() === opens; turn++) {
      assert.ok(turn < 100, 'it does not rotate');
      for (let i = 0; i < 10; i++) this.logger.info('scan_completed', 'filler', { filler: 'x'.repeat(100) });
      await this.logger.flush();
      await this.pass(1_000);
    }
  }

  #opens(): number {
    return readLog(this.disk).filter(({ type }) => type === 'log.open').length;
  }

  crash(): void {
    unwatchExit(this.logger);
    this.disk.crash();
    leaveLocksToTheDead(this.disk);
    this.clock = new ManualClock(this.clock.now() + 120_000);
    this.logger = this.#open();
  }

  orphans(): unknown[] {
    return readLog(this.disk).flatMap(({ type, details }) => (type === 'log.orphan' ? [details?.['span_id']] : []));
  }

  async stop(): Promise<void> {
    const stopped = this.logger.stop();
    await this.pass(2_000);
    await stopped;
  }
}

test('across rotations and crashes in turn, each that was open is told of once, and with its seq', async () => {
  const lives = new Lives();
  const old = await lives.begin('job');
  await lives.logger.operation({ type: 'scan' }, () => {});
  await lives.rotate();
  await lives.rotate();
  const young = await lives.begin('scan');
  lives.crash();
  assert.deepEqual(lives.orphans(), [old, young]);
  lives.crash();
  await lives.pass(250);
  const third = await lives.begin('job');
  lives.crash();
  await lives.rotate();
  lives.crash();
  await lives.stop();
  assert.deepEqual(lives.orphans(), [old, young, third]);
  const lines = readLog(lives.disk);
  for (const { type, details } of lines) {
    if (type !== 'log.orphan') continue;
    const start = lines[Number(details?.['seq'])];
    assert.deepEqual([start?.operation, start?.spanId], ['start', details?.['span_id']]);
  }
  assert.deepEqual(verifyLog(lives.disk).records.orphans.length, 3);
});

test('a crash before the orphans are written leaves them for the next start', async () => {
  const lives = new Lives();
  const span = await lives.begin('job');
  lives.crash();
  // The lines of this start were with the operating system, and of them only the first is whole.
  const bytes = Buffer.from(lives.disk.bytesOf(logFile));
  const orphan = bytes.indexOf('"type":"log.orphan"');
  assert.ok(orphan > 0);
  unwatchExit(lives.logger);
  lives.disk.overwrite(logFile, bytes.subarray(0, orphan));
  lives.crash();
  await lives.stop();
  assert.deepEqual(lives.orphans(), [span]);
});

test('a segment that took the place of a failed one has no log.open: the one before is read, compressed or not', async () => {
  const lives = new Lives();
  const span = await lives.begin('job');
  lives.disk.failNextSync('EIO');
  lives.logger.info('scan_started', 'lost and found');
  await lives.pass(3_000);
  await lives.logger.flush();
  const first = /^\{"seq":(\d+),/.exec(Buffer.from(lives.disk.bytesOf(logFile)).toString('latin1'))?.[1];
  assert.ok(Number(first) > 0, 'the segment was replaced');
  assert.doesNotMatch(Buffer.from(lives.disk.bytesOf(logFile)).toString('latin1'), /log\.open/);
  await lives.pass(20_000);
  const gz = lives.disk.list('/audit').filter((name) => name.endsWith('.gz'));
  assert.equal(gz.length, 1, lives.disk.list('/audit').join(' '));
  const left = leftOperations(folderOf(lives.disk, logFile), lives.logger.health().size);
  assert.deepEqual(left.operations.map(({ span_id: id }) => id), [span]);
  lives.crash();
  await lives.stop();
  assert.deepEqual(lives.orphans(), [span]);
});

test('an origin that is given up keeps its operations; those whose first line was not sealed go on in the new log', async () => {
  const lives = new Lives();
  await lives.begin('job');
  lives.disk.overwrite(logFile, lives.disk.bytesOf(logFile).subarray(0, 10));
  const late = lives.begin('scan');
  await lives.pass(6_000);
  const span = await late;
  await lives.stop();
  assert.ok(lives.errors.some(({ code }) => code === 'LOG_REFUSED'), lives.errors.map(({ code }) => code).join());
  assert.deepEqual(lives.orphans(), [span]);
});

test('the details of a caller do not pass for an operation', async () => {
  const lives = new Lives();
  const details = { operation: 'start', type: 'log.open' };
  lives.logger.log({ type: 'scan_started', message: 'm', spanId: 'abc', details, operation: 'start' } as never);
  await lives.logger.flush();
  lives.crash();
  await lives.stop();
  assert.deepEqual(lives.orphans(), []);
});
