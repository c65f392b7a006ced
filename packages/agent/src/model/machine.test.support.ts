// The model: what was logged, what was promised about it, and what a log on a bad disk must therefore still hold. Each step does
// something to a real logger on a disk in memory; each reopening compares.
import assert from 'node:assert/strict';
import type { RecordedEvent } from '@agent-audit/log';
import { AuditError } from '../error.ts';
import { unwatchExit } from '../exit.ts';
import { Logger } from '../logger.ts';
import { FaultyDisk, ManualClock } from '../testing/index.ts';
import { leaveLocksToTheDead } from './locks.test.support.ts';
import { folder, logFile, readLog, verifyLog } from './log-reader.test.support.ts';

/** How sure it is that an event is in the log. */
type Promised = 'logged' | 'written' | 'flushed';

export class Machine {
  readonly trace: string[] = [];
  readonly #random: () => number;
  readonly #disk: FaultyDisk;
  #clock = new ManualClock();
  #logger: Logger;
  /** By the event's own number, in the order of logging. */
  readonly #promised = new Map<number, Promised>();
  #nextEvent = 0;
  /** Events that a crash may have taken: those of earlier lives that nothing was promised of. */
  #mayBeMissing = new Set<number>();
  #lost = 0;
  readonly #refusals: AuditError[] = [];

  constructor(random: () => number) {
    this.#random = random;
    this.#disk = new FaultyDisk(() => this.#clock.now());
    this.#logger = this.#open();
  }

  /** One random step. */
  async step(): Promise<void> {
    const dice = this.#random();
    if (dice < 0.4) await this.#log(1 + this.#below(4));
    else if (dice < 0.55) await this.#flush();
    else if (dice < 0.59) this.#logSync();
    else if (dice < 0.62) this.#operation();
    else if (dice < 0.75) await this.#advance(this.#below(3_000));
    else if (dice < 0.85) this.#fault();
    else if (dice < 0.91) this.#heal();
    else if (dice < 0.94) await this.#end('stop');
    else if (dice < 0.97) await this.#end('crash');
    else await this.#end('power cut');
  }

  /** Heals the disk, stops cleanly, and checks everything once more. */
  async finish(): Promise<void> {
    this.#heal();
    await this.#advance(20_000);
    await this.#end('stop');
    const stopped = this.#logger.stop();
    await this.#advance(3_000);
    await stopped;
    const report = verifyLog(this.#disk);
    assert.deepEqual(report.problems, []);
    assert.equal(report.unsigned, 0);
  }

  #open(): Logger {
    // Nothing is deleted to make room: every line is looked at to the end.
    const limits = { maxSizeMB: 0.002, bufferSize: 3, pendingBytesMax: 4_000, hold: true };
    const options = { agentId: 'model', env: false, logFile, ...limits } as const;
    const onError = (error: AuditError): void => {
      if (error.code === 'LOG_REFUSED' || error.code === 'LOG_LOCK_LOST') this.#refusals.push(error);
    };
    const logger = new Logger({ ...options, onError }, { disk: this.#disk, clock: this.#clock, sealOn: 'main' });
    logger.start();
    return logger;
  }

  async #log(count: number): Promise<void> {
    this.trace.push(`log ${count}`);
    const numbers: number[] = [];
    for (let i = 0; i < count; i++) {
      const number = this.#nextEvent++;
      this.#promised.set(number, 'logged');
      const seq = this.#logger.info('scan_started', `event ${number}`, { number, filler: 'x'.repeat(this.#below(200)) });
      if (seq !== undefined) numbers.push(number);
    }
    await settle();
    // The tick is over: what has a number, on a disk that takes it, survives the process.
    if (this.#logger.health().state !== 'failing') for (const number of numbers) this.#promise(number, 'written');
  }

  #promise(number: number, promised: Promised): void {
    if (this.#promised.get(number) !== 'flushed') this.#promised.set(number, promised);
  }

  async #flush(): Promise<void> {
    const covered = this.#nextEvent;
    const before = this.#logger.health().lost.events;
    const outcome = this.#logger.flush().then(
      () => 'flushed' as const,
      (error: unknown) => {
        assert(error instanceof AuditError, String(error));
        return error.code;
      },
    );
    await this.#advance(1_100);
    const result = await Promise.race([outcome, settle().then(() => 'waiting' as const)]);
    this.trace.push(`flush: ${result}`);
    if (result !== 'flushed' || this.#logger.health().lost.events > 0 || before > 0) return;
    for (const number of this.#living(covered)) this.#promised.set(number, 'flushed');
  }

  /** Events before this one that no earlier life has left in doubt. */
  *#living(before: number): Generator<number> {
    for (const number of this.#promised.keys()) if (number < before && !this.#mayBeMissing.has(number)) yield number;
  }

  #logSync(): void {
    const number = this.#nextEvent++;
    this.#promised.set(number, 'logged');
    try {
      this.#logger.logSync({ type: 'agent_error', message: `event ${number}`, details: { number } });
      this.#promised.set(number, 'flushed');
      this.trace.push('logSync');
    } catch (error) {
      assert(error instanceof AuditError && error.code === 'NOT_DURABLE', String(error));
      this.trace.push('logSync: NOT_DURABLE');
    }
  }

  /** Begins one; half of them end at some later time, others with the process. Their events are the log's own concern. */
  #operation(): void {
    this.trace.push('operation');
    const endsAfterMs = this.#random() < 0.5 ? this.#below(5_000) : undefined;
    const clock = this.#clock;
    const work = (): Promise<void> =>
      new Promise((resolve) => {
        if (endsAfterMs !== undefined) clock.after(endsAfterMs, resolve);
      });
    void this.#logger.operation({ type: 'job' }, work);
  }

