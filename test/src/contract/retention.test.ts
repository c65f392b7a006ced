// The rows MaxSizeMB and MaxAgeDays: rotation, gzip, deletion, and what prevents it.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { createLogger, type LoggerOptions } from 'agent-audit';
import { lines, verifyLogFile } from 'agent-audit/files';
import { createTestLogger, type TestLogger } from 'agent-audit/testing';
import { temporaryLog, untilFolder, wireLines } from './support.ts';

const dayMs = 86_400_000;
const folder = '/audit';

/** Lets the sealer, which runs on this thread, do all that it has to do. */
function work({ audit, clock }: TestLogger, ms: number = 5_000): void {
  audit.writeNow();
  clock.advance(ms);
}

/** A log with this many closed segments, of a few lines each. */
async function withClosed(count: number, options: LoggerOptions = {}): Promise<TestLogger> {
  const test = createTestLogger({ maxSizeMB: 0.001, ...options });
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < 10; n++) test.audit.info('scan_started', 'x'.repeat(200), { segment: i });
    await test.audit.flush();
    work(test, 1_000);
  }
  return test;
}

/** Names of the closed segments. */
function closed({ disk }: TestLogger): string[] {
  return disk.list(folder).filter((name) => /^audit-\d{15}\.log(?:\.gz)?$/.test(name)).toSorted();
}

/** Lets this many days pass by the wall clock, then the sealer do what is due. */
function pass(test: TestLogger, days: number): void {
  test.clock.jump(days * dayMs);
  work(test, 120_000);
}

