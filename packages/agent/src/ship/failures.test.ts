import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { formatProblem } from '@agent-audit/log';
import type { Logger } from '../logger.ts';
import { cursorOf, linesOf, logFileFor, manualLogger } from './logger.test.support.ts';
import { type Behaviour, cosignerNamed, Receiver } from './receiver.test.support.ts';

const codesOf = (audit: Logger): string[] => audit.health().reasons.map(({ code }) => code);

test('a collector that accepts and never answers: the try ends, is told once, and all is shipped when it answers', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, clock, told, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  receiver.behave = () => 'hang';
  audit.info('agent_start', 'm');
  await until(() => codesOf(audit).includes('REMOTE_UNREACHABLE'));
  await until(() => receiver.seen.length >= 4);
  const { state, remote } = audit.health();
  assert.deepEqual([state, remote?.size], ['degraded', 0]);
  assert.match(remote?.lastError ?? '', /the answer took more than 30 s/);
  assert.ok((remote?.lagMs ?? 0) > 60_000 && clock.monotonicMs() > 60_000);
  assert.deepEqual(told, ['REMOTE_UNREACHABLE']);
  receiver.behave = () => undefined;
  await shipped();
  assert.deepEqual([audit.health().state, audit.health().remote?.lagMs], ['ok', 0]);
  await stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('an answer that is lost, and a connection that breaks: lines come again, and are there once', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const turns: (Behaviour | undefined)[] = ['break', undefined, 'lose_answer', undefined, 'break', 'break', 'lose_answer'];
  receiver.behave = (_path, count) => turns[count % turns.length];
  for (let i = 0; i < 40; i++) {
    audit.info('scan_progress', String(i));
    const { size } = receiver.log?.frontier ?? { size: 0 };
    await until(() => (receiver.log?.frontier.size ?? 0) > size);
  }
  receiver.behave = () => undefined;
  await shipped();
  await stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
  assert.equal(cursorOf(logFile), receiver.log.lines.length);
});

test('requests that all arrive twice, where the second answer counts: what is acknowledged by it brings the log on', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, told, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  receiver.behave = () => 'twice';
  for (let i = 0; i < 12; i++) {
    audit.info('scan_progress', String(i));
    await shipped();
  }
  assert.deepEqual([told, audit.health().state, audit.health().remote?.lagMs], [[], 'ok', 0]);
  await stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
  assert.equal(cursorOf(logFile), receiver.log.lines.length);
});

