// A program that has used up its open files. What is open goes on; what needs another file waits until there is one.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { listSegments } from 'agent-audit/files';
import { programFile, run } from '../program.ts';
import { assertClosesAgain, temporaryFolder, Troubled } from './account.ts';

test('EMFILE while running: lines go on and are sealed in the open segment; segments close again when there are files', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const troubled = new Troubled(t, logFile, {}, 'ulimit -n 100;');
  await troubled.program.line('open');
  await troubled.log(5);
  assert.equal(await troubled.flush(), 'ok');
  const before = listSegments(logFile).length;
  assert.equal(await troubled.ask('hog', 'hogged'), 'EMFILE');
  // Several segments' worth.
  for (let i = 0; i < 20; i++) {
    await troubled.log(10);
    assert.equal(await troubled.flush(), 'ok');
  }
  assert.equal(listSegments(logFile).length, before);
  troubled.program.child.stdin?.write('release\n');
  await troubled.program.line('released');
  await assertClosesAgain(troubled, logFile, before);
});

test('EMFILE at open: refused by that name, and nothing is left behind', async (t) => {
  const folder = temporaryFolder(t);
  const given = [process.execPath, programFile('trouble/trouble-program'), join(folder, 'audit.log'), 'hogged'];
  const { code, stdout, stderr } = await run('sh', ['-c', 'ulimit -n 100; exec "$0" "$@"', ...given]).ended;
  assert.equal(code, 0, stderr);
  assert.match(stdout, /^refused LOG_NOT_WRITABLE .*EMFILE/);
  assert.deepEqual(readdirSync(folder), []);
});
