// What keeps segments although a limit says that they go, what lets them go early, and how each is told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type AuditError, createLogger, type LoggerOptions } from 'agent-audit';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { auditError, temporaryLog } from './support.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const kib = 1024;
const cursor = '/audit/audit.sender';

interface Watched extends TestLogger {
  readonly troubles: AuditError[];
}

/** A log with this many closed segments, of a few lines each, whose troubles are written down. */
async function withClosed(count: number, options: LoggerOptions = {}): Promise<Watched> {
  const troubles: AuditError[] = [];
  const log = { ...createTestLogger({ maxSizeMB: 0.001, onError: (error) => void troubles.push(error), ...options }), troubles };
  await closeMore(log, count);
  return log;
}

async function closeMore(log: TestLogger, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < 10; n++) log.audit.info('scan_started', 'x'.repeat(200));
    await log.audit.flush();
    log.clock.advance(1_000);
  }
}

/** Time enough for a plan, for its log.prune to be sealed, and for the deletion. */
function settle({ audit, clock }: TestLogger): void {
  for (let i = 0; i < 3; i++) {
    audit.writeNow();
    clock.advance(61_000);
  }
}

/**
 * Until a minute of looks at the disk has nothing to say any more. The line that says that segments go, its checkpoint, and the segment
 * that it may begin take room themselves: they may be what the next segments have to go for.
 */
function untilAllIsSaid(log: TestLogger): void {
  for (let before = -1, rounds = 0; log.audit.health().size !== before; rounds++) {
    assert.ok(rounds < 50, 'it never ends');
    before = log.audit.health().size;
    settle(log);
  }
}

/** Runs for this long, looking at the clocks every hour. */
function run({ clock }: TestLogger, hours: number): void {
  for (let i = 0; i < hours; i++) clock.pause(hourMs);
}

function told({ troubles }: Watched): string[] {
  return troubles.map(({ code }) => code);
}

function reasons({ audit }: TestLogger): string[] {
  assert.equal(audit.health().state, audit.health().reasons.length === 0 ? 'ok' : 'degraded');
  return audit.health().reasons.map(({ code }) => code);
}