for (const lie of ['other_key', 'bad_signature', 'other_size'] as const) {
  test(`a receipt that cannot be believed is not accepted: ${lie}`, async (t) => {
    const receiver = await Receiver.start(t);
    const logFile = logFileFor(t);
    const { audit, told, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
    receiver.behave = (path) => (path === '/v1/entries' ? lie : undefined);
    audit.info('agent_start', 'm');
    await until(() => told.length > 0);
    assert.deepEqual([told, codesOf(audit), audit.health().remote?.size], [['REMOTE_UNTRUSTED'], ['REMOTE_UNTRUSTED'], 0]);
    assert.equal(existsSync(logFile.replace(/log$/, 'cosigned')), false);
    receiver.behave = () => undefined;
    await shipped();
    assert.deepEqual(codesOf(audit), []);
    await stop();
    assert.deepEqual(receiver.log?.lines, linesOf(logFile));
  });
}

test('a collector with another key than the pinned one is not believed, whether pinned by option or at first sight', async (t) => {
  const logFile = logFileFor(t);
  const [ours, other] = [await Receiver.start(t), await Receiver.start(t, { signer: cosignerNamed('other.example') })];
  const pinned = manualLogger(logFileFor(t), { remoteEndpoint: other.url, remoteKey: [ours.vkey] });
  await pinned.until(() => pinned.told.length > 0);
  assert.deepEqual([pinned.told, pinned.audit.health().remote?.size], [['REMOTE_UNTRUSTED'], 0]);
  await pinned.stop();
  const first = manualLogger(logFile, { remoteEndpoint: ours.url });
  await first.shipped();
  await first.stop();
  const before = cursorOf(logFile);
  const second = manualLogger(logFile, { remoteEndpoint: other.url });
  await second.until(() => second.told.includes('REMOTE_UNTRUSTED'));
  await second.stop();
  assert.equal(cursorOf(logFile), before);
  const third = manualLogger(logFile, { remoteEndpoint: other.url, remoteKey: [ours.vkey, other.vkey] });
  await third.shipped();
  await third.stop();
  assert.deepEqual(other.log?.lines, linesOf(logFile));
});

test('Retry-After is kept to, on 429 and 503, and bounded', async (t) => {
  const receiver = await Receiver.start(t);
  const { audit, clock, until, shipped, stop } = manualLogger(logFileFor(t), { remoteEndpoint: receiver.url });
  for (const [status, header, atLeastMs] of [[503, '120', 120_000], [429, '999999', 3_600_000]] as const) {
    let refusedMs: number | undefined;
    receiver.behave = () => {
      if (refusedMs !== undefined) return undefined;
      refusedMs = clock.monotonicMs();
      const code = status === 503 ? 'UNAVAILABLE' : 'RATE_LIMITED';
      return { status, headers: { 'retry-after': header }, body: formatProblem(code, 'come again') };
    };
    audit.info('scan_progress', 'm');
    await until(() => refusedMs !== undefined);
    const seen = receiver.seen.length;
    await until(() => codesOf(audit).includes('REMOTE_UNREACHABLE'));
    clock.advance(atLeastMs - 1_000);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(receiver.seen.length, seen);
    await shipped();
    assert.ok(clock.monotonicMs() - (refusedMs ?? 0) >= atLeastMs);
  }
  await stop();
});

test('a store that refuses the collector for good: told once, with what its operator does; all is kept, and tries are rare', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, clock, told, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const detail = 'the store does not let the collector work. Its operator must act: grant INSERT';
  const triedMs: number[] = [];
  receiver.behave = () => {
    triedMs.push(clock.monotonicMs());
    return { status: 503, headers: { 'retry-after': '300' }, body: formatProblem('STORE_REFUSED', detail) };
  };
  audit.info('scan_progress', 'm');
  await until(() => triedMs.length >= 4);
  assert.deepEqual([told, codesOf(audit)], [['REMOTE_REFUSED'], ['REMOTE_REFUSED']]);
  assert.match(audit.health().remote?.lastError ?? '', /STORE_REFUSED.*grant INSERT.*the collector's operator must act/);
  for (const [index, ms] of triedMs.slice(1).entries()) assert.ok(ms - (triedMs[index] ?? 0) >= 300_000, String(triedMs));
  receiver.behave = () => undefined;
  await shipped();
  assert.deepEqual(codesOf(audit), []);
  await stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('a token in a file is found when it is rotated; one from a function is asked for, and again after a 401', async (t) => {
  const { writeFileSync } = await import('node:fs');
  const receiver = await Receiver.start(t);
  const file = logFileFor(t);
  writeFileSync(file, 'first\n');
  receiver.token = 'first';
  const filed = manualLogger(logFileFor(t), { remoteEndpoint: receiver.url, remoteToken: { file } });
  await filed.shipped();
  receiver.token = 'second';
  filed.audit.info('scan_progress', 'm');
  await filed.until(() => filed.told.length > 0);
  assert.deepEqual(filed.told, ['REMOTE_REFUSED']);
  assert.doesNotMatch(filed.messages.join(), /first|second/);
  writeFileSync(file, 'second\n');
  await filed.shipped();
  assert.equal(filed.audit.health().state, 'ok');
  await filed.stop();
  const given = ['second', 'second', 'third'];
  const asked = manualLogger(logFileFor(t), { remoteEndpoint: receiver.url, remoteToken: () => Promise.resolve(given.shift() ?? 'third') });
  await asked.shipped();
  assert.equal(given.length, 2, 'it is kept for a minute');
  receiver.token = 'third';
  asked.audit.info('scan_progress', 'm');
  await asked.shipped();
  await asked.stop();
  const failing = manualLogger(logFileFor(t), {
    remoteEndpoint: receiver.url,
    remoteToken: () => Promise.reject(new Error('no identity')),
  });
  await failing.until(() => failing.told.length > 0);
  assert.match(failing.messages[0] ?? '', /the function remoteToken failed: no identity/);
  await failing.stop();
});

test('what stands in front of a collector: a redirect, a page, a limit on sizes, an endless answer', async (t) => {
  const receiver = await Receiver.start(t);
  const cases: [Behaviour, string, RegExp][] = [
    [{ status: 302, headers: { location: 'https://elsewhere.example/' } }, 'REMOTE_REFUSED', /it points to https:\/\/elsewhere\.example/],
    [{ status: 200, body: '<html>sign in</html>' }, 'REMOTE_UNREACHABLE', /is not that of a collector/],
    [{ status: 404, body: 'nothing here' }, 'REMOTE_UNREACHABLE', /no collector is there/],
    [{ status: 502, body: 'bad gateway' }, 'REMOTE_UNREACHABLE', /status 502/],
    [{ status: 200, body: 'x'.repeat(100_000) }, 'REMOTE_UNREACHABLE', /longer than 65536 bytes/],
  ];
  for (const [behaviour, code, message] of cases) {
    receiver.behave = () => behaviour;
    const { told, messages, until, stop } = manualLogger(logFileFor(t), { remoteEndpoint: receiver.url });
    await until(() => told.length > 0);
    assert.equal(told[0], code);
    assert.match(messages[0] ?? '', message);
    await stop();
  }
});

test('something before the collector takes less at a time: batches get smaller', async (t) => {
  const receiver = await Receiver.start(t);
  receiver.behave = (path) => {
    const bytes = receiver.seen.at(-1)?.bytes ?? 0;
    return path === '/v1/entries' && bytes > 1_200_000 ? { status: 413, body: '<html>too large</html>' } : undefined;
  };
  const logFile = logFileFor(t);
  const { audit, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const text = 'x'.repeat(4_000);
  for (let i = 0; i < 2_000; i++) audit.info('scan_progress', text);
  await shipped(20);
  await stop();
  assert.deepEqual(receiver.log?.lines.length, linesOf(logFile).length);
});

test('three days offline: nothing is lost or deleted, and all goes out at a bounded rate when it is back', async (t) => {
  const receiver = new Receiver({});
  await receiver.listen(0);
  const { port, url } = receiver;
  const logFile = logFileFor(t);
  const limits = { maxSizeMB: 0.25, maxTotalSizeMB: 0.5 };
  const { audit, clock, told: codes, messages, until, shipped, stop } = manualLogger(logFile, { remoteEndpoint: url, ...limits });
  await shipped();
  await receiver.close();
  // Four batches at least: only those between the first and the last are measured.
  const text = 'x'.repeat(2_000);
  for (let hour = 0; hour < 72; hour++) {
    for (let i = 0; i < 100; i++) audit.info('scan_progress', text, { hour, i });
    audit.writeNow();
    clock.advance(60_000);
    await new Promise((resolve) => setImmediate(resolve));
    clock.pause(3_540_000);
  }
  await until(() => codesOf(audit).includes('REMOTE_UNREACHABLE'));
  assert.ok((audit.health().remote?.lagMs ?? 0) > 70 * 3_600_000);
  assert.ok((audit.health().remote?.lagEvents ?? 0) > 7_200);
  const again = new Receiver({ signer: receiver.signer });
  for (const [origin, log] of receiver.logs) again.logs.set(origin, log);
  await again.listen(port);
  t.after(() => again.close());
  const backMs = clock.monotonicMs();
  const sent: { readonly atMs: number; readonly bytes: number }[] = [];
  again.behave = () => {
    const bytes = again.seen.at(-1)?.bytes ?? 0;
    if (bytes > 0) sent.push({ atMs: clock.monotonicMs(), bytes });
    return undefined;
  };
  await until(() => again.seen.length > 0);
  assert.ok(clock.monotonicMs() - backMs <= 310_000);
  // In steps that leave the receiver the time that it needs.
  await shipped(20);
  const told = again.seen.flatMap(({ head }) => (head === undefined ? [] : [(head.sealed ?? NaN) - head.size]));
  assert.ok((told[0] ?? 0) > 1_000 && told.at(-1) === 0, `what is still to come is told: ${told.join(' ')}`);
  const [first, last] = [sent[0], sent.at(-1)];
  // A batch is begun when the one before has taken its time; the first one arrives before the second is begun.
  const before = sent.slice(1, -1).reduce((bytes, batch) => bytes + batch.bytes, 0);
  assert.ok(before > 1_000_000 && (last?.atMs ?? 0) - (first?.atMs ?? 0) >= before / 8_389 - 50, JSON.stringify(sent));
  assert.deepEqual(codes.filter((code) => code === 'REMOTE_UNREACHABLE').length, 1, messages.join('\n'));
  await stop();
  const { log } = again;
  assert.equal(log?.lines.filter((line) => line.includes('scan_progress')).length, 7_200);
  assert.deepEqual(log.lines.map((line) => Number(/^\{"seq":(\d+),/.exec(line)?.[1])), log.lines.map((_, seq) => seq));
  assert.equal(log.gaps.length, 0);
});
