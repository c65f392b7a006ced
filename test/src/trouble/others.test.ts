// What people and their tools do to a log's files while it runs: rotation from outside, a folder taken away, copies, moves.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type AuditError, createLogger, type Logger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { assertSound, eventsIn, numbers, numbersIn, temporaryFolder } from './account.ts';

/** Logs events by these numbers, and seals them. */
async function record(audit: Logger, given: readonly number[]): Promise<void> {
  for (const number of given) audit.info('scan_completed', String(number));
  await audit.flush();
}

function open(logFile: string, troubles: string[] = []): Logger {
  return createLogger({ logFile, env: false, agentId: 'agent', onError: (error: AuditError) => void troubles.push(error.code) });
}

test('copytruncate: told, the origin given up, a new log goes on; what was copied verifies beside the kept checkpoints', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const troubles: string[] = [];
  const audit = open(logFile, troubles);
  const { origin } = audit;
  await record(audit, numbers(20));
  const copy = join(temporaryFolder(t), 'audit.log');
  copyFileSync(logFile, copy);
  truncateSync(logFile, 0);
  audit.info('scan_completed', '20');
  await assert.rejects(audit.flush(), { code: 'LOG_REFUSED' });
  await record(audit, [21]);
  assert.notEqual(audit.origin, origin);
  await audit.stop();
  assert.deepEqual(troubles, ['LOG_REFUSED']);

  // The new log is whole. It has what the old one had not sealed.
  assert.deepEqual(await numbersIn(logFile), [20, 21]);
  await assertSound(logFile);
  // The old one, as truncation left it, is kept, and does not pass.
  const refused = readdirSync(folder).find((name) => name.startsWith('audit.refused-')) ?? '';
  const kept = await verifyLogFile(join(folder, refused, 'audit.log'));
  assert.equal(kept.ok, false);
  // What the tool has copied, back beside the checkpoints that were kept: the old log, whole.
  const restored = join(folder, refused, 'audit.log');
  copyFileSync(copy, restored);
  assert.deepEqual(await numbersIn(restored), numbers(20));
  const report = await verifyLogFile(restored);
  assert.deepEqual([report.problems, report.unsigned, report.origin], [[], 0, origin]);
});

test('mv and touch, again and again, as logrotate without copytruncate does: every line is in the log all the same', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const troubles: string[] = [];
  const audit = open(logFile, troubles);
  for (let round = 0; round < 5; round++) {
    await record(audit, numbers((round + 1) * 10, round * 10));
    renameSync(logFile, `${logFile}.${round}`);
    writeFileSync(logFile, '');
    // The file that took its place is found at a checkpoint.
    while (readFileSync(logFile).length === 0) {
      audit.debug('agent_health', '');
      await audit.flush().catch(() => {});
    }
  }
  await audit.stop();
  assert.deepEqual([...new Set(troubles)], ['DISK_FAILED']);
  const events = (await eventsIn(logFile)).filter(({ type }) => type === 'scan_completed');
  assert.deepEqual(events.map(({ message }) => Number(message)), numbers(50));
  await assertSound(logFile);
});

test('a folder that is removed and made anew under a living logger: it says that its lock is lost, and writes nothing there', async (t) => {
  const folder = join(temporaryFolder(t), 'log');
  mkdirSync(folder);
  const logFile = join(folder, 'audit.log');
  const audit = open(logFile);
  const { origin } = audit;
  await record(audit, numbers(10));
  rmSync(folder, { recursive: true });
  mkdirSync(folder);
  audit.info('scan_completed', '10');
  await assert.rejects(audit.flush(), { code: 'LOG_LOCK_LOST' });
  assert.equal(audit.health().state, 'failing');
  await assert.rejects(audit.stop(), { code: 'LOG_LOCK_LOST' });
  assert.deepEqual(readdirSync(folder), []);

  const next = open(logFile);
  assert.notEqual(next.origin, origin);
  await record(next, [0]);
  await next.stop();
  await assertSound(logFile);
});

/** Copies a log's files, the checkpoints first, without its lock. What is logged meanwhile is not in the checkpoints. */
function backUp(folder: string, to: string, meanwhile: () => void): void {
  const names = readdirSync(folder).filter((name) => !name.includes('.lock-'));
  const isCheckpoint = (name: string): boolean => /\.(?:checkpoints|cosigned|sender|key)$/.test(name);
  for (const name of names.filter(isCheckpoint)) copyFileSync(join(folder, name), join(to, name));
  meanwhile();
  for (const name of names.filter((other) => !isCheckpoint(other))) copyFileSync(join(folder, name), join(to, name));
}

test('a backup of a running log, checkpoints first, verifies, and a logger goes on with it under the same origin', async (t) => {
  const folder = temporaryFolder(t);
  const audit = open(join(folder, 'audit.log'));
  await record(audit, numbers(10));
  const copy = temporaryFolder(t);
  backUp(folder, copy, () => void audit.logSync({ type: 'scan_completed', message: '10' }));
  await record(audit, [11]);
  await audit.stop();

  const copied = join(copy, 'audit.log');
  const report = await verifyLogFile(copied);
  assert.deepEqual([report.problems, report.unsigned], [[], 1], 'what was not sealed when the checkpoints were copied');
  const restored = open(copied);
  assert.equal(restored.origin, audit.origin);
  await record(restored, [12]);
  await restored.stop();
  assert.deepEqual(await numbersIn(copied), [...numbers(11), 12]);
  await assertSound(copied);
});

test('an old copy put in place of a stopped log is taken up without a word: it is sound, and only shorter', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const troubles: string[] = [];
  const first = open(logFile, troubles);
  await record(first, numbers(10));
  await first.stop();
  const copy = temporaryFolder(t);
  cpSync(folder, copy, { recursive: true });
  const second = open(logFile, troubles);
  await record(second, numbers(20, 10));
  await second.stop();
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  cpSync(copy, folder, { recursive: true });
  const third = open(logFile, troubles);
  assert.equal(third.origin, first.origin);
  await third.stop();
  assert.deepEqual(troubles, []);
  assert.deepEqual(await numbersIn(logFile), numbers(10));
  await assertSound(logFile);
});

test('a stopped log that is moved, folder and all, goes on under its origin', async (t) => {
  const base = temporaryFolder(t);
  const first = open(join(base, 'here', 'audit.log'));
  await record(first, numbers(10));
  await first.stop();
  renameSync(join(base, 'here'), join(base, 'there'));
  const logFile = join(base, 'there', 'audit.log');
  const second = open(logFile);
  assert.equal(second.origin, first.origin);
  await record(second, [10]);
  await second.stop();
  assert.ok(!existsSync(join(base, 'here')));
  assert.deepEqual(await numbersIn(logFile), numbers(11));
  await assertSound(logFile);
});

test('a log of a newer format is refused, and nothing is changed', async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const audit = open(logFile);
  await record(audit, [0]);
  await audit.stop();
  const text = readFileSync(logFile, 'utf8');
  const newer = text.replace('"format":1', '"format":2');
  assert.notEqual(newer, text);
  writeFileSync(logFile, newer);
  const before = readdirSync(folder);
  assert.throws(() => open(logFile), { code: 'LOG_NEWER_FORMAT' });
  assert.equal(readFileSync(logFile, 'utf8'), newer);
  assert.deepEqual(readdirSync(folder), before);
});
