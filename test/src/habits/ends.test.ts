// Ends that programs come to by habit, and not by design. Each leaves the log sealed and closed.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { start } from '../program.ts';
import { assertClosed, temporaryFolder } from './log.ts';

const ends: readonly [way: string, code: number, ...after: string[]][] = [
  ['an await that never settles', 13],
  ['an uncaught exception that a listener takes', 0, 'went on'],
  ['process.exitCode', 4],
  ['work in beforeExit', 0, 'before the end'],
  ['a throw in an exit listener', 1],
  ['a closed stdout', 5],
];

for (const [way, code, ...after] of ends) {
  test(`${way}: sealed and closed`, async (t) => {
    const logFile = join(temporaryFolder(t), 'audit.log');
    const program = start('habits/ends-program', way, logFile);
    if (way === 'a closed stdout') {
      program.child.stdout?.destroy();
      program.child.stdin?.end();
    }
    const ended = await program.ended;
    assert.deepEqual([ended.code, ended.signal], [code, null], ended.stderr);
    await assertClosed(logFile, ['started', ...after]);
  });
}
