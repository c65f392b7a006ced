// A collector that is down for three weeks, and an agent that goes on, restarts and crashes meanwhile.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditError } from '../error.ts';
import { unwatchExit } from '../exit.ts';
import type { LogLine } from '../files/index.ts';
import { Logger } from '../logger.ts';
import { readCursor } from '../seal/cursor.ts';
import { folderOf } from '../folder.ts';
import { FaultyDisk, ManualClock } from '../testing/index.ts';
import { readLines } from '../testing/read-lines.ts';
import { leaveLocksToTheDead } from './locks.test.support.ts';
import { folder, logFile } from './log-reader.test.support.ts';
import { randomSource } from './random.test.support.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const batchEventsMax = 1_000;

class Agent {
  readonly disk: FaultyDisk = new FaultyDisk(() => this.clock.now());
  readonly errors: AuditError[] = [];
  /** Of each try: when, its first event's message, how many events. */
  readonly tries: { atMs: number; first: string; events: number }[] = [];
  readonly taken: string[] = [];
  readonly #random: () => number;
  clock = new ManualClock();
  logger: Logger;
  isDown = true;
  logged = 0;
  /** Lines read for batches that were not handed out yet, and reads that are open. */
  #unread = 0;
  #reads = 0;
  #calls = 0;
  linesHeldMax = 0;
  readsMax = 0;
  callsMax = 0;
  linesReadWhileLogging = 0;
  #isLogging = false;

  constructor(random: () => number) {
    this.#random = random;
    this.disk.makeFolder(folder);
    this.logger = this.#open();
  }

  log(count: number): void {
    this.#isLogging = true;
    for (let i = 0; i < count; i++) this.logger.info('scan_completed', String(this.logged++));
    this.logger.writeNow();
    this.#isLogging = false;
  }

  async pass(ms: number, stepMs: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += stepMs) {
      this.clock.advance(stepMs);
      await settled();
    }
  }

  async restart(how: 'crash' | 'stop'): Promise<void> {
    if (how === 'stop') {
      const stopped = this.logger.stop();
      await this.pass(6_000, 1_000);
      await stopped;
    } else {
      // What it had in hand dies with it.
      this.#reads = this.#calls = this.#unread = 0;
    }
    unwatchExit(this.logger);
    this.disk.crash();
    leaveLocksToTheDead(this.disk);
    this.clock = new ManualClock(this.clock.now() + 1_000);
    this.logger = this.#open();
  }

  #open(): Logger {
    const lines = (_logFile: string, { from }: { readonly from: number }): AsyncGenerator<LogLine> => this.#lines(from);
    const machine = { disk: this.disk, clock: this.clock, sealOn: 'main', lines, random: this.#random } as const;
    const onError = (error: AuditError): void => void this.errors.push(error);
    const logger = new Logger({ agentId: 'weeks', env: false, logFile, onError }, machine);
    logger.start();
    logger.setRemoteSender(async (events) => {
      this.#unread = 0;
      this.callsMax = Math.max(this.callsMax, ++this.#calls);
      this.tries.push({ atMs: this.clock.monotonicMs(), first: events[0]?.message ?? '', events: events.length });
      await Promise.resolve();
      this.#calls--;
      if (this.isDown) throw new Error('collector is down');
      this.taken.push(...events.map(({ message }) => message));
    });
    return logger;
  }

  async *#lines(from: number): AsyncGenerator<LogLine> {
    this.readsMax = Math.max(this.readsMax, ++this.#reads);
    try {
      for (const line of readLines(this.disk, logFile)) {
        if (line.seq < from) continue;
        if (this.#isLogging) this.linesReadWhileLogging++;
        this.linesHeldMax = Math.max(this.linesHeldMax, ++this.#unread);
        yield line;
      }
    } finally {
      this.#reads--;
      this.#unread = 0;
    }
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 6; i++) await new Promise(setImmediate);
}

const gaps = ({ tries }: Agent): number[] => tries.slice(1).map(({ atMs }, i) => atMs - (tries[i]?.atMs ?? 0));

test('three weeks down: one batch in hand, the cursor stays; then all comes, in order, through crashes and restarts', async () => {
  const agent = new Agent(randomSource(7));
  agent.log(1_500);
  // Six hours minute by minute; then hour by hour, as in a process that is asleep in between.
  await agent.pass(6 * hourMs, minuteMs);
  assert.ok(agent.tries.length >= 6 * 60 - 10, String(agent.tries.length));
  for (let hour = 6; hour < 21 * 24; hour++) {
    agent.log(2);
    agent.clock.pause(hourMs);
    await settled();
    if (hour % 60 === 0) await agent.restart(hour % 120 === 0 ? 'crash' : 'stop');
  }
  await agent.pass(2_000, 500);
  assert.equal(agent.taken.length, 0);
  assert.ok(agent.tries.every(({ first, events }) => first === '0' && events <= batchEventsMax), 'the first batch again, and no other');
  assert.equal(readCursor(folderOf(agent.disk, logFile))?.next, 0);
  assert.equal(agent.logger.health().state, 'degraded');
  assert.ok(agent.errors.some(({ code, message }) => code === 'SENDER_FAILED' && message.includes('collector is down')));

  agent.isDown = false;
  await agent.pass(3 * minuteMs, 500);
  assert.deepEqual(agent.taken, Array.from({ length: agent.logged }, (_, i) => String(i)));
  assert.equal(agent.logger.health().state, 'ok');
  // The batch's 1,000 events, and the log's own lines among them.
  assert.ok(agent.linesHeldMax >= batchEventsMax && agent.linesHeldMax <= batchEventsMax + 50, String(agent.linesHeldMax));
  assert.deepEqual([agent.readsMax, agent.callsMax, agent.linesReadWhileLogging], [1, 1, 0]);
  const stopped = agent.logger.stop();
  await agent.pass(6_000, 1_000);
  await stopped;
});

for (const [chance, pauses] of [
  [0, [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]],
  [1, [1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]],
] as const) {
  test(`the pauses between tries where chance says ${chance}: doubled, up to their bound`, async () => {
    const agent = new Agent(() => chance);
    agent.log(1);
    await agent.logger.flush();
    await agent.pass(5 * minuteMs, 500);
    assert.deepEqual(gaps(agent).slice(0, pauses.length), pauses);
    agent.isDown = false;
    const stopped = agent.logger.stop();
    await agent.pass(6_000, 1_000);
    await stopped;
  });
}
