// A folder that becomes read-only under a living logger: a mount of its own, where this user may make one.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AuditError, createLogger } from 'agent-audit';
import { listSegments } from 'agent-audit/files';
import { assertClosesAgain, assertSound, numbersIn, Troubled } from './account.ts';

function mount(...given: readonly string[]): string {
  const { status, stderr, error } = spawnSync('mount', given, { encoding: 'utf8' });
  return status === 0 ? '' : (error?.message ?? stderr).trim();
}

/** Puts a mount of its own over a folder; false where none can be made, and the test is skipped. */
function mountOver(t: TestContext, folder: string): boolean {
  const refused = mount('--bind', folder, folder);
  if (refused === '') return true;
  t.skip(`needs a mount of its own, and mount said: ${refused}`);
  return false;
}

/** A folder that goes with its test, and whatever is mounted over it. */
function mountableFolder(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-read-only-'));
  t.after(() => {
    spawnSync('umount', ['--lazy', folder]);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** From now on nothing in the folder can be made, renamed or opened for writing. Files that are open through another path are not. */
function makeReadOnly(folder: string): void {
  assert.equal(mount('-o', 'remount,bind,ro', folder), '');
}

function makeWritable(folder: string): void {
  assert.equal(mount('-o', 'remount,bind,rw', folder), '');
}

test('EROFS at the next start: refused by that name, the log is left as it is, and goes on when it may be written', async (t) => {
  const folder = mountableFolder(t);
  if (!mountOver(t, folder)) return;
  const logFile = join(folder, 'audit.log');
  const first = createLogger({ logFile, env: false });
  first.info('scan_completed', '0');
  await first.stop();
  makeReadOnly(folder);
  assert.throws(
    () => createLogger({ logFile, env: false }),
    (error) => error instanceof AuditError && error.code === 'LOG_NOT_WRITABLE' && error.message.includes('EROFS'),
  );
  await assertSound(logFile);
  makeWritable(folder);
  const second = createLogger({ logFile, env: false });
  assert.equal(second.origin, first.origin);
  second.info('scan_completed', '1');
  await second.stop();
  assert.deepEqual(await numbersIn(logFile), [0, 1]);
  await assertSound(logFile);
});

test('EROFS while running: lines go on and are sealed in the open segment; segments close again when it may be written', async (t) => {
  const folder = mountableFolder(t);
  const logFile = join(folder, 'audit.log');
  const troubled = new Troubled(t, logFile);
  await troubled.program.line('open');
  await troubled.log(5);
  assert.equal(await troubled.flush(), 'ok');
  const before = listSegments(logFile).length;
  // Over the folder: what the logger has open, it has open beneath.
  if (!mountOver(t, folder)) return;
  makeReadOnly(folder);
  for (let i = 0; i < 20; i++) {
    await troubled.log(10);
    assert.equal(await troubled.flush(), 'ok');
  }
  assert.equal(listSegments(logFile).length, before);
  makeWritable(folder);
  await assertClosesAgain(troubled, logFile, before);
});
