import assert from 'node:assert/strict';
import { readFileSync, rmSync } from 'node:fs';
import { test } from 'node:test';
import { openCosignatures, readCheckpoint } from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { Logger } from '../logger.ts';
import { cursorOf, linesOf, logFileFor, manualLogger } from './logger.test.support.ts';
import { Receiver, until } from './receiver.test.support.ts';

test('lines are shipped, cosigned, and the cursor is kept beside the log, from a thread of its own', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const audit = new Logger({ agentId: 'scanner-7', env: false, logFile, remoteEndpoint: receiver.url });
  audit.start();
  for (let i = 0; i < 100; i++) audit.info('scan_progress', `line ${i}`);
  await audit.flush();
  await until(() => audit.health().remote?.lagEvents === 0);
  assert.deepEqual(audit.health().reasons, []);
  assert.deepEqual(audit.health().remote, { size: audit.health().size, lagEvents: 0, lagMs: 0, shipper: 'worker' });
  await audit.stop();
  const { log } = receiver;
  assert.deepEqual(log?.lines, linesOf(logFile));
  assert.match(log.lines.at(-1) ?? '', /"type":"log.close".*"reason":"stop"/);
  const note = readFileSync(logFile.replace(/log$/, 'cosigned'), 'utf8');
  assert.equal(readCheckpoint(note).size, log.lines.length);
  assert.equal(openCosignatures(note, [receiver.signer.key], verifyEd25519).length, 1);
  assert.equal(readFileSync(logFile.replace(/log$/, 'collector'), 'utf8'), `${receiver.vkey}\n`);
});

test('an idle log says every minute that its writer lives; a log goes on where it was after a restart', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const remoteEndpoint = `${receiver.url}/`;
  const first = manualLogger(logFile, { remoteEndpoint });
  first.audit.info('agent_start', 'm');
  await first.shipped();
  const before = receiver.seen.length;
  const { clock } = first;
  const sinceMs = clock.monotonicMs();
  await first.until(() => receiver.seen.length > before);
  const { head, lines } = receiver.seen.at(-1) ?? {};
  const { size } = first.audit.health();
  assert.deepEqual([head?.old, head?.size, lines, readCheckpoint(head?.seen ?? '').size], [size, size, 0, size]);
  assert.ok(clock.monotonicMs() - sinceMs >= 59_000);
  await first.stop();
  const second = manualLogger(logFile, { remoteEndpoint }, clock);
  second.audit.info('agent_start', 'again');
  await second.shipped();
  await second.stop();
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
  assert.equal(receiver.seen.filter(({ path }) => path === '/v1/logs').length, 1, 'it is enrolled once');
  assert.deepEqual([...first.told, ...second.told], []);
});

test('segments are rotated and packed while they are shipped, in batches that a collector takes', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, shipped, stop, told } = manualLogger(logFile, { remoteEndpoint: receiver.url, maxSizeMB: 0.5 });
  const text = 'x'.repeat(1_000);
  for (let i = 0; i < 8_000; i++) {
    audit.info('scan_progress', text, { i });
    if (i % 500 === 0) await audit.flush();
  }
  await shipped(20);
  await stop();
  const { log, seen } = receiver;
  assert.equal(log?.lines.length, cursorOf(logFile));
  assert.deepEqual(log.lines.map((line) => Number(/^\{"seq":(\d+),/.exec(line)?.[1])), log.lines.map((_, seq) => seq));
  assert.equal(log.lines.filter((line) => line.includes('scan_progress')).length, 8_000);
  assert.ok(log.lines.some((line) => line.includes('"reason":"rotate"')));
  assert.ok(seen.every(({ bytes }) => bytes <= 4 * 1024 * 1024));
  assert.deepEqual(told, []);
});

test('stop() waits for a collector that does not answer for 2 s, and with a signal until that aborts', async (t) => {
  const receiver = await Receiver.start(t);
  receiver.behave = () => 'hang';
  for (const signalled of [false, true]) {
    const logFile = logFileFor(t);
    const { audit, clock } = manualLogger(logFile, { remoteEndpoint: receiver.url });
    audit.info('agent_start', 'm');
    const abort = new AbortController();
    let isStopped = false;
    const asked = receiver.seen.length;
    void audit.stop(signalled ? { signal: abort.signal } : {}).catch(() => {}).finally(() => {
      isStopped = true;
    });
    await until(() => receiver.seen.length > asked, () => clock.advance(10));
    clock.advance(1_500);
    await new Promise((resolve) => setImmediate(resolve));
    assert.equal(audit.health().state, 'stopped');
    if (signalled) {
      clock.advance(20_000);
      abort.abort();
      await until(() => isStopped);
    } else {
      await until(() => isStopped, () => clock.advance(250));
    }
    assert.match(linesOf(logFile).at(-1) ?? '', /log\.close/);
  }
});

test('a sender and a collector go side by side, each with its own cursor', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, until: untilSo, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  const sent: string[] = [];
  audit.setRemoteSender((events) => void sent.push(...events.map(({ message }) => message)));
  for (let i = 0; i < 10; i++) audit.info('scan_progress', String(i));
  await shipped();
  await untilSo(() => sent.length === 10);
  await stop();
  assert.deepEqual(sent, Array.from({ length: 10 }, (_, i) => String(i)));
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('a log that another process has taken over is not shipped on', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const { audit, clock, told, until: untilSo, shipped, stop } = manualLogger(logFile, { remoteEndpoint: receiver.url });
  await shipped();
  rmSync(logFile.replace(/log$/, 'lock-0'));
  audit.info('scan_progress', 'm');
  await untilSo(() => told.includes('LOG_LOCK_LOST'));
  const seen = receiver.seen.length;
  clock.advance(300_000);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(receiver.seen.length, seen);
  let isStopped = false;
  void stop().catch(() => {}).finally(() => {
    isStopped = true;
  });
  await untilSo(() => isStopped);
});
