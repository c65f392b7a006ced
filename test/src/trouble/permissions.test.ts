// A log whose folder is taken from its writer while it runs, as a chown or a chmod of somebody else does.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listSegments } from 'agent-audit/files';
import { programFile } from '../program.ts';
import { assertClosesAgain, temporaryFolder, Troubled } from './account.ts';

const uid = 54_321;

/** Why no program can run as another user here; false where it can. */
function whyNot(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const { status } = spawnSync(process.execPath, ['--check', programFile('trouble/trouble-program')], { uid, gid: uid });
  return status === 0 ? false : `uid ${uid} cannot read this repository, or node`;
}

const skip = whyNot();

test('EACCES while running: lines go on and are sealed in the open segment; segments close again when they may', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  chownSync(folder, uid, uid);
  const logFile = join(folder, 'audit.log');
  const troubled = new Troubled(t, logFile, { uid, gid: uid });
  await troubled.program.line('open');
  await troubled.log(5);
  assert.equal(await troubled.flush(), 'ok');
  const before = listSegments(logFile).length;
  chownSync(folder, 0, 0);
  for (let i = 0; i < 20; i++) {
    await troubled.log(10);
    assert.equal(await troubled.flush(), 'ok');
  }
  assert.equal(listSegments(logFile).length, before);
  chownSync(folder, uid, uid);
  await assertClosesAgain(troubled, logFile, before);
  assert.deepEqual(readdirSync(folder).filter((name) => /\.tmp$|\.torn$|\.lock-|\.refused-/.test(name)), []);
});