interface Line {
  readonly type: string;
  readonly seq: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** All lines that are not deleted, the log's own included. */
function allLines(test: TestLogger): Line[] {
  const files = [...closed(test), 'audit.log'].map((name) => {
    const bytes = test.disk.bytesOf(`${folder}/${name}`);
    return (name.endsWith('.gz') ? gunzipSync(bytes) : Buffer.from(bytes)).toString();
  });
  return files.join('').split('\n').slice(0, -1).map((line) => JSON.parse(line) as Line);
}

test('the log rotates at maxSizeMB, on disk: closed and active segments hold every line once, and it verifies', async (t) => {
  const logFile = temporaryLog(t);
  const home = dirname(logFile);
  const audit = createLogger({ logFile, maxSizeMB: 0.05 });
  const count = 1_000;
  for (let i = 0; i < count; i++) {
    audit.info('scan_started', 'x'.repeat(200), { i });
    if (i % 100 === 99) await audit.flush();
  }
  await untilFolder(home, () => readdirSync(home).some((name) => name.endsWith('.log.gz')));
  await audit.stop();
  const names = readdirSync(home);
  assert.ok(names.filter((name) => /^audit-\d{15}\.log/.test(name)).length >= 2, names.join());
  const firstLine = wireLines(logFile)[0];
  assert.equal(firstLine?.type, 'log.open');
  assert.ok(firstLine.seq > 0);
  const indexes: number[] = [];
  let next = 0;
  for await (const { seq, line } of lines(logFile)) {
    assert.equal(seq, next++);
    const event = JSON.parse(Buffer.from(line).toString()) as { type: string; details: { i: number } };
    if (event.type === 'scan_started') indexes.push(event.details.i);
  }
  assert.deepEqual(indexes, Array.from({ length: count }, (_, i) => i));
  const report = await verifyLogFile(logFile, { origin: audit.origin });
  assert.deepEqual({ ok: report.ok, first: report.first, lines: report.lines, problems: report.problems }, { ok: true, first: 0, lines: next, problems: [] });
  const [gz] = names.filter((name) => name.endsWith('.log.gz')).toSorted();
  assert.ok(gz !== undefined && !names.includes(gz.slice(0, -3)));
  assert.match(gunzipSync(readFileSync(join(home, gz))).toString(), /^\{"seq":0,.*\n\{"seq":1,/);
});

test('a closed segment ends in log.close(rotate), the next begins with log.open; events() reads all of them', async () => {
  const test = await withClosed(3);
  assert.deepEqual(closed(test).length, 3);
  assert.ok(closed(test).every((name) => name.endsWith('.gz')));
  assert.equal(test.events().length, 30);
  assert.deepEqual(test.events().map(({ details }) => details?.['segment']), Array.from({ length: 30 }, (_, i) => Math.floor(i / 10)));
  const bytes = gunzipSync(test.disk.bytesOf(`${folder}/${closed(test)[1] ?? ''}`));
  const types = bytes.toString().split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual([types[0], types.at(-1)], ['log.open', 'log.close']);
  await test.audit.stop();
});

test('a segment with events closes after 24 hours, an empty one does not', async () => {
  const test = createTestLogger();
  test.audit.info('agent_start', 'm');
  await test.audit.flush();
  work(test, dayMs);
  work(test);
  assert.equal(closed(test).length, 1);
  await test.audit.stop();
});

test('maxAgeDays deletes, after a log.prune that says what and why is under a checkpoint', async () => {
  const test = await withClosed(3, { maxAgeDays: 2 });
  const before = closed(test);
  pass(test, 1);
  assert.deepEqual(closed(test).slice(0, 3), before);
  const unlinked: { name: string; sealed: number }[] = [];
  const unlink = test.disk.unlink.bind(test.disk);
  test.disk.unlink = (path) => {
    if (before.includes(basename(path))) unlinked.push({ name: path, sealed: test.audit.health().checkpointSize });
    unlink(path);
  };
  pass(test, 2);
  work(test);
  assert.ok(before.every((name) => !closed(test).includes(name)), closed(test).join());
  const prune = allLines(test).find(({ type }) => type === 'log.prune');
  assert.ok(prune !== undefined && unlinked.length > 0);
  assert.ok(unlinked.every(({ sealed }) => sealed > prune.seq), JSON.stringify({ unlinked, prune }));
  const { next, bytes, why } = prune.details ?? {};
  assert.ok(typeof next === 'number' && next >= 30 && typeof bytes === 'number' && bytes > 0);
  assert.equal(why, 'age');
  assert.ok(test.events().every(({ seq }) => seq >= next));
  await test.audit.stop();
});

test('maxAgeDays: Infinity deletes nothing, ever', async () => {
  const test = await withClosed(2, { maxAgeDays: Infinity });
  pass(test, 3_650);
  assert.equal(test.events().length, 20);
  await test.audit.stop();
});

test('maxTotalSizeMB deletes the oldest first', async () => {
  const test = await withClosed(6, { maxTotalSizeMB: 0.008 });
  work(test, 120_000);
  const left = test.events().map(({ details }) => details?.['segment']);
  assert.ok(left.length > 0 && !left.includes(0) && left.includes(5), left.join());
  await test.audit.stop();
});

test('hold: true prevents every deletion', async () => {
  const test = await withClosed(3, { maxAgeDays: 1, maxTotalSizeMB: 0.001, hold: true });
  pass(test, 30);
  assert.equal(test.events().length, 30);
  await test.audit.stop();
});

test('a file named <stem>.hold prevents every deletion, and its removal lets it go on', async () => {
  const test = createTestLogger({ maxSizeMB: 0.001, maxAgeDays: 1 });
  test.disk.close(test.disk.createAppend('/audit/audit.hold'));
  for (let n = 0; n < 10; n++) test.audit.info('scan_started', 'x'.repeat(200));
  await test.audit.flush();
  work(test);
  assert.equal(closed(test).length, 1);
  pass(test, 3);
  assert.equal(test.events().length, 10);
  test.disk.unlink('/audit/audit.hold');
  work(test, 120_000);
  // The log.prune is written by now, and sealed in the next turn.
  work(test);
  assert.equal(test.events().length, 0);
  assert.ok(allLines(test).some(({ type }) => type === 'log.prune'));
  await test.audit.stop();
});

test('a pruned log opens again, goes on, and verifies from its prune', async (t) => {
  const logFile = temporaryLog(t);
  const home = dirname(logFile);
  const options = { logFile, maxSizeMB: 0.02, maxTotalSizeMB: 0.02, bufferSize: 10 };
  const audit = createLogger(options);
  for (let i = 0; i < 600; i++) {
    audit.info('scan_started', 'x'.repeat(200), { i });
    if (i % 50 === 49) await audit.flush();
  }
  await untilFolder(home, () => !readdirSync(home).some((name) => name.startsWith('audit-000000000000000.')));
  await audit.stop();
  const again = createLogger({ ...options, hold: true });
  assert.equal(again.origin, audit.origin);
  again.info('agent_start', 'again');
  await again.stop();
  const report = await verifyLogFile(logFile, { origin: audit.origin });
  assert.deepEqual(report.problems, []);
  assert.ok(report.ok && report.first > 0);
});
