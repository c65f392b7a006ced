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
  const log = createTestLogger({ maxSizeMB: 0.001, ...options });
  for (let i = 0; i < count; i++) {
    for (let n = 0; n < 10; n++) log.audit.info('scan_started', 'x'.repeat(200), { segment: i });
    await log.audit.flush();
    work(log, 1_000);
  }
  return log;
}

/** Names of the closed segments. */
function closed({ disk }: TestLogger): string[] {
  return disk.list(folder).filter((name) => /^audit-\d{15}\.log(?:\.gz)?$/.test(name)).toSorted();
}

/** Lets this many days pass, then the sealer do what is due. */
function pass(log: TestLogger, days: number): void {
  log.clock.pause(days * dayMs);
  work(log, 120_000);
}

interface Line {
  readonly type: string;
  readonly seq: number;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** All lines that are not deleted, the log's own included. */
function allLines(log: TestLogger): Line[] {
  const files = [...closed(log), 'audit.log'].map((name) => {
    const bytes = log.disk.bytesOf(`${folder}/${name}`);
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
  const { ok, first, lines: lineCount, problems } = report;
  assert.deepEqual({ ok, first, lines: lineCount, problems }, { ok: true, first: 0, lines: next, problems: [] });
  const [gz] = names.filter((name) => name.endsWith('.log.gz')).toSorted();
  assert.ok(gz !== undefined && !names.includes(gz.slice(0, -3)));
  assert.match(gunzipSync(readFileSync(join(home, gz))).toString(), /^\{"seq":0,.*\n\{"seq":1,/);
});

test('a closed segment ends in log.close(rotate), the next begins with log.open; events() reads all of them', async () => {
  const log = await withClosed(3);
  assert.deepEqual(closed(log).length, 3);
  assert.ok(closed(log).every((name) => name.endsWith('.gz')));
  assert.equal(log.events().length, 30);
  assert.deepEqual(log.events().map(({ details }) => details?.['segment']), Array.from({ length: 30 }, (_, i) => Math.floor(i / 10)));
  const bytes = gunzipSync(log.disk.bytesOf(`${folder}/${closed(log)[1] ?? ''}`));
  const types = bytes.toString().split('\n').slice(0, -1).map((line) => (JSON.parse(line) as { type: string }).type);
  assert.deepEqual([types[0], types.at(-1)], ['log.open', 'log.close']);
  await log.audit.stop();
});

test('a segment with events closes after 24 hours, an empty one does not', async () => {
  const log = createTestLogger();
  log.audit.info('agent_start', 'm');
  await log.audit.flush();
  work(log, dayMs);
  work(log);
  assert.equal(closed(log).length, 1);
  await log.audit.stop();
});

test('maxAgeDays deletes, after a log.prune that says what and why is under a checkpoint', async () => {
  const log = await withClosed(3, { maxAgeDays: 2 });
  const before = closed(log);
  pass(log, 1);
  assert.deepEqual(closed(log).slice(0, 3), before);
  const unlinked: { name: string; sealed: number }[] = [];
  const unlink = log.disk.unlink.bind(log.disk);
  log.disk.unlink = (path) => {
    if (before.includes(basename(path))) unlinked.push({ name: path, sealed: log.audit.health().checkpointSize });
    unlink(path);
  };
  pass(log, 2);
  work(log);
  assert.ok(before.every((name) => !closed(log).includes(name)), closed(log).join());
  const prune = allLines(log).find(({ type }) => type === 'log.prune');
  assert.ok(prune !== undefined && unlinked.length > 0);
  assert.ok(unlinked.every(({ sealed }) => sealed > prune.seq), JSON.stringify({ unlinked, prune }));
  const { next, bytes, why } = prune.details ?? {};
  assert.ok(typeof next === 'number' && next >= 30 && typeof bytes === 'number' && bytes > 0);
  assert.equal(why, 'age');
  assert.ok(log.events().every(({ seq }) => seq >= next));
  await log.audit.stop();
});

test('maxAgeDays: Infinity deletes nothing, ever', async () => {
  const log = await withClosed(2, { maxAgeDays: Infinity });
  pass(log, 3_650);
  assert.equal(log.events().length, 20);
  await log.audit.stop();
});

test('maxTotalSizeMB deletes the oldest first', async () => {
  const log = await withClosed(6, { maxTotalSizeMB: 0.008 });
  work(log, 120_000);
  const left = log.events().map(({ details }) => details?.['segment']);
  assert.ok(left.length > 0 && !left.includes(0) && left.includes(5), left.join());
  await log.audit.stop();
});

test('hold: true prevents every deletion', async () => {
  const log = await withClosed(3, { maxAgeDays: 1, maxTotalSizeMB: 0.002, hold: true });
  pass(log, 30);
  assert.equal(log.events().length, 30);
  await log.audit.stop();
});

test('a file named <stem>.hold prevents every deletion, and its removal lets it go on', async () => {
  const log = createTestLogger({ maxSizeMB: 0.001, maxAgeDays: 1 });
  log.disk.close(log.disk.createAppend('/audit/audit.hold'));
  for (let n = 0; n < 10; n++) log.audit.info('scan_started', 'x'.repeat(200));
  await log.audit.flush();
  work(log);
  assert.equal(closed(log).length, 1);
  pass(log, 3);
  assert.equal(log.events().length, 10);
  log.disk.unlink('/audit/audit.hold');
  work(log, 120_000);
  // The log.prune is written by now, and sealed in the next turn.
  work(log);
  assert.equal(log.events().length, 0);
  assert.ok(allLines(log).some(({ type }) => type === 'log.prune'));
  await log.audit.stop();
});

test('a pruned log opens again, goes on, and verifies from its prune', async (t) => {
  const logFile = temporaryLog(t);
  const home = dirname(logFile);
  const options = { logFile, maxSizeMB: 0.02, maxTotalSizeMB: 0.03, bufferSize: 10 };
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
