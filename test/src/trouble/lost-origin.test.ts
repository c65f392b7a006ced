// A log that is cut underneath its writer while the disk takes no new one: what is logged waits, and goes on when it can.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditError, EventType } from 'agent-audit';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { nextTick } from '../until.ts';
import { assertSound, copyToFiles, eventsIn, numbers, numbersIn } from './account.ts';

const pendingBytesMax = 20_000;

interface Watched extends TestLogger {
  readonly troubles: AuditError[];
  readonly record: (from: number, to: number) => void;
}

/** A log of ten sealed events and ten more, which its sealer has not read yet. */
async function tenSealed(): Promise<Watched> {
  const troubles: AuditError[] = [];
  const log = createTestLogger({ pendingBytesMax, onError: (error) => void troubles.push(error) });
  const record = (from: number, to: number): void => {
    for (let i = from; i < to; i++) {
      log.audit.info(EventType.ScanCompleted, String(i));
      log.audit.writeNow();
    }
  };
  record(0, 10);
  await log.audit.flush();
  record(10, 20);
  return { ...log, troubles, record };
}

/** Somebody cuts the active file, and the sealer looks. */
function cut({ audit, disk, clock }: TestLogger): void {
  disk.overwrite(audit.logFile, disk.bytesOf(audit.logFile).subarray(0, 100));
  clock.advance(2_000);
}

function codes({ troubles }: Watched): string[] {
  return troubles.map(({ code }) => code);
}

/** Makes the disk refuse what the new log needs, in its own way; returns what ends that. */
const refusals: Readonly<Record<string, (log: TestLogger) => () => void>> = {
  'a full disk': ({ disk }) => {
    disk.fill();
    return () => disk.heal();
  },
  'a folder that refuses renames': ({ disk }) => {
    const rename = disk.rename.bind(disk);
    let renames = 0;
    disk.rename = (from, to) => {
      // The first ones succeed: what is half done must go on where it stood.
      if (renames++ >= 2) throw Object.assign(new Error(`EACCES: rename '${from}'`), { code: 'EACCES' });
      rename(from, to);
    };
    return () => {
      disk.rename = rename;
    };
  },
  'a folder that takes no new file': ({ disk }) => {
    const createAppend = disk.createAppend.bind(disk);
    disk.createAppend = (path) => {
      if (path.endsWith('.log')) throw Object.assign(new Error(`ENOSPC: open '${path}'`), { code: 'ENOSPC' });
      return createAppend(path);
    };
    return () => {
      disk.createAppend = createAppend;
    };
  },
};

for (const [what, refuse] of Object.entries(refusals)) {
  test(`cut on ${what}: events wait, in bounds, until the new log can be begun, and all that was not cut is in it`, async (t) => {
    const log = await tenSealed();
    const { audit, clock, disk } = log;
    const { origin } = audit;
    const allow = refuse(log);
    cut(log);
    assert.deepEqual([codes(log), log.troubles[0]?.action], [['LOG_REFUSED'], 'retry']);
    assert.match(log.troubles[0]?.message ?? '', /no new log can be begun yet: E\w+.*Events wait in memory/);
    assert.deepEqual([audit.health().state, audit.health().reasons.map(({ code }) => code)], ['failing', ['LOG_REFUSED']]);
    await assert.rejects(audit.flush(), { code: 'LOG_REFUSED' });
    log.record(20, 30);
    assert.equal(audit.health().pending.events, 10);
    for (let seconds = 0; seconds < 60; seconds++) {
      clock.advance(1_000);
      await nextTick();
    }
    assert.deepEqual(codes(log), ['LOG_REFUSED'], 'told once, and no stall beside it');
    const filesBefore = disk.list('/audit').length;
    log.record(30, 200);
    assert.ok(audit.health().pending.bytes <= pendingBytesMax);
    const lost = audit.health().lost.events;
    assert.ok(lost > 0);
    clock.advance(60_000);
    assert.equal(disk.list('/audit').length, filesBefore, 'tries leave nothing behind');

    allow();
    clock.advance(250);
    await nextTick();
    assert.notEqual(audit.origin, origin);
    assert.equal(audit.health().state, 'ok');
    assert.equal(log.troubles.filter(({ code }) => code === 'LOG_REFUSED').length, 2);
    assert.match(log.troubles.findLast(({ code }) => code === 'LOG_REFUSED')?.message ?? '', /A new log was begun; it names test/);
    log.record(200, 210);
    await audit.flush().catch((error: unknown) => assert.ok(error instanceof AuditError && error.code === 'EVENTS_LOST'));
    await audit.stop();
    const file = copyToFiles(t, disk, audit.logFile);
    const kept = await numbersIn(file);
    assert.deepEqual(kept, kept.toSorted((a, b) => a - b));
    assert.deepEqual(kept.slice(-10), numbers(210).slice(200));
    // The cut took 10 to 19; they are counted, as what had no room to wait.
    assert.equal(kept.length + audit.health().lost.events, 200);
    const [open] = await eventsIn(file);
    assert.deepEqual(open?.details?.['previous'], { origin, why: 'truncated' });
    await assertSound(file, audit.health().lost.events);
  });
}

test('stop() meanwhile: it waits up to two seconds for the new log, then says what is lost', async () => {
  for (const heals of [true, false]) {
    const log = await tenSealed();
    log.disk.fill();
    cut(log);
    log.record(20, 25);
    const outcome = log.audit.stop().then(
      () => 'ok',
      (error: unknown) => (error instanceof AuditError ? error.code : String(error)),
    );
    if (heals) log.disk.heal();
    for (let ms = 0; ms < 2_000; ms += 250) {
      log.clock.advance(250);
      for (let turns = 0; turns < 5; turns++) await nextTick();
    }
    // What was cut is lost, and said to be; the rest is sealed.
    assert.equal(await outcome, heals ? 'EVENTS_LOST' : 'LOG_REFUSED');
    if (heals) assert.equal(log.audit.health().checkpointSize, log.audit.health().size);
    else assert.match(log.troubles.at(-1)?.message ?? '', /^5 event\(s\) were still waiting/);
  }
});