  async #advance(ms: number): Promise<void> {
    this.trace.push(`advance ${ms}`);
    for (let left = ms; left > 0; left -= 250) {
      this.#clock.advance(Math.min(250, left));
      await settle();
    }
  }

  /** A whole number from 0 on, below `limit`. */
  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }

  #fault(): void {
    const faults: readonly (readonly [string, () => void])[] = [
      ['sync EIO', () => this.#disk.failNextSync('EIO')],
      ['append EIO', () => this.#disk.failNextAppend('EIO')],
      ['append ENOSPC', () => this.#disk.failNextAppend('ENOSPC')],
      ['full', () => this.#disk.fill()],
      ['nearly full', () => this.#disk.setFreeBytes(this.#below(1_500))],
      ['broken', () => this.#disk.break('EIO')],
    ];
    const [name, fault] = faults[this.#below(faults.length)] ?? ['none', () => {}];
    this.trace.push(`fault: ${name}`);
    fault();
  }

  #heal(): void {
    this.trace.push('heal');
    this.#disk.heal();
  }

  /** The process ends, one way or another, and another one opens the log. */
  async #end(how: 'stop' | 'crash' | 'power cut'): Promise<void> {
    this.trace.push(how);
    this.#disk.heal();
    if (how === 'stop') {
      const stopped = this.#logger.stop().then(
        () => true,
        () => false,
      );
      await this.#advance(3_000);
      assert.equal(await Promise.race([stopped, settle().then(() => 'hangs')]) === 'hangs', false, 'stop() does not end');
      if ((await stopped) && this.#logger.health().lost.events === 0) {
        for (const number of this.#living(this.#nextEvent)) this.#promised.set(number, 'flushed');
      }
    }
    this.#lost += this.#logger.health().lost.events;
    unwatchExit(this.#logger);
    if (how === 'power cut') this.#disk.powerCut(this.#random);
    else this.#disk.crash();
    leaveLocksToTheDead(this.#disk);
    // Timers of the dead process die with its clock.
    const next = new ManualClock(this.#clock.now() + 120_000);
    this.#clock = next;
    this.#requireNoRefusal();
    // After a power cut the files are as they fell; what counts is what the next start makes of them.
    if (how !== 'power cut') this.#check(how);
    if (how !== 'power cut') this.#checkOperations(readLog(this.#disk), false);
    this.#logger = this.#open();
    await settle();
    this.#requireNoRefusal();
    this.#check(how);
    this.#checkOperations(readLog(this.#disk), true);
  }

  /** No operation is told of twice, and none both ways; when the next process has opened the log, none is left untold. */
  #checkOperations(events: readonly RecordedEvent[], isOpened: boolean): void {
    const ends = events.flatMap(({ type, operation, spanId, details }) =>
      type === 'log.orphan' ? [details?.['span_id']] : operation === 'end' ? [spanId] : [],
    );
    const starts = events.flatMap(({ operation, spanId }) => (operation === 'start' ? [spanId] : []));
    assert.equal(new Set(ends).size, ends.length, 'an operation ended twice');
    const untold = starts.filter((span) => !ends.includes(span));
    if (isOpened) assert.deepEqual(untold, [], 'operations of dead processes are not told of');
    for (const { type, details } of events) {
      if (type !== 'log.orphan') continue;
      assert.equal(events[Number(details?.['seq'])]?.spanId, details?.['span_id'], 'an orphan names another line');
    }
  }

  #requireNoRefusal(): void {
    assert.equal(this.#refusals.map(String).join(), '', 'an origin was given up, or a lock lost, without tampering');
  }

  #check(how: 'stop' | 'crash' | 'power cut'): void {
    const sure: readonly Promised[] = how === 'power cut' ? ['flushed'] : ['flushed', 'written'];
    const events = readLog(this.#disk);
    const numbers = events.flatMap(({ details }) => (typeof details?.['number'] === 'number' ? [details['number']] : []));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), 'events are out of order');
    assert.equal(new Set(numbers).size, numbers.length, 'an event is there twice');
    for (const [index, { seq }] of events.entries()) assert.equal(seq, index, 'seqs are not contiguous');
    const there = new Set(numbers);
    for (const [number, promised] of this.#promised) {
      if (there.has(number)) continue;
      // A power cut may take what was only written; from then on nobody waits for it.
      const mayBeGone = !sure.includes(promised) || this.#lost > 0;
      const files = this.#disk.list(folder).join(' ');
      assert(mayBeGone, `event ${number} was ${promised} and is gone; lines ${events.length}, files ${files}`);
      this.#promised.delete(number);
    }
    for (const number of this.#promised.keys()) if (this.#promised.get(number) === 'logged') this.#mayBeMissing.add(number);
  }
}

/** Lets everything that is due on the event loop happen. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise((resolve) => setImmediate(resolve));
}
