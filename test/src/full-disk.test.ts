// A disk that is really full: what has its number stays, what waits is bounded, what is lost is counted to the event, and when there is
// room again the log goes on by itself, whole.
import assert from 'node:assert/strict';
import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import { AuditError, createLogger, EventType, type Logger, type LoggerOptions, Severity } from 'agent-audit';
import { lines, listSegments, verifyLogFile } from 'agent-audit/files';
import { start } from './program.ts';
import { SmallDisk } from './small-disk.ts';
import { nextTick, until } from './until.ts';

interface Logged {
  readonly seq: number | undefined;
  readonly type: string;
  readonly severity: string;
}

/** A logger on the small disk, and an account of what it was given. */
class Account {
  readonly logFile: string;
  readonly audit: Logger;
  readonly logged: Logged[] = [];
  readonly troubles: AuditError[] = [];

  constructor(disk: SmallDisk, options: LoggerOptions = {}) {
    this.logFile = join(disk.folder, 'audit.log');
    const onError = (error: AuditError): void => void this.troubles.push(error);
    // Nothing is deleted to make room: what is looked at is a disk without any.
    this.audit = createLogger({ logFile: this.logFile, env: false, agentId: 'full', hold: true, onError, ...options });
  }

  /** Logs an event in a tick of its own. */
  async log(type: string = EventType.ScanCompleted, severity: Severity = Severity.Info): Promise<void> {
    const message = String(this.logged.length);
    const seq = this.audit.log({ type, severity, message, details: { filler: 'x'.repeat(100) } });
    this.logged.push({ seq, type, severity });
    await nextTick();
  }

  async logMany(count: number): Promise<void> {
    for (let i = 0; i < count; i++) await this.log();
  }

  /** Logs until the disk refuses. */
  async logUntilRefused(): Promise<void> {
    while (this.audit.health().state !== 'failing') await this.log();
  }

  /** The codes of a flush's refusal, or none. */
  async flushes(): Promise<string> {
    return this.audit.flush().then(
      () => '',
      (error: unknown) => (error instanceof AuditError ? error.code : String(error)),
    );
  }

  /** There is room again. An attempt to seal that failed just before may still fail the first flush. */
  async flushAfterFree(): Promise<void> {
    while ((await this.flushes()) !== '') await nextTick();
  }

  /**
   * Holds the log to its promises: in order, numbered as it was said, each event there or in the count of what was lost, by its type
   * and severity. Returns how many are lost.
   */
  async settle(): Promise<number> {
    const events: RecordedEvent[] = [];
    for await (const { line } of lines(this.logFile)) events.push(parseLine(line));
    const own = events.filter(({ type }) => !type.startsWith('log.'));
    const numbers = own.map(({ message }) => Number(message));
    assert.deepEqual(numbers, numbers.toSorted((a, b) => a - b), 'events are in the order in which they were logged, each once');
    const seqs = new Map(own.map(({ message, seq }) => [Number(message), seq]));
    for (const [number, { seq }] of this.logged.entries()) {
      if (seq !== undefined) assert.equal(seqs.get(number), seq, `event ${number} was given seq ${seq}`);
    }

    const missing = countPairs(this.logged.filter((_, number) => !seqs.has(number)));
    const report = await verifyLogFile(this.logFile);
    assert.deepEqual(report.problems, []);
    assert.equal(report.unsigned, 0);
    const told = report.records.losses.flatMap(({ counts }) => counts);
    assert.deepEqual(sumPairs(told), missing, 'log.loss counts what is missing, by type and severity');
    assert.equal(report.losses, this.audit.health().lost.events);
    return report.losses;
  }
}

function countPairs(events: readonly Logged[]): Record<string, number> {
  return sumPairs(events.map(({ type, severity }) => ({ type, severity, events: 1 })));
}

function sumPairs(
  counts: readonly { readonly type: string; readonly severity: string; readonly events: number }[],
): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { type, severity, events } of counts) sums[`${type} ${severity}`] = (sums[`${type} ${severity}`] ?? 0) + events;
  return sums;
}

/** The codes, each once, but for what the sealing thread says of closed segments: it looks at the disk when it comes to it. */
function withoutUpkeep(troubles: readonly { readonly code: string }[]): string[] {
  return [...new Set(troubles.map(({ code }) => code))].filter((code) => code !== 'DISK_LOW' && code !== 'MAINTENANCE_FAILED');
}

