import assert from 'node:assert/strict';
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { formatVerifierKey, LogError, verifierKey } from '@agent-audit/log';
import { FixtureLog, temporaryFolder } from './fixture.test.support.ts';
import { readLogKey } from './log-key.ts';
import { findCheckpoint, newestCheckpoint, sealedSize } from './sealed.ts';
import { FilesError } from './error.ts';

test('the newest checkpoint is that of the newest sidecar, or the cosigned one', (t) => {
  const log = FixtureLog.create(temporaryFolder(t));
  assert.equal(sealedSize(log.logFile), 0);
  log.lines(4).checkpoint().lines(2);
  assert.equal(sealedSize(log.logFile), 5);
  assert.equal(newestCheckpoint(log.logFile)?.note, newestCheckpoint(log.folder, { key: log.signer.key })?.note);
  log.cosign();
  const cosigned = newestCheckpoint(log.logFile);
  assert.deepEqual([cosigned?.size, cosigned?.cosigned, cosigned?.path], [7, true, log.path(log.names.cosigned)]);
  log.rotate();
  const newest = newestCheckpoint(log.logFile);
  assert.deepEqual([newest?.size, newest?.cosigned, newest?.origin], [8, false, log.signer.key.name]);
});

test('a record that was cut off, or is none, leaves the one before', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(2).checkpoint();
  const sidecar = log.path(log.names.checkpoints(0));
  appendFileSync(sidecar, 'no record\n{"size":99,"ts"');
  assert.equal(sealedSize(log.logFile), 3);
  appendFileSync(sidecar, '\n');
  log.rotate();
  assert.equal(sealedSize(log.logFile), 4);
  truncateSync(log.path(log.names.checkpoints(4)), 100);
  assert.equal(sealedSize(log.logFile), 4, 'the newest sidecar has no whole record, the one before it has');
});

test('of a long sidecar only the end is read', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(9);
  const sidecar = log.path(log.names.checkpoints(0));
  appendFileSync(sidecar, 'x\n'.repeat(1_000_000));
  log.checkpoint();
  assert.equal(sealedSize(log.logFile), 10);
});

test('the best checkpoint for a line is a cosigned one that covers it', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(4).cosign().lines(5).checkpoint();
  const found = (seq: number): unknown[] => {
    const checkpoint = findCheckpoint(log.logFile, seq);
    return [checkpoint?.size, checkpoint?.cosigned];
  };
  assert.deepEqual(found(0), [5, true]);
  assert.deepEqual(found(4), [5, true]);
  assert.deepEqual(found(5), [10, false]);
  assert.deepEqual(found(10), [undefined, undefined]);
});

test('with a key, a checkpoint that it did not sign is refused', (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).lines(1).checkpoint();
  const other = new FixtureLog(log.logFile, 8).signer.key;
  assert.throws(
    () => newestCheckpoint(log.logFile, { key: other }),
    (error) => error instanceof LogError && error.code === 'NOTE_UNSIGNED',
  );
});

test('the key of a log is the one that its origin certifies', async (t) => {
  const log = FixtureLog.create(temporaryFolder(t)).rotate();
  assert.deepEqual(await readLogKey(log.logFile), log.signer.key);
  // A line that somebody put in front, with a key of his own under this origin.
  const { name, type } = log.signer.key;
  const own = formatVerifierKey(verifierKey(name, type, new FixtureLog(log.logFile, 8).signer.key.publicKey));
  const closed = log.path(log.names.closed(0));
  writeFileSync(closed, readFileSync(closed, 'utf8').replace(formatVerifierKey(log.signer.key), own));
  assert.deepEqual(await readLogKey(log.logFile), log.signer.key, 'the next log.open says it too');
  log.remove(2);
  writeFileSync(log.logFile, '{"seq":2,"type":"a"}\n');
  await assert.rejects(readLogKey(log.logFile), (error) => error instanceof FilesError && error.code === 'KEY_NOT_FOUND');
});
