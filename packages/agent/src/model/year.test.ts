// A year of one agent: bursts, idle nights, restarts, crashes, a full disk, a month under hold, a sender that is down for three weeks.
// Segments are small, so that hundreds of them are closed, packed and deleted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditError } from '../error.ts';
import { unwatchExit } from '../exit.ts';
import type { LogLine } from '../files/index.ts';
import { Logger, type Machine } from '../logger.ts';
import { FaultyDisk, ManualClock } from '../testing/index.ts';
import { readLines } from '../testing/read-lines.ts';
import { leaveLocksToTheDead } from './locks.test.support.ts';
import { folder, logFile, readLog, verifyLog } from './log-reader.test.support.ts';
import { randomSource } from './random.test.support.ts';

const hourMs = 3_600_000;
const kib = 1024;
const segmentBytes = 8 * kib;
const totalBytes = 64 * kib;
const limits = { maxSizeMB: 8 / kib, maxTotalSizeMB: 64 / kib, maxAgeDays: 20, bufferSize: 20 };
const hold = `${folder}/audit.hold`;

/** Days of the year, counted from 0. */
const during = {
  fullDisk: (day: number) => day >= 70 && day < 77,
  hold: (day: number) => day >= 120 && day < 150,
  senderDown: (day: number) => day >= 200 && day < 221,
};

class Agent {
  readonly disk: FaultyDisk = new FaultyDisk(() => this.#clock.now());
  readonly codes = new Set<string>();
  readonly sent: number[] = [];
  readonly #random = randomSource(1);
  #clock = new ManualClock();
  #logger: Logger;
  #senderIsDown = false;
  /** seq of every event that has one, in the order of logging. */
  readonly seqs: number[] = [];
  prunedSegments = 0;
  restarts = 0;

  constructor() {
    this.disk.makeFolder(folder);
    const unlink = this.disk.unlink.bind(this.disk);
    this.disk.unlink = (path) => {
      unlink(path);
      if (path.endsWith('.log.gz')) this.prunedSegments++;
    };
    this.#logger = this.#open();
  }

  get logger(): Logger {
    return this.#logger;
  }

  async live(day: number): Promise<void> {
    this.#senderIsDown = during.senderDown(day);
    if (during.fullDisk(day)) this.disk.fill();
    else this.disk.heal();
    if (during.hold(day) !== (this.disk.stat(hold) !== undefined)) this.#toggleHold();
    const bursts = 1 + Math.floor(this.#random() * 4);
    for (let burst = 0; burst < bursts; burst++) {
      this.#log(10 + Math.floor(this.#random() * 30));
      await this.#work(5_000);
      this.#clock.pause(2 * hourMs);
    }
    if (this.#random() < 0.1) await this.#restart(this.#random() < 0.5 ? 'crash' : 'stop');
    this.#clock.pause((24 - 2 * bursts) * hourMs);
    await this.#work(65_000);
    await this.#work(5_000);
  }

  async end(): Promise<void> {
    await this.#work(120_000);
    await this.#stop();
  }

  /** Bytes of segments and their checkpoints. */
  storedBytes(): number {
    const names = this.disk.list(folder).filter((name) => /\.log$|\.log\.gz$|\.checkpoints$/.test(name));
    return names.reduce((sum, name) => sum + (this.disk.stat(`${folder}/${name}`)?.bytes ?? 0), 0);
  }

  #log(count: number): void {
    for (let i = 0; i < count; i++) {
      const seq = this.#logger.info('scan_completed', String(this.seqs.length), { text: 'x'.repeat(Math.floor(this.#random() * 200)) });
      if (seq !== undefined) this.seqs.push(seq);
    }
    this.#logger.writeNow();
  }

  /** Lets the sealer and the sender do what they have to. */
  async #work(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += 1_000) {
      this.#clock.advance(1_000);
      await settled();
    }
  }

  async #restart(how: 'crash' | 'stop'): Promise<void> {
    this.restarts++;
    if (how === 'stop') await this.#stop();
    unwatchExit(this.#logger);
    this.disk.crash();
    this.#forgetUnwritten();
    leaveLocksToTheDead(this.disk);
    this.#clock = new ManualClock(this.#clock.now() + 120_000);
    this.#logger = this.#open();
  }