test('a disk that fills up: what is numbered stays, what waits is bounded, what is lost is counted, and the log heals', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  const pendingBytesMax = 80_000;
  const account = new Account(disk, { pendingBytesMax });
  const { audit } = account;
  await account.logMany(50);
  await audit.flush();

  disk.fill();
  await account.logUntilRefused();
  assert.equal(await account.flushes(), 'DISK_FULL');
  for (let i = 0; i < 300; i++) {
    await account.log();
    await account.log(EventType.ResourceWarning, Severity.Warn);
    if (i % 100 === 0) await account.log(EventType.AuthFailed, Severity.Warn);
    assert.ok(audit.health().pending.bytes <= pendingBytesMax, 'the queue is bounded');
  }
  const { state, lost, pending, reasons } = audit.health();
  assert.deepEqual([state, withoutUpkeep(reasons)], ['failing', ['DISK_FULL']]);
  assert.ok(lost.events > 0 && pending.events > 0);
  assert.equal(await account.flushes(), 'DISK_FULL');
  assert.deepEqual(withoutUpkeep(account.troubles), ['DISK_FULL', 'EVENTS_LOST']);

  disk.free();
  assert.equal(await account.flushes(), 'EVENTS_LOST', 'whoever flushes is told of what had to go');
  assert.equal(await account.flushes(), '', 'once');
  await until(() => audit.health().state === 'ok');
  assert.deepEqual(audit.health().pending, { events: 0, bytes: 0 });
  await account.logMany(10);
  await audit.stop();
  assert.equal(await account.settle(), lost.events);
  const kept: string[] = [];
  for await (const { line } of lines(account.logFile)) kept.push(parseLine(line).type);
  assert.equal(kept.filter((type) => type === 'auth_failed').length, 3, 'what speaks of an attack is the last to go');
});

test('a log whose disk has room again goes on by itself', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  const account = new Account(disk);
  disk.fill();
  await account.logUntilRefused();
  await account.logMany(20);
  disk.free();
  await until(() => account.audit.health().pending.events === 0);
  await account.audit.stop();
  assert.equal(await account.settle(), 0);
});

test('a logger that is stopped on a full disk says how many events are lost; the next start finds the rest', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  const account = new Account(disk);
  disk.fill();
  await account.logUntilRefused();
  await account.logMany(20);
  await assert.rejects(account.audit.stop(), { code: 'DISK_FULL' });
  const said = account.troubles.findLast(({ code }) => code === 'EVENTS_LOST')?.message ?? '';
  const lost = Number(/^(\d+) event/.exec(said)?.[1]);

  disk.free();
  await createLogger({ logFile: account.logFile, env: false, agentId: 'full' }).stop();
  const { problems, unsigned } = await verifyLogFile(account.logFile);
  assert.deepEqual({ problems, unsigned }, { problems: [], unsigned: 0 });
  let found = 0;
  for await (const { line } of lines(account.logFile)) {
    const { type, message } = parseLine(line);
    if (type === 'scan_completed') assert.equal(message, String(found++));
  }
  assert.equal(account.logged.length - found, lost, said);
});

test('a program whose flush fails on a full disk ends by itself, and the next start finds what it wrote', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  // For the lock, the key and the first lines, and not for their sidecar.
  disk.fill(3);
  const logFile = join(disk.folder, 'audit.log');
  const { code, stdout, stderr } = await start('exit-program', 'natural end, after a flush that fails', logFile).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^flush failed: AuditError/m);
  disk.free();
  await createLogger({ logFile, env: false }).stop();
  const report = await verifyLogFile(logFile);
  assert.deepEqual([report.problems, report.unsigned, report.recovered], [[], 0, 1]);
  let found = 0;
  for await (const { line } of lines(logFile)) if (parseLine(line).type === 'scan_completed') found++;
  assert.equal(found, 10);
});

test('a disk that is full before the log is opened: the refusal says so, leaves nothing behind, and ends with it', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  disk.fill();
  const logFile = join(disk.folder, 'audit.log');
  assert.throws(
    () => createLogger({ logFile, env: false }),
    (error) =>
      error instanceof AuditError &&
      error.code === 'LOG_NOT_WRITABLE' &&
      error.message.includes(logFile) &&
      error.message.includes('ENOSPC'),
  );
  assert.deepEqual(readdirSync(disk.folder), ['filler']);
  disk.free();
  const account = new Account(disk);
  await account.logMany(10);
  await account.audit.stop();
  assert.equal(await account.settle(), 0);
});

