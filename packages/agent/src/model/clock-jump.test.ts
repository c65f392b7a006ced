// A clock that is wrong across restarts: what one run saw, the next must not believe.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditError } from '../error.ts';
import { Logger } from '../logger.ts';
import { FaultyDisk, ManualClock } from '../testing/index.ts';
import { logFile, readLog, verifyLog } from './log-reader.test.support.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

/** A disk, and runs of a logger on it, one after the other: each has a monotonic clock of its own. */
class Runs {
  readonly codes: string[] = [];
  readonly disk: FaultyDisk = new FaultyDisk(() => this.clock.now());
  clock = new ManualClock();
  #logger: Logger = this.#open();

  async log(segments: number): Promise<void> {
    for (let i = 0; i < segments; i++) {
      for (let n = 0; n < 10; n++) this.#logger.info('scan_completed', 'x'.repeat(200));
      await this.#logger.flush();
      this.clock.advance(1_000);
    }
  }

  /** Runs for so many hours, with time for what is then due. */
  run(hours: number): void {
    for (let i = 0; i < hours; i++) this.clock.pause(hourMs);
    for (let i = 0; i < 3; i++) {
      this.#logger.writeNow();
      this.clock.advance(61_000);
    }
  }

  async restart(offMs: number): Promise<void> {
    await this.#logger.stop();
    this.clock = new ManualClock(this.clock.now() + offMs);
    this.#logger = this.#open();
  }

  async stop(): Promise<void> {
    await this.#logger.stop();
    assert.deepEqual(verifyLog(this.disk).problems, []);
  }

  get events(): number {
    return readLog(this.disk).filter(({ type }) => type === 'scan_completed').length;
  }

  #open(): Logger {
    const onError = ({ code }: AuditError): void => void this.codes.push(code);
    const options = { agentId: 'jump', env: false, logFile, maxSizeMB: 0.001, maxAgeDays: 30, onError } as const;
    const logger = new Logger(options, { disk: this.disk, clock: this.clock, sealOn: 'main' });
    logger.start();
    return logger;
  }
}

test('a restart does not make a jump believed', async () => {
  const runs = new Runs();
  await runs.log(3);
  runs.clock.jump(365 * dayMs);
  await runs.log(1);
  for (let i = 0; i < 3; i++) {
    await runs.restart(1_000);
    runs.run(1);
    assert.equal(runs.events, 40);
  }
  runs.run(25);
  assert.equal(runs.events, 10, 'after a day of running it is');
  assert.deepEqual(runs.codes, ['CLOCK_JUMPED']);
  await runs.stop();
});

test('a machine that was off for months deletes a day late, and says so', async () => {
  const runs = new Runs();
  await runs.log(3);
  await runs.restart(100 * dayMs);
  runs.run(20);
  assert.deepEqual([runs.events, runs.codes], [30, ['CLOCK_JUMPED']]);
  runs.run(5);
  assert.equal(runs.events, 0);
  await runs.stop();
});

test('a program that runs for an hour each month deletes by age too', async () => {
  const runs = new Runs();
  for (let month = 0; month < 5; month++) {
    await runs.log(2);
    runs.run(1);
    await runs.restart(31 * dayMs);
  }
  assert.ok(runs.events < 100 && runs.events >= 40, String(runs.events));
  await runs.stop();
});
