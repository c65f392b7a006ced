import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { openCosignatures, parseVerifierKey, readCheckpoint } from '@agent-audit/log';
import { verifyEd25519 } from '../crypto.ts';
import { systemDisk } from '../disk.ts';
import { systemClock } from '../clock.ts';
import { Logger } from '../logger.ts';
import type { LoggerOptions } from '../options.ts';
import { ManualClock } from '../testing/index.ts';
import { Receiver, until } from './receiver.test.support.ts';

function logFileFor(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-ship-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'audit.log');
}

/** A logger on real files whose clock is moved by hand, and which does all its work on this thread. */
function manual(logFile: string, options: LoggerOptions = {}): { audit: Logger; clock: ManualClock; told: string[]; step: () => void } {
  const clock = new ManualClock();
  const told: string[] = [];
  const machine = { disk: systemDisk, clock, sealOn: 'main', shipOn: 'main', random: () => 0.5 } as const;
  const audit = new Logger({ agentId: 'scanner-7', env: false, onError: ({ code }) => void told.push(code), ...options, logFile }, machine);
  audit.start();
  return { audit, clock, told, step: () => clock.advance(250) };
}

const cosignedOf = (logFile: string): string => readFileSync(logFile.replace(/log$/, 'cosigned'), 'utf8');

test('lines are shipped, cosigned, and the cursor is kept beside the log, from a thread of its own', async (t) => {
  const receiver = await Receiver.start(t);
  const logFile = logFileFor(t);
  const audit = new Logger({ agentId: 'scanner-7', env: false, logFile, remoteEndpoint: receiver.url });
  audit.start();
  for (let i = 0; i < 100; i++) audit.info('scan_progress', `line ${i}`);
  await audit.flush();
  await until(() => audit.health().remote?.lagEvents === 0);
  assert.deepEqual(audit.health().reasons, []);
  await audit.stop();
  const { log } = receiver;
  assert.deepEqual(log?.lines, readFileSync(logFile, 'utf8').trimEnd().split('\n'));
  assert.match(log.lines.at(-1) ?? '', /"type":"log.close".*"reason":"stop"/);
  const note = cosignedOf(logFile);
  assert.equal(readCheckpoint(note).size, log.lines.length);
  assert.equal(openCosignatures(note, [receiver.signer.key], verifyEd25519).length, 1);
  assert.equal(readFileSync(logFile.replace(/log$/, 'collector'), 'utf8'), `${receiver.vkey}\n`);
  assert.equal(parseVerifierKey(receiver.vkey).name, 'collector.example');
  assert.equal(existsSync(dirname(logFile)), true);
  assert.equal(systemClock.now() > 0, true);
});

test('the same size again every minute says that the writer lives', async (t) => {
  const receiver = await Receiver.start(t);
  const { audit, clock, step } = manual(logFileFor(t), { remoteEndpoint: receiver.url });
  audit.info('agent_start', 'm');
  await until(() => audit.health().remote?.lagEvents === 0, step);
  const before = receiver.seen.length;
  clock.advance(59_000);
  await until(() => receiver.seen.length > before, step);
  const { head, lines } = receiver.seen.at(-1) ?? {};
  assert.deepEqual([head?.old, head?.size, lines, typeof head?.seen], [audit.health().size, audit.health().size, 0, 'string']);
  await audit.stop();
});
