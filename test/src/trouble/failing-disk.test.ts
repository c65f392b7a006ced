// Every way in which a system refuses to write, one by one: the same promises hold, whatever the code is.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditError, EventType, type Logger } from 'agent-audit';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { nextTick } from '../until.ts';
import { assertSound, copyToFiles, eventsIn, numbers, numbersIn } from './account.ts';

/** What a refused write is told as. */
const codes = {
  ENOSPC: 'DISK_FULL',
  EDQUOT: 'DISK_FULL',
  EIO: 'DISK_FAILED',
  EROFS: 'DISK_FAILED',
  EACCES: 'DISK_FAILED',
  ESTALE: 'DISK_FAILED',
  EMFILE: 'DISK_FAILED',
} as const;

const pendingBytesMax = 8_000;

/** Lets the logger's own retries come, until nothing waits: nobody flushes. */
async function untilHealed({ audit, clock }: TestLogger): Promise<void> {
  while (audit.health().state !== 'ok') {
    clock.advance(1_000);
    await nextTick();
  }
}

async function flushCode(audit: Logger): Promise<string> {
  return audit.flush().then(
    () => '',
    (error: unknown) => (error instanceof AuditError ? error.code : String(error)),
  );
}

for (const [code, told] of Object.entries(codes)) {
  test(`${code} at every write: what waits stays in order, one log.loss counts what goes, and the log heals by itself`, async (t) => {
    const troubles: string[] = [];
    const log = createTestLogger({ pendingBytesMax, onError: (error) => void troubles.push(error.code) });
    const { audit, disk } = log;
    const seqs: (number | undefined)[] = [];
    const record = async (): Promise<void> => {
      seqs.push(audit.info(EventType.ScanCompleted, String(seqs.length), { filler: 'x'.repeat(100) }));
      await nextTick();
    };
    for (let i = 0; i < 10; i++) await record();
    await audit.flush();
    disk.break(code);
    for (let i = 0; i < 150; i++) {
      await record();
      assert.ok(audit.health().pending.bytes <= pendingBytesMax);
    }
    const { state, reasons, lost } = audit.health();
    assert.deepEqual([state, reasons.map((reason) => reason.code)], ['failing', [told]]);
    assert.ok(lost.events > 0);
    assert.equal(await flushCode(audit), told);

    disk.heal();
    await untilHealed(log);
    await record();
    assert.equal(await flushCode(audit), 'EVENTS_LOST');
    assert.equal(await flushCode(audit), '');
    await audit.stop();
    assert.deepEqual([...new Set(troubles)], [told, 'EVENTS_LOST']);

    const file = copyToFiles(t, disk, audit.logFile);
    const events = await eventsIn(file);
    const own = events.filter(({ type }) => type === EventType.ScanCompleted);
    const kept = own.map(({ message }) => Number(message));
    assert.deepEqual(kept, kept.toSorted((a, b) => a - b), 'in order, each once');
    assert.equal(seqs.length - kept.length, lost.events);
    for (const { message, seq } of own) assert.equal(seqs[Number(message)] ?? seq, seq, 'a number that was given stays');
    const losses = events.filter(({ type }) => type === 'log.loss');
    assert.deepEqual(
      losses.map(({ details }) => details?.['counts']),
      [[{ type: 'scan_completed', severity: 'INFO', events: lost.events }]],
    );
    await assertSound(file, lost.events);
  });

  test(`${code} with failClosed: log() throws NOT_RECORDED, nothing is half recorded, and it goes on when the disk does`, async (t) => {
    const log = createTestLogger({ failClosed: true });
    const { audit, disk } = log;
    audit.info(EventType.ScanCompleted, '0');
    await audit.flush();
    disk.break(code);
    for (const number of ['1', '2', '3']) {
      assert.throws(() => audit.info(EventType.ScanCompleted, number), { code: 'NOT_RECORDED' });
    }
    assert.deepEqual(audit.health().pending, { events: 0, bytes: 0 }, 'what was refused does not wait');
    disk.heal();
    await untilHealed(log);
    audit.info(EventType.ScanCompleted, '4');
    await audit.stop();
    const file = copyToFiles(t, disk, audit.logFile);
    // The call that met the refusal had its number by then: its line is whole, as every numbered line is.
    assert.deepEqual(await numbersIn(file), [0, 1, 4]);
    await assertSound(file);
  });
}

