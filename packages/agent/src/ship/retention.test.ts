import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { cursorOf, logFileFor, manualLogger, type ManualLogger } from './logger.test.support.ts';
import { Receiver } from './receiver.test.support.ts';

const limits = { maxSizeMB: 0.1, maxTotalSizeMB: 0.3 };

async function fill({ audit, clock }: ManualLogger): Promise<void> {
  for (let i = 0; i < 1_500; i++) {
    audit.info('scan_progress', randomBytes(300).toString('hex'));
    if (i % 100 !== 0) continue;
    await audit.flush();
    clock.advance(100);
  }
}

/** First seqs of the closed segments. */
function closedOf(logFile: string): number[] {
  const names = readdirSync(dirname(logFile)).flatMap((name) => /^audit-([0-9]{15})\.log(?:\.gz)?$/.exec(name)?.[1] ?? []);
  return [...new Set(names.map(Number))].toSorted((a, b) => a - b);
}

test('nothing is deleted that the collector has not cosigned, and all that may go goes when it has', async (t) => {
  const receiver = await Receiver.start(t);
  let isDown = true;
  receiver.behave = () => (isDown ? 'break' : undefined);
  const logFile = logFileFor(t);
  const logger = manualLogger(logFile, { remoteEndpoint: receiver.url, ...limits });
  await fill(logger);
  const { audit, clock, until, shipped, stop } = logger;
  clock.advance(200_000);
  await audit.flush();
  assert.equal(closedOf(logFile)[0], 0);
  assert.ok(closedOf(logFile).length >= 5);
  isDown = false;
  await shipped(20);
  await until(() => (closedOf(logFile)[0] ?? 0) > 0);
  assert.ok((closedOf(logFile)[0] ?? 0) <= cursorOf(logFile));
  await stop();
  assert.equal(receiver.log?.lines.length, receiver.log?.frontier.size);
});

test('a cursor that cannot be read holds every segment and is told, until the collector has answered', async (t) => {
  const receiver = await Receiver.start(t);
  let isDown = true;
  receiver.behave = () => (isDown ? 'break' : undefined);
  const logFile = logFileFor(t);
  writeFileSync(logFile.replace(/log$/, 'cosigned'), 'no note');
  const logger = manualLogger(logFile, { remoteEndpoint: receiver.url, ...limits });
  await fill(logger);
  const { told, clock, until, shipped, stop } = logger;
  clock.advance(200_000);
  assert.ok(told.includes('CURSOR_UNREADABLE'));
  assert.equal(closedOf(logFile)[0], 0);
  isDown = false;
  await shipped(20);
  await until(() => (closedOf(logFile)[0] ?? 0) > 0);
  await until(() => logger.audit.health().reasons.length === 0);
  await stop();
});

test('without a remoteEndpoint a cursor that is left holds nothing', async (t) => {
  const logFile = logFileFor(t);
  writeFileSync(logFile.replace(/log$/, 'cosigned'), 'no note');
  const logger = manualLogger(logFile, limits);
  await fill(logger);
  await logger.until(() => (closedOf(logFile)[0] ?? 0) > 0);
  assert.deepEqual(logger.told, []);
  await logger.stop();
});