/** The reasons of the log's own log.prune lines. */
function prunes({ disk }: TestLogger): unknown[] {
  const names = disk.list('/audit').filter((name) => /\.log(?:\.gz)?$/.test(name)).toSorted();
  const text = names.map((name) => {
    const bytes = disk.bytesOf(`/audit/${name}`);
    return (name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
  });
  const lines = text.join('').split('\n').filter((line) => line.includes('"type":"log.prune"'));
  return lines.map((line) => (JSON.parse(line) as { details: { why: string } }).details.why);
}

test('a clock that jumps a year ahead deletes nothing, and is told once; 24 hours of running later its time counts', async () => {
  const log = await withClosed(3, { maxAgeDays: 30 });
  log.clock.jump(365 * dayMs);
  settle(log);
  run(log, 22);
  settle(log);
  assert.equal(log.events().length, 30);
  assert.deepEqual([told(log), reasons(log)], [['CLOCK_JUMPED'], ['CLOCK_JUMPED']]);
  assert.match(log.troubles[0]?.message ?? '', /8760\.0 hours ahead.*audit\.log.*maxAgeDays/);
  run(log, 3);
  settle(log);
  assert.equal(log.events().length, 0);
  assert.deepEqual(reasons(log), []);
  assert.deepEqual(prunes(log), ['age']);
  await log.audit.stop();
});

test('what is truly too old goes while a jump is doubted: only the time leapt over does not count', async () => {
  const log = await withClosed(2, { maxAgeDays: 30 });
  run(log, 20 * 24);
  await closeMore(log, 2);
  run(log, 11 * 24);
  log.clock.jump(365 * dayMs);
  settle(log);
  assert.equal(log.events().length, 20);
  await log.audit.stop();
});

test('a clock that goes back is told too, and deletes nothing', async () => {
  const log = await withClosed(2, { maxAgeDays: 30 });
  log.clock.jump(-2 * hourMs);
  settle(log);
  assert.deepEqual([told(log), reasons(log)], [['CLOCK_JUMPED'], ['CLOCK_JUMPED']]);
  assert.equal(log.events().length, 20);
  await log.audit.stop();
});

test('while a jump is doubted, deletion by size goes on', async () => {
  const log = await withClosed(2, { maxAgeDays: 30, maxTotalSizeMB: 0.008 });
  log.clock.jump(365 * dayMs);
  await closeMore(log, 8);
  settle(log);
  assert.ok(log.events().length < 100);
  assert.ok(prunes(log).length > 0 && prunes(log).every((why) => why === 'size'), prunes(log).join());
  await log.audit.stop();
});

test('a cursor that cannot be read holds every segment, and is told; a sender that starts anew mends it', async () => {
  const log = await withClosed(2, { maxAgeDays: 1 });
  log.disk.close(log.disk.createAppend(cursor));
  log.disk.overwrite(cursor, Buffer.from('{"origin":"te'));
  run(log, 10 * 24);
  settle(log);
  assert.equal(log.events().length, 20);
  assert.deepEqual([told(log), reasons(log)], [['CURSOR_UNREADABLE'], ['CURSOR_UNREADABLE']]);
  log.disk.unlink(cursor);
  settle(log);
  assert.deepEqual([log.events().length, reasons(log)], [0, []]);
  await log.audit.stop();
});

test('a cursor of another log says nothing of this one: all of it is held', async () => {
  const log = await withClosed(2, { maxAgeDays: 1 });
  log.disk.close(log.disk.createAppend(cursor));
  log.disk.overwrite(cursor, Buffer.from('{"origin":"other/00","next":1000000}\n'));
  run(log, 10 * 24);
  settle(log);
  assert.equal(log.events().length, 20);
  log.disk.overwrite(cursor, Buffer.from(`${JSON.stringify({ origin: log.audit.origin, next: 1_000_000 })}\n`));
  settle(log);
  assert.equal(log.events().length, 0);
  await log.audit.stop();
});

test('a disk that fills up: the oldest segments go before it is full, and no event ever waits', async () => {
  const log = await withClosed(0, { minFreeDiskMB: 0.03 });
  log.disk.setTotalBytes(300 * kib);
  for (let i = 0; i < 300; i++) await closeMore(log, 1);
  untilAllIsSaid(log);
  assert.deepEqual([told(log), reasons(log)], [[], []]);
  assert.ok(prunes(log).length > 0 && prunes(log).every((why) => why === 'free'), prunes(log).join());
  const { freeBytes } = log.disk.space('/audit');
  assert.ok(freeBytes >= 30 * kib, String(freeBytes));
  await log.audit.stop();
});

test('the floor is a tenth of a disk that is small', async () => {
  const log = await withClosed(10);
  log.disk.setTotalBytes(log.disk.usedBytes() * 2);
  settle(log);
  assert.equal(log.events().length, 100, 'half of it is free');
  log.disk.setTotalBytes(Math.floor(log.disk.usedBytes() * 1.08));
  settle(log);
  assert.ok(log.events().length < 100);
  assert.deepEqual([told(log), [...new Set(prunes(log))]], [[], ['free']]);
  await log.audit.stop();
});

for (const [what, options, why] of [
  ['the option hold', { hold: true }, /the option hold keeps every segment/],
  ['a .hold file', {}, /the file audit\.hold keeps every segment/],
  ['a sender that has taken nothing', {}, /the sender has not taken the oldest segment/],
] as const) {
  test(`a low disk deletes nothing that ${what} holds: that is told once, and is over when there is room`, async () => {
    const log = await withClosed(3, options);
    if (what === 'a .hold file') log.disk.close(log.disk.createAppend('/audit/audit.hold'));
    if (what.startsWith('a sender')) {
      log.disk.close(log.disk.createAppend(cursor));
      log.disk.overwrite(cursor, Buffer.from(`${JSON.stringify({ origin: log.audit.origin, next: 0 })}\n`));
    }
    log.disk.setFreeBytes(400 * 1024 * kib);
    settle(log);
    settle(log);
    assert.equal(log.events().length, 30);
    assert.deepEqual([told(log), reasons(log)], [['DISK_LOW'], ['DISK_LOW']]);
    assert.match(log.troubles[0]?.message ?? '', why);
    log.disk.heal();
    settle(log);
    assert.deepEqual(reasons(log), []);
    await log.audit.stop();
  });
}

test('a log without a closed segment on a low disk is told; where the system does not say what is free, nothing is done', async () => {
  const log = await withClosed(0);
  log.disk.setFreeBytes(400 * 1024 * kib);
  settle(log);
  assert.match(log.troubles[0]?.message ?? '', /^\/audit has \d+ MiB free, less than the 512 MiB .*no closed segment/);
  log.disk.space = () => {
    throw new Error('ENOSYS');
  };
  settle(log);
  assert.deepEqual([told(log), reasons(log)], [['DISK_LOW'], []]);
  await log.audit.stop();
});

test('a segment that cannot be deleted is told once, tried again, and over when it is gone', async () => {
  const log = await withClosed(2, { maxAgeDays: 1 });
  const unlink = log.disk.unlink.bind(log.disk);
  log.disk.unlink = (path) => {
    if (path.endsWith('.log.gz')) throw Object.assign(new Error(`EPERM: unlink '${path}'`), { code: 'EPERM' });
    unlink(path);
  };
  run(log, 48);
  settle(log);
  settle(log);
  assert.deepEqual([told(log), reasons(log)], [['MAINTENANCE_FAILED'], ['MAINTENANCE_FAILED']]);
  assert.match(log.troubles[0]?.message ?? '', /audit\.log cannot be packed or deleted: EPERM/);
  log.disk.unlink = unlink;
  settle(log);
  assert.deepEqual([log.events().length, reasons(log)], [0, []]);
  await log.audit.stop();
});

test('maxTotalSizeMB must leave room for a closed segment beside the active one', (t) => {
  const logFile = temporaryLog(t);
  const refused = auditError('OPTION_INVALID', 'maxTotalSizeMB', 'above maxSizeMB');
  assert.throws(() => createLogger({ logFile, maxSizeMB: 10, maxTotalSizeMB: 10 }), refused);
});

test('what a recovery or a refusal has set aside is deleted by no limit', async () => {
  const log = await withClosed(2, { maxAgeDays: 1 });
  const aside = ['/audit/audit-000000000000000.torn', '/audit/audit.refused-01234567'];
  for (const path of aside) log.disk.close(log.disk.createAppend(path));
  run(log, 48);
  log.disk.setFreeBytes(100 * 1024 * kib);
  settle(log);
  assert.equal(log.events().length, 0);
  for (const path of aside) assert.ok(log.disk.stat(path) !== undefined, path);
  await log.audit.stop();
});