  /** On a full disk a line may have its number, and die with its process before there is room for it: the number is given again. */
  #forgetUnwritten(): void {
    const next = (readLines(this.disk, logFile).at(-1)?.seq ?? -1) + 1;
    const unwritten = this.seqs.filter((seq) => seq >= next);
    assert.ok(unwritten.length === 0 || this.disk.space(folder).freeBytes === 0, 'what has room is written');
    this.seqs.length -= unwritten.length;
  }

  async #stop(): Promise<void> {
    const stopped = this.#logger.stop().catch((error: unknown) => {
      assert.ok(error instanceof AuditError && error.code === 'DISK_FULL', String(error));
    });
    await this.#work(6_000);
    await stopped;
  }

  #open(): Logger {
    // On a full disk no lock can be taken.
    if (this.disk.space(folder).freeBytes === 0) this.disk.setFreeBytes(4 * kib);
    const onError = ({ code }: AuditError): void => void this.codes.add(code);
    const { disk } = this;
    const lines = async function* ({ from }: { readonly from: number }): AsyncGenerator<LogLine> {
      yield* readLines(disk, logFile).filter(({ seq }) => seq >= from);
    };
    const machine: Machine = { disk, clock: this.#clock, sealOn: 'main', lines: (_logFile, range) => lines(range) };
    const logger = new Logger({ agentId: 'year', env: false, logFile, ...limits, onError }, machine);
    logger.start();
    logger.setRemoteSender((events) => {
      if (this.#senderIsDown) throw new Error('down');
      for (const { seq } of events) this.sent.push(seq);
    });
    return logger;
  }

  #toggleHold(): void {
    if (this.disk.stat(hold) === undefined) this.disk.close(this.disk.createAppend(hold));
    else this.disk.unlink(hold);
  }
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Checks the log as an auditor finds it; the first line that is left. */
function audit({ disk }: Agent): number {
  const report = verifyLog(disk);
  assert.deepEqual(report.problems, []);
  const lines = readLog(disk);
  lines.forEach(({ seq }, index) => assert.equal(seq, report.first + index, 'no seq is skipped'));
  return report.first;
}

test('a year: bounded, whole at the end of every month, and nothing lost but what the log says', async () => {
  const agent = new Agent();
  let first = 0;
  let heldBytes = 0;
  for (let day = 0; day < 365; day++) {
    await agent.live(day);
    if (day % 30 < 29) continue;
    const now = audit(agent);
    assert.ok(now >= first, 'what is deleted stays deleted');
    const isHeld = during.hold(day) || during.senderDown(day);
    if (isHeld) heldBytes = Math.max(heldBytes, agent.storedBytes());
    else assert.ok(agent.storedBytes() <= totalBytes + 2 * segmentBytes, `day ${day}: ${agent.storedBytes()} bytes`);
    first = now;
  }
  await agent.end();
  first = audit(agent);
  requireYear(agent, first, heldBytes);
});

/** What must have happened for the year to have been one. */
function requireYear(agent: Agent, first: number, heldBytes: number): void {
  const { lost, state } = agent.logger.health();
  assert.deepEqual([state, lost.events], ['stopped', 0]);
  assert.ok(agent.prunedSegments > 200, `${agent.prunedSegments} segments were deleted`);
  assert.ok(heldBytes > totalBytes, `the hold kept ${heldBytes} bytes`);
  assert.ok(agent.restarts > 20, String(agent.restarts));
  const seqs = [...new Set(agent.sent)];
  assert.deepEqual(seqs, seqs.toSorted((a, b) => a - b), 'sent in order');
  const wasSent = new Set(seqs);
  const unsent = agent.seqs.filter((seq) => !wasSent.has(seq));
  assert.deepEqual(unsent, [], 'nothing was deleted that was not sent');
  const prunes = readLog(agent.disk).filter(({ type }) => type === 'log.prune');
  const nexts = prunes.map(({ details }) => Number(details?.['next']));
  assert.deepEqual(nexts, nexts.toSorted((a, b) => a - b));
  assert.equal(nexts.at(-1), first, 'the last log.prune says where the log begins');
  for (const code of ['DISK_FULL', 'SENDER_FAILED']) assert.ok(agent.codes.has(code), code);
}