for (const code of ['EIO', 'ENOSPC', 'EROFS']) {
  test(`a sync that fails with ${code}, once: nothing that was logged is lost`, async (t) => {
    const log = createTestLogger();
    const { audit, disk } = log;
    for (let i = 0; i < 20; i++) {
      if (i === 10) disk.failNextSync(code);
      audit.info(EventType.ScanCompleted, String(i));
      await nextTick();
    }
    while ((await flushCode(audit)) !== '') await untilHealed(log);
    await audit.stop();
    const file = copyToFiles(t, disk, audit.logFile);
    assert.deepEqual(await numbersIn(file), numbers(20));
    await assertSound(file);
  });
}

test('an onError that logs on a disk that takes nothing, and awaits before it does, is not called for ever', async () => {
  let calls = 0;
  const onError = async (): Promise<void> => {
    // So that without a bound the test fails, and does not hang.
    if (++calls > 1_000) return;
    await Promise.resolve();
    audit.error('log_trouble', 'the log is in trouble');
  };
  const { audit, clock, disk } = createTestLogger({ pendingBytesMax, onError: () => void onError() });
  disk.fill();
  const logged = 50;
  for (let i = 0; i < logged; i++) {
    audit.info(EventType.ScanCompleted, String(i));
    audit.writeNow();
  }
  for (let seconds = 0; seconds < 10; seconds++) {
    clock.advance(1_000);
    await nextTick();
  }
  assert.ok(calls > 5 && calls < 50, String(calls));
  const { pending, lost, size } = audit.health();
  assert.equal(pending.events + lost.events + size, logged + calls + 1, 'counted exactly, told or not');
});

/** What stop() comes to, while the clock goes on by itself for three seconds at most. */
async function stopped({ audit, clock }: TestLogger, eachMs: (ms: number) => void = () => {}): Promise<string> {
  const outcome = audit.stop().then(
    () => 'ok',
    (error: unknown) => (error instanceof AuditError ? error.code : String(error)),
  );
  for (let ms = 0; ms <= 3_000; ms += 250) {
    eachMs(ms);
    const afterTurns = async (): Promise<undefined> => {
      for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
    };
    const ended = await Promise.race([outcome, afterTurns()]);
    if (ended !== undefined) return ended;
    clock.advance(250);
  }
  return 'hangs';
}

for (const [when, fail] of [
  ['before', ({ audit, disk }) => {
    disk.failNextAppend('EIO');
    audit.writeNow();
  }],
  ['at the last write', ({ disk }) => disk.failNextAppend('EIO')],
  ['at the last sync', ({ disk }) => disk.failNextSync('EIO')],
] as const satisfies readonly (readonly [string, (log: TestLogger) => void])[]) {
  test(`EIO ${when}, then stop(): the segment is replaced first, all is sealed and closed, and it is told once`, async (t) => {
    const troubles: string[] = [];
    const log = createTestLogger({ onError: ({ code }) => void troubles.push(code) });
    for (let i = 0; i < 10; i++) log.audit.info(EventType.ScanCompleted, String(i));
    await log.audit.flush();
    for (let i = 10; i < 20; i++) log.audit.info(EventType.ScanCompleted, String(i));
    fail(log);
    assert.equal(await stopped(log), 'ok');
    assert.deepEqual(troubles, ['DISK_FAILED']);
    const file = copyToFiles(t, log.disk, log.audit.logFile);
    assert.deepEqual(await numbersIn(file), numbers(20));
    assert.equal((await eventsIn(file)).at(-1)?.type, 'log.close');
    assert.equal(log.audit.health().checkpointSize, log.audit.health().size);
    await assertSound(file);
  });
}

test('stop() waits for a disk that is broken for a second, and for one that stays so no longer than two', async (t) => {
  for (const healsAtMs of [1_000, Number.POSITIVE_INFINITY]) {
    const troubles: string[] = [];
    const log = createTestLogger({ onError: ({ code }) => void troubles.push(code) });
    log.audit.info(EventType.ScanCompleted, '0');
    await log.audit.flush();
    log.disk.break('EIO');
    log.audit.info(EventType.ScanCompleted, '1');
    let passedMs = 0;
    const outcome = await stopped(log, (ms) => {
      passedMs = ms;
      if (ms === healsAtMs) log.disk.heal();
    });
    if (healsAtMs === 1_000) {
      assert.deepEqual([outcome, troubles], ['ok', ['DISK_FAILED']]);
      const file = copyToFiles(t, log.disk, log.audit.logFile);
      assert.deepEqual(await numbersIn(file), [0, 1]);
      await assertSound(file);
    } else {
      assert.deepEqual([outcome, passedMs, troubles], ['DISK_FAILED', 2_000, ['DISK_FAILED', 'EVENTS_LOST']]);
    }
  }
});