for (const names of [5, 7]) {
  test(`a disk with room for lines and for ${names} names of files: segments grow, and close when they can`, async (t) => {
    const disk = SmallDisk.mount(t, names);
    if (disk === undefined) return;
    const account = new Account(disk, { maxSizeMB: 0.01, bufferSize: 10 });
    for (let i = 0; i < 20; i++) {
      await account.logMany(10);
      assert.equal(await account.flushes(), '', 'lines have room');
    }
    assert.deepEqual(account.audit.health().pending, { events: 0, bytes: 0 });
    disk.allowNames(1_000);
    const segments = (): number => listSegments(account.logFile).length;
    const before = segments();
    await until(() => segments() > before);
    await account.audit.stop();
    assert.equal(await account.settle(), 0);
    assert.deepEqual(withoutUpkeep(account.troubles), ['ROTATION_FAILED']);
  });
}

test('a torn log on a full disk: nothing is cut before its bytes are safe elsewhere', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  const account = new Account(disk);
  await account.logMany(10);
  await account.audit.stop();
  appendFileSync(account.logFile, 'x'.repeat(9_000));
  const torn = readFileSync(account.logFile);
  // For the lock, and not for what is torn.
  disk.fill(1);
  assert.throws(() => createLogger({ logFile: account.logFile, env: false }), { code: 'LOG_NOT_WRITABLE' });
  assert.ok(readFileSync(account.logFile).equals(torn));
  disk.free();
  await createLogger({ logFile: account.logFile, env: false }).stop();
  const { problems, records } = await verifyLogFile(account.logFile);
  assert.deepEqual([problems, records.recoveries[0]?.torn_bytes], [[], 9_000]);
});

/** Each page less stops the log at another step: lock, key, first line, sidecar, later lines, rotation, compression. */
const pages = Array.from({ length: 14 }, (_, count) => count);

for (const pagesLeft of pages) {
  test(`a disk with room for ${pagesLeft} pages when the log is opened`, async (t) => {
    const disk = SmallDisk.mount(t);
    if (disk === undefined) return;
    disk.fill(pagesLeft);
    const { account, isRefused } = openOrRefuse(disk);
    if (isRefused) disk.free();
    const opened = account ?? new Account(disk);
    await opened.logMany(60);
    const code = await opened.flushes();
    assert.ok(['', 'DISK_FULL', 'SEALING_FAILED'].includes(code), code);
    if (!isRefused) disk.free();
    await opened.flushAfterFree();
    await opened.audit.stop();
    assert.equal(await opened.settle(), 0);
    assert.deepEqual(readdirSync(disk.folder).filter((name) => /\.tmp$|\.lock-|\.refused-/.test(name)), []);
  });
}

function openOrRefuse(disk: SmallDisk): { account?: Account; isRefused: boolean } {
  try {
    return { account: new Account(disk), isRefused: false };
  } catch (error) {
    assert.ok(error instanceof AuditError && error.code === 'LOG_NOT_WRITABLE', String(error));
    return { isRefused: true };
  }
}

for (const pagesLeft of pages) {
  test(`a disk with room for ${pagesLeft} pages when segments are closed and compressed`, async (t) => {
    const disk = SmallDisk.mount(t);
    if (disk === undefined) return;
    const account = new Account(disk, { maxSizeMB: 0.01, bufferSize: 10 });
    await account.logMany(30);
    await account.audit.flush();
    disk.fill(pagesLeft);
    for (let i = 0; i < 20; i++) {
      await account.logMany(10);
      await account.flushes();
    }
    disk.free();
    await account.logMany(100);
    await account.flushAfterFree();
    await account.audit.stop();
    assert.equal(await account.settle(), 0);
    const expected = new Set<string>(['DISK_FULL', 'SEALING_FAILED', 'ROTATION_FAILED', 'MAINTENANCE_FAILED', 'DISK_LOW']);
    assert.deepEqual(account.troubles.filter(({ code }) => !expected.has(code)), []);
    assert.deepEqual(readdirSync(disk.folder).filter((name) => /\.tmp$|\.lock-|\.refused-|\.torn$/.test(name)), []);
  });
}
