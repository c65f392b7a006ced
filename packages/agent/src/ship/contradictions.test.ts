import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { readCheckpoint } from '@agent-audit/log';
import { cursorOf, linesOf, logFileFor, type ManualLogger, manualLogger } from './logger.test.support.ts';
import { Receiver } from './receiver.test.support.ts';

interface Kept {
  readonly why: string;
  readonly note: string;
  readonly theirs: string | null;
  readonly collector: string;
  readonly cosigners: readonly string[];
}

function refusedFolder(logFile: string): string {
  const refused = readdirSync(dirname(logFile)).find((name) => name.startsWith('audit.refused-'));
  assert.ok(refused !== undefined);
  return join(dirname(logFile), refused);
}

/** The evidence in the folder of the origin that was given up. */
function evidenceOf(logFile: string): Kept {
  return JSON.parse(readFileSync(join(refusedFolder(logFile), 'audit.evidence'), 'utf8')) as Kept;
}

/** A log that was shipped and stopped, and a copy of its folder. */
async function copied(t: TestContext, receiver: Receiver): Promise<{ logFile: string; copy: string; first: ManualLogger }> {
  const logFile = logFileFor(t);
  const copy = logFileFor(t);
  const first = manualLogger(logFile, { remoteEndpoint: receiver.url });
  for (let i = 0; i < 5; i++) first.audit.info('scan_progress', `before ${i}`);
  await first.shipped();
  await first.stop();
  cpSync(dirname(logFile), dirname(copy), { recursive: true });
  return { logFile, copy, first };
}

