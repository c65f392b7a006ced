// A folder in which no segment can be closed: lines go on, health says so, and segments close when they can.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventType } from 'agent-audit';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { nextTick } from '../until.ts';
import { assertSound, copyToFiles, numbers, numbersIn } from './account.ts';

let logged = 0;

/** Logs more than a segment holds, each event in a tick of its own, and seals it; ten seconds pass. */
async function fillSegments({ audit, clock }: TestLogger): Promise<void> {
  for (let i = 0; i < 20; i++) {
    audit.info(EventType.ScanCompleted, String(logged++), { filler: 'x'.repeat(200) });
    await nextTick();
  }
  await audit.flush();
  for (let second = 0; second < 10; second++) clock.advance(1_000);
}

function closedSegments({ disk }: TestLogger): number {
  return disk.list('/audit').filter((name) => /-\d+\.log/.test(name)).length;
}

for (const code of ['EPERM', 'EACCES', 'EOPNOTSUPP']) {
  test(`${code} at every link: segments that cannot be closed grow, sealed; told once, degraded until one closes`, async (t) => {
    logged = 0;
    const troubles: string[] = [];
    const log = createTestLogger({ maxSizeMB: 0.002, onError: (error) => void troubles.push(`${error.code} ${error.message}`) });
    const { audit, clock, disk } = log;
    const link = disk.link.bind(disk);
    disk.link = (from, to) => {
      throw Object.assign(new Error(`${code}: link '${from}' -> '${to}'`), { code });
    };
    const beganMs = clock.now();
    for (let i = 0; i < 6; i++) await fillSegments(log);
    assert.equal(troubles.length, 1, troubles.join('\n'));
    assert.match(troubles[0] ?? '', new RegExp(`^ROTATION_FAILED /audit/audit\\.log is full.*${code}.*hard links`));
    const { state, reasons, size, checkpointSize, pending, lost } = audit.health();
    assert.deepEqual([state, reasons.map((reason) => reason.code)], ['degraded', ['ROTATION_FAILED']]);
    const sinceMs = reasons[0]?.since.getTime() ?? 0;
    assert.ok(sinceMs >= beganMs && sinceMs <= beganMs + 10_000, 'since the first time');
    assert.deepEqual([checkpointSize, pending.events, lost.events, closedSegments(log)], [size, 0, 0, 0]);

    disk.link = link;
    for (let i = 0; i < 2; i++) await fillSegments(log);
    assert.ok(closedSegments(log) > 0);
    assert.deepEqual([audit.health().state, troubles.length], ['ok', 1]);
    await audit.stop();
    const file = copyToFiles(t, disk, audit.logFile);
    assert.deepEqual(await numbersIn(file), numbers(logged));
    await assertSound(file);
  });
}
