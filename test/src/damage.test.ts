// A living logger whose files somebody else deletes, moves, replaces, cuts or writes into, and whose sealing thread is killed.
import assert from 'node:assert/strict';
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Worker } from 'node:worker_threads';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { AuditError, createLogger, EventType, type Logger, type LoggerOptions } from 'agent-audit';
import { lines, verifyLogFile } from 'agent-audit/files';
import { Random, seedFrom } from './random.ts';
import { ownSigner } from './signer.ts';
import { nextTick, until } from './until.ts';

class Victim {
  readonly folder: string;
  readonly logFile: string;
  readonly audit: Logger;
  readonly troubles: AuditError[] = [];
  events = 0;

  constructor(t: TestContext, options: LoggerOptions = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'agent-audit-damage-'));
    this.logFile = join(this.folder, 'audit.log');
    const onError = (error: AuditError): void => void this.troubles.push(error);
    this.audit = createLogger({ logFile: this.logFile, env: false, agentId: 'victim', onError, ...options });
    t.after(async () => {
      await this.audit.stop().catch(() => {});
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  names(pattern: RegExp): string[] {
    return readdirSync(this.folder).filter((name) => pattern.test(name));
  }

  log(count: number): void {
    for (let i = 0; i < count; i++) this.audit.info(EventType.ScanCompleted, String(this.events++), { filler: 'x'.repeat(200) });
  }

  /** A flush that fails tells of a trouble; the next one covers all the same. */
  async flush(): Promise<void> {
    for (;;) {
      try {
        await this.audit.flush();
        return;
      } catch (error) {
        assert.ok(error instanceof AuditError && error.code !== 'LOGGER_STOPPED', String(error));
        await nextTick();
      }
    }
  }

  codes(): string[] {
    return [...new Set(this.troubles.map(({ code }) => code))];
  }

  async read(): Promise<RecordedEvent[]> {
    const events: RecordedEvent[] = [];
    for await (const { line } of lines(this.logFile)) events.push(parseLine(line));
    return events;
  }

  /** Stops, and holds the log to its promises: from this number on every event is there, once, in order, and sealed. */
  async settle(from: number = 0): Promise<void> {
    await this.audit.stop();
    const numbers = (await this.read()).filter(({ type }) => type === 'scan_completed').map(({ message }) => Number(message));
    assert.deepEqual(numbers, Array.from({ length: this.events - from }, (_, i) => from + i));
    const { problems, unsigned, losses } = await verifyLogFile(this.logFile);
    assert.deepEqual({ problems, unsigned, losses }, { problems: [], unsigned: 0, losses: 0 });
  }
}

const takeName: Readonly<Record<string, (victim: Victim) => void>> = {
  deleted: ({ logFile }) => rmSync(logFile),
  moved: ({ logFile, folder }) => renameSync(logFile, join(folder, 'elsewhere')),
  'moved, and made anew as log rotation does': ({ logFile, folder }) => {
    renameSync(logFile, join(folder, 'elsewhere'));
    writeFileSync(logFile, '');
  },
  'replaced by an edited copy of it': ({ logFile, folder }) => {
    writeFileSync(join(folder, 'edited'), readFileSync(logFile, 'utf8').replaceAll('victim', 'editor'));
    renameSync(join(folder, 'edited'), logFile);
  },
};

/** With a key of its own a log is sealed on this thread. */
const sealers: Readonly<Record<'worker' | 'main', LoggerOptions>> = { worker: {}, main: { identityKey: ownSigner(9) } };

for (const [sealedOn, options] of Object.entries(sealers)) {
  for (const [how, take] of Object.entries(takeName)) {
    for (const isSealed of [true, false]) {
      const when = isSealed ? '' : ' before anything was sealed';
      test(`sealed on ${sealedOn}, an active file ${how}${when}: its lines get a name again`, async (t) => {
        const victim = new Victim(t, options);
        victim.log(20);
        if (isSealed) await victim.flush();
        else await nextTick();
        take(victim);
        victim.log(20);
        await victim.flush();
        assert.equal(victim.audit.health().sealer, sealedOn);
        assert.deepEqual(victim.codes(), ['DISK_FAILED']);
        victim.log(20);
        await victim.settle();
        const kept = how.includes('moved, and') || how.startsWith('replaced') ? 1 : 0;
        assert.equal(victim.names(/\.torn$/).length, kept, 'what stood in its place is kept');
        assert.deepEqual(victim.names(/refused|\.tmp$/), []);
      });
    }
  }

  test(`sealed on ${sealedOn}, an active file deleted again and again while segments close: nothing is lost`, async (t) => {
    const seed = seedFrom('DAMAGE_SEED');
    t.diagnostic(`DAMAGE_SEED=${seed}`);
    const random = new Random(seed);
    const victim = new Victim(t, { ...options, maxSizeMB: 0.01 });
    for (let round = 0; round < 40; round++) {
      for (let ticks = random.between(1, 5); ticks > 0; ticks--) {
        victim.log(random.between(1, 15));
        await nextTick();
      }
      rmSync(victim.logFile, { force: true });
      if (random.oneIn(3)) await victim.flush();
    }
    await victim.flush();
    await victim.settle();
  });
}

test('a sidecar deleted under a living logger is written again', async (t) => {
  const victim = new Victim(t);
  victim.log(10);
  await victim.flush();
  const [sidecar = ''] = victim.names(/\.checkpoints$/);
  const before = readFileSync(victim.path(sidecar), 'utf8');
  rmSync(victim.path(sidecar));
  victim.log(10);
  await victim.flush();
  assert.ok(readFileSync(victim.path(sidecar), 'utf8').startsWith(before), 'with all that was in it');
  await victim.settle();
});

test('a sidecar that was cut under a living logger keeps its base, and what is signed from then on', async (t) => {
  const victim = new Victim(t);
  for (let i = 0; i < 3; i++) {
    victim.log(10);
    await victim.flush();
  }
  const [sidecar = ''] = victim.names(/\.checkpoints$/);
  truncateSync(victim.path(sidecar), 5);
  victim.log(10);
  await victim.flush();
  await victim.settle();
});

/** Damage to lines that were signed, or that stand where the next are to be signed. */
const damages: Readonly<Record<string, { readonly damage: (victim: Victim) => void; readonly why: readonly string[] }>> = {
  'emptied (as copytruncate does)': { damage: ({ logFile }) => truncateSync(logFile, 0), why: ['truncated'] },
  'cut in the middle of a line': {
    damage: ({ logFile }) => truncateSync(logFile, statSync(logFile).size - 100),
    why: ['truncated', 'foreign_bytes'],
  },
  'cut between two lines': {
    damage: ({ logFile }) => truncateSync(logFile, readFileSync(logFile, 'utf8').lastIndexOf('\n', statSync(logFile).size - 2) + 1),
    why: ['truncated', 'foreign_bytes'],
  },
  'written to by somebody else': { damage: ({ logFile }) => appendFileSync(logFile, 'a line of somebody else\n'), why: ['foreign_bytes'] },
  'written to by a second writer of the same log': {
    damage: ({ logFile }) => appendFileSync(logFile, readFileSync(logFile, 'utf8').split('\n').slice(-3, -1).join('\n')),
    why: ['foreign_bytes'],
  },
  'written to with a line that is too long': {
    damage: ({ logFile }) => appendFileSync(logFile, 'x'.repeat(70_000)),
    why: ['foreign_bytes'],
  },
};

for (const [how, { damage, why }] of Object.entries(damages)) {
  test(`an active file ${how}: the origin is given up, its files are kept, and a new log goes on`, async (t) => {
    const victim = new Victim(t);
    victim.log(20);
    await victim.flush();
    const { origin } = victim.audit;
    const signed = victim.events;
    damage(victim);
    const damaged = readFileSync(victim.logFile);
    victim.log(20);
    const outcome = await victim.audit.flush().then(
      () => undefined,
      (error: unknown) => error,
    );
    assert.ok(outcome instanceof AuditError && outcome.code === 'LOG_REFUSED', String(outcome));
    victim.log(5);
    await victim.flush();

    assert.notEqual(victim.audit.origin, origin);
    const [refused = '', ...more] = victim.names(/^audit\.refused-/);
    assert.deepEqual(more, []);
    assert.ok(outcome.message.includes(refused) && outcome.message.includes(origin), outcome.message);
    const kept = readdirSync(victim.path(refused));
    assert.deepEqual(kept.toSorted(), ['audit-000000000000000.checkpoints', 'audit.key', 'audit.log']);
    assert.ok(readFileSync(join(victim.path(refused), 'audit.log')).subarray(0, damaged.length).equals(damaged), 'nothing is deleted');

    const [open] = await victim.read();
    assert.equal(open?.type, 'log.open');
    const previous = open.details?.['previous'];
    assert.ok(typeof previous === 'object' && previous !== null && 'origin' in previous && 'why' in previous);
    assert.equal(previous.origin, origin);
    assert.ok(why.includes(String(previous.why)), String(previous.why));
    await victim.settle(signed);
    assert.deepEqual(victim.codes(), ['LOG_REFUSED']);
  });
}

test('a log of the caller’s own key whose lines are gone: no new one begins under that key', async (t) => {
  const victim = new Victim(t, sealers.main);
  victim.log(20);
  await victim.flush();
  const names = victim.names(/\.log$|\.checkpoints$/);
  truncateSync(victim.logFile, 100);
  victim.log(20);
  await assert.rejects(victim.audit.flush(), { code: 'LOG_REFUSED' });
  assert.equal(victim.audit.health().state, 'failing');
  await assert.rejects(victim.audit.stop(), { code: 'LOG_REFUSED' });
  assert.deepEqual(victim.names(/\.log$|\.checkpoints$|refused/), names, 'everything is where it was');
});

test('a log whose folder was put back from an older copy while its writer lives is given up', async (t) => {
  const victim = new Victim(t);
  victim.log(20);
  await victim.flush();
  for (const name of victim.names(/\.log$|\.checkpoints$/)) copyFileSync(victim.path(name), victim.path(`${name}.copy`));
  victim.log(20);
  await victim.flush();
  for (const name of victim.names(/\.copy$/)) copyFileSync(victim.path(name), victim.path(name.replace('.copy', '')));
  victim.log(20);
  await assert.rejects(victim.audit.flush(), { code: 'LOG_REFUSED' });
  await victim.settle(40);
});

test('a log whose whole folder is deleted says that its lock is lost, and harms nobody', async (t) => {
  const victim = new Victim(t);
  victim.log(10);
  await victim.flush();
  rmSync(victim.folder, { recursive: true });
  victim.log(10);
  await assert.rejects(victim.audit.flush(), { code: 'LOG_LOCK_LOST' });
  await assert.rejects(victim.audit.stop(), { code: 'LOG_LOCK_LOST' });
  assert.equal(existsSync(victim.folder), false);
});

/** The threads that are made from now on. */
function watchWorkers(t: TestContext): Worker[] {
  const workers: Worker[] = [];
  const note = (worker: Worker): void => void workers.push(worker);
  process.on('worker', note);
  t.after(() => process.off('worker', note));
  return workers;
}

test('a sealing thread that dies is replaced, three times; then this thread seals', async (t) => {
  const workers = watchWorkers(t);
  const victim = new Victim(t);
  for (let deaths = 1; deaths <= 3; deaths++) {
    victim.log(10);
    await victim.flush();
    assert.equal(victim.audit.health().sealer, 'worker');
    victim.log(10);
    const flush = victim.flush();
    await workers.at(-1)?.terminate();
    await flush;
    assert.equal(victim.troubles.filter(({ code }) => code === 'SEALER_GONE').length, deaths);
  }
  assert.equal(victim.audit.health().sealer, 'main');
  victim.log(10);
  await victim.flush();
  await victim.settle();
  assert.deepEqual(victim.codes(), ['SEALER_GONE']);
});

test('a sealing thread that dies before it has sealed anything, and while its log is being stopped', async (t) => {
  const workers = watchWorkers(t);
  const victim = new Victim(t);
  victim.log(10);
  await until(() => workers.length === 1);
  await workers[0]?.terminate();
  await until(() => workers.length === 2);
  victim.log(10);
  const stop = victim.audit.stop();
  await workers[1]?.terminate();
  await stop;
  await victim.settle();
});

test('a sealing thread that dies at any moment while segments close loses nothing', async (t) => {
  const seed = seedFrom('DAMAGE_SEED');
  t.diagnostic(`DAMAGE_SEED=${seed}`);
  const random = new Random(seed);
  for (let life = 0; life < 8; life++) {
    const workers = watchWorkers(t);
    const victim = new Victim(t, { maxSizeMB: 0.01, bufferSize: 20 });
    for (let deaths = 0; deaths < 3; deaths++) {
      for (let ticks = random.between(5, 40); ticks > 0; ticks--) {
        victim.log(random.between(1, 15));
        if (random.oneIn(4)) await victim.flush();
        await nextTick();
      }
      void workers.at(-1)?.terminate();
    }
    victim.log(10);
    await victim.flush();
    await victim.settle();
  }
});

test('a stopped logger leaves no file open', { skip: existsSync('/proc/self/fd') ? false : 'the system does not list them' }, async (t) => {
  const count = (): number => readdirSync('/proc/self/fd').length;
  const life = async (): Promise<void> => {
    const victim = new Victim(t, { maxSizeMB: 0.01 });
    for (let i = 0; i < 5; i++) {
      victim.log(50);
      await victim.flush();
    }
    await victim.audit.stop();
  };
  await life();
  const before = count();
  for (let lives = 0; lives < 5; lives++) await life();
  assert.ok(count() <= before + 1, `${count()} files are open, ${before} were before`);
});