async function shipMore(logFile: string, receiver: Receiver, count: number, text: string): Promise<string> {
  const { audit, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  for (let i = 0; i < count; i++) audit.info('scan_progress', `${text} ${i}`);
  await shipped();
  await stop();
  return audit.origin;
}

test('an image that was rolled back: evidence on both sides, the origin is given up, and a new one is shipped', async (t) => {
  const receiver = await Receiver.start(t);
  const { logFile, copy } = await copied(t, receiver);
  const old = await shipMore(logFile, receiver, 50, 'after the copy');
  const { audit, told, until, shipped, stop } = manualLogger(copy, { remoteEndpoint: receiver.url });
  audit.info('scan_progress', 'on the copy');
  await until(() => audit.origin !== old);
  assert.deepEqual(told, ['REMOTE_CONTRADICTS', 'LOG_REFUSED']);
  await shipped();
  await stop();
  const evidence = evidenceOf(copy);
  assert.deepEqual([evidence.why, evidence.collector, evidence.cosigners], ['rollback', receiver.url, [receiver.vkey]]);
  assert.ok(readCheckpoint(evidence.theirs ?? '').size > readCheckpoint(evidence.note).size);
  assert.deepEqual(receiver.logs.get(old)?.evidence.map(({ kind, note }) => [kind, note]), [['rollback', evidence.note]]);
  assert.deepEqual(receiver.logs.get(audit.origin)?.lines, linesOf(copy));
  assert.match(linesOf(copy)[0] ?? '', new RegExp(`"previous":{"origin":"${old}","why":"rollback"`));
  assert.match(readFileSync(join(refusedFolder(copy), 'audit.log'), 'utf8'), /on the copy/, 'nothing is deleted');
});

test('two writers with one key: the second history is a fork, found before one of its lines is sent', async (t) => {
  const receiver = await Receiver.start(t);
  const { logFile, copy } = await copied(t, receiver);
  const old = await shipMore(logFile, receiver, 10, 'the first history');
  const lines = receiver.logs.get(old)?.lines.length;
  const { audit, told, until, shipped, stop } = manualLogger(copy, { remoteEndpoint: receiver.url });
  for (let i = 0; i < 50; i++) audit.info('scan_progress', `the second history ${i}`);
  await until(() => audit.origin !== old);
  assert.deepEqual(told, ['REMOTE_CONTRADICTS', 'LOG_REFUSED']);
  await shipped();
  await stop();
  const evidence = evidenceOf(copy);
  assert.equal(evidence.why, 'fork');
  assert.equal(readCheckpoint(evidence.theirs ?? '').size, lines);
  assert.equal(receiver.logs.get(old)?.lines.length, lines);
  assert.equal(receiver.logs.get(old)?.evidence[0]?.kind, 'fork');
});

/** A log that was rolled back, whose evidence the collector does not take. */
async function withUnheardEvidence(t: TestContext): Promise<{ receiver: Receiver; copy: string; old: string; tries: () => number }> {
  const receiver = await Receiver.start(t);
  const { logFile, copy } = await copied(t, receiver);
  const old = await shipMore(logFile, receiver, 50, 'after the copy');
  receiver.behave = (path) => (path.endsWith('/evidence') ? { status: 503 } : undefined);
  return { receiver, copy, old, tries: () => receiver.seen.filter(({ path }) => path.endsWith('/evidence')).length };
}

const handedIn = (logFile: string): unknown =>
  (JSON.parse(readFileSync(join(refusedFolder(logFile), 'audit.evidence'), 'utf8')) as Record<string, unknown>)['handed_in'];

test('evidence that the collector does not take is handed in again until it does, and no more after that', async (t) => {
  const { receiver, copy, old, tries } = await withUnheardEvidence(t);
  const { audit, told, until, shipped, stop } = manualLogger(copy, { remoteEndpoint: receiver.url });
  audit.info('scan_progress', 'on the copy');
  await until(() => tries() >= 4);
  assert.notEqual(audit.origin, old);
  assert.equal(handedIn(copy), null);
  assert.equal(told.filter((code) => code === 'REMOTE_CONTRADICTS').length, 1, told.join());
  receiver.behave = () => undefined;
  await until(() => handedIn(copy) !== null);
  assert.deepEqual(receiver.logs.get(old)?.evidence.map(({ kind, note }) => [kind, note]), [['rollback', evidenceOf(copy).note]]);
  const done = tries();
  audit.info('scan_progress', 'goes on');
  await shipped();
  await until(() => audit.health().reasons.every(({ code }) => code === 'REMOTE_CONTRADICTS'));
  await stop();
  assert.equal(tries(), done);
});

test('evidence that waited is handed in after a restart', async (t) => {
  const { receiver, copy, old, tries } = await withUnheardEvidence(t);
  const first = manualLogger(copy, { remoteEndpoint: receiver.url });
  await first.until(() => tries() > 0 && first.audit.origin !== old);
  await first.stop();
  assert.equal(handedIn(copy), null);
  receiver.behave = () => undefined;
  const second = manualLogger(copy, { remoteEndpoint: receiver.url });
  await second.until(() => handedIn(copy) !== null);
  assert.equal(receiver.logs.get(old)?.evidence.length, 1);
  await second.shipped();
  await second.stop();
  const third = manualLogger(copy, { remoteEndpoint: receiver.url });
  await third.shipped();
  await third.stop();
  assert.equal(receiver.logs.get(old)?.evidence.length, 1, 'and once is enough');
});

test('a collector that refuses origin after origin gets one an hour, and the log is written on', async (t) => {
  const receiver = await Receiver.start(t);
  receiver.behave = (path) =>
    path === '/v1/entries'
      ? { status: 422, body: JSON.stringify({ type: 'about:blank', title: 'x', status: 422, code: 'ROOT_MISMATCH', detail: 'other root' }) }
      : undefined;
  const logFile = logFileFor(t);
  const { audit, told, until, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const first = audit.origin;
  await until(() => told.filter((code) => code === 'REMOTE_CONTRADICTS').length === 2);
  assert.deepEqual(told, ['REMOTE_CONTRADICTS', 'LOG_REFUSED', 'REMOTE_CONTRADICTS']);
  const second = audit.origin;
  assert.notEqual(second, first);
  audit.info('scan_progress', 'written on');
  await audit.flush();
  assert.equal(audit.origin, second);
  assert.equal(audit.health().reasons.at(-1)?.code, 'REMOTE_CONTRADICTS');
  await stop();
  assert.equal(receiver.seen.filter(({ path }) => path === '/v1/entries').length, 2);
});

test('with a key of the caller\'s no new log can begin: the old one is written on, and not shipped', async (t) => {
  const receiver = await Receiver.start(t);
  const { logFile, copy } = await copied(t, receiver);
  const old = await shipMore(logFile, receiver, 50, 'after the copy');
  const identityKey = readFileSync(copy.replace(/log$/, 'key'), 'utf8');
  const { audit, told, until, stop } = manualLogger(copy, { remoteEndpoint: receiver.url, identityKey });
  await until(() => told.length > 0);
  audit.info('scan_progress', 'written on');
  await audit.flush();
  assert.deepEqual([audit.origin, told, audit.health().state], [old, ['REMOTE_CONTRADICTS'], 'degraded']);
  await stop();
});

test('a collector that has lost what it cosigned is told of once, and gets it again', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, told, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  audit.info('scan_progress', 'one');
  await shipped();
  const [size, note] = [receiver.log?.frontier.size ?? 0, receiver.log?.note];
  for (let i = 0; i < 20; i++) audit.info('scan_progress', String(i));
  await shipped();
  for (const lost of [() => receiver.loseFrom(audit.origin, size, note), () => receiver.logs.clear()]) {
    told.length = 0;
    lost();
    audit.info('scan_progress', 'more');
    await until(() => told.length > 0);
    assert.deepEqual(told, ['REMOTE_LOST_DATA']);
    await shipped();
    assert.deepEqual([told, audit.health().reasons], [['REMOTE_LOST_DATA'], []]);
    assert.equal(receiver.log?.lines.length, audit.health().size);
  }
  assert.ok(receiver.seen.some(({ head }) => head?.seen !== undefined && readCheckpoint(head.seen).size > head.old));
  await stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('what was deleted before the first shipping is a gap at the collector, and what follows is there', async (t) => {
  const logFile = logFileFor(t);
  const early = manualLogger(logFile, { maxSizeMB: 0.1, maxTotalSizeMB: 0.3 });
  for (let i = 0; i < 2_000; i++) {
    early.audit.info('scan_progress', randomBytes(300).toString('hex'));
    if (i % 100 !== 0) continue;
    early.clock.advance(2_000);
    await early.audit.flush();
  }
  early.clock.advance(120_000);
  await early.stop();
  const receiver = await Receiver.start(t);
  const { audit, told, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  await shipped();
  await stop();
  const { log } = receiver;
  const first = Number(/^\{"seq":(\d+),/.exec(log?.lines[0] ?? '')?.[1]);
  assert.ok(first > 0);
  assert.deepEqual(log?.gaps, [[0, first]]);
  assert.equal(log.frontier.size, first + log.lines.length);
  assert.equal(cursorOf(logFile), log.frontier.size);
  assert.deepEqual([told, audit.health().reasons], [[], []]);
});

test('lines that were changed on disk before they were shipped are not sent: the origin is given up', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const early = manualLogger(logFile, { maxSizeMB: 0.1 });
  for (let i = 0; i < 1_000; i++) {
    early.audit.info('scan_progress', 'x'.repeat(300));
    if (i % 100 === 0) await early.audit.flush();
  }
  await early.stop();
  const names = readdirSync(dirname(logFile)).filter((name) => /^audit-[0-9]{15}\.log$/.test(name));
  const closed = join(dirname(logFile), names.toSorted()[0] ?? '');
  const bytes = readFileSync(closed);
  bytes[bytes.length - 200] = 0x79;
  rmSync(closed);
  writeFileSync(closed, bytes);
  const { audit, told, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const old = audit.origin;
  await until(() => audit.origin !== old);
  assert.deepEqual(told, ['SHIPPING_FAILED', 'LOG_REFUSED']);
  await shipped();
  await stop();
  assert.ok((receiver.logs.get(old)?.lines ?? []).every((line) => !line.includes('xyx')));
  assert.deepEqual(receiver.logs.get(audit.origin)?.lines, linesOf(logFile));
});
