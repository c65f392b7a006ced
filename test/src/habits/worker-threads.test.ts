// A logger in a worker thread, and the ways in which a thread ends.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { start } from '../program.ts';
import { assertClosed, messagesIn, temporaryFolder } from './log.ts';

const ends: readonly [way: string, says: string][] = [
  ['stop', 'thread ended 0\n'],
  ['natural end', 'thread ended 0\n'],
  ['process.exit', 'thread ended 3\n'],
  ['throw', 'error Error: thrown\nthread ended 1\n'],
];
for (const [way, says] of ends) {
  test(`a logger in a thread, ${way}: sealed and closed, and the main thread may open the log`, async (t) => {
    const logFile = join(temporaryFolder(t), 'audit.log');
    const { code, stdout, stderr } = await start('habits/worker-thread-program', way, logFile).ended;
    assert.deepEqual([code, stdout], [0, says], stderr);
    await assertClosed(logFile, ['in the thread', 'after']);
  });
}

test('terminate() leaves the log to its process until that ends; what was flushed is there, and the next start goes on', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { code, stdout, stderr } = await start('habits/worker-thread-program', 'terminate', logFile).ended;
  assert.deepEqual([code, stdout], [0, 'thread ended 1\nrefused LOG_IN_USE by this process\n'], stderr);
  const troubles: string[] = [];
  await createLogger({ logFile, env: false, onError: ({ code: trouble }) => troubles.push(trouble) }).stop();
  assert.deepEqual(troubles, []);
  assert.equal((await messagesIn(logFile))[0], 'in the thread');
  const { problems, unsigned, recovered } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, recovered }, { problems: [], unsigned: 0, recovered: 1 });
});

test('a log of the main thread is refused to a worker thread, and kept', async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const { code, stdout, stderr } = await start('habits/worker-thread-program', 'both', logFile).ended;
  assert.deepEqual([code, stdout], [0, 'refused LOG_IN_USE by this process\nthread ended 0\n'], stderr);
  await assertClosed(logFile, ['after']);
  assert.ok(!existsSync(logFile.replace(/\.log$/, '.lock-0')));
});
