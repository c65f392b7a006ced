// Functions as a service are frozen between calls, and thawed or never thawed: SIGSTOP and SIGCONT are the same to a process.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { type Program, start } from '../program.ts';
import { assertClosed, messagesIn, temporaryFolder } from './log.ts';

/** Stops the process, all its threads. Resolves when they stand. */
async function freeze({ child }: Program): Promise<void> {
  child.kill('SIGSTOP');
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${child.pid}/status`, 'utf8'))) await new Promise(setImmediate);
}

const skip = process.platform === 'linux' ? false : '/proc tells here whether a process stands';

test('what a call has flushed is sealed while its process is frozen', { skip }, async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const program = start('habits/frozen-program', logFile);
  program.child.stdin?.write('first\n');
  await program.line('handled first');
  await freeze(program);
  assert.deepEqual(await messagesIn(logFile), ['first']);
  const { problems, unsigned } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned }, { problems: [], unsigned: 0 });
  program.child.kill('SIGKILL');
  await program.ended;
});

test('frozen amid its work and thawed, again and again: nothing is lost, and nothing is told', { skip }, async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const program = start('habits/frozen-program', logFile);
  await program.line('ready');
  for (let i = 0; i < 5; i++) {
    program.child.stdin?.write('spin\n');
    await freeze(program);
    const { problems } = await verifyLogFile(logFile);
    assert.deepEqual(problems, []);
    program.child.kill('SIGCONT');
    await program.line('spun');
  }
  program.child.stdin?.end();
  const { code, stdout, stderr } = await program.ended;
  assert.equal(code, 0, stderr);
  assert.doesNotMatch(stdout, /^trouble/m);
  const call = ['spin', ...Array.from({ length: 20_000 }, () => 'spinning')];
  await assertClosed(logFile, Array.from({ length: 5 }, () => call).flat());
});

test('frozen and never thawed: the next instance goes on where the log ends, and says what it found', { skip }, async (t) => {
  const logFile = join(temporaryFolder(t), 'audit.log');
  const program = start('habits/frozen-program', logFile);
  program.child.stdin?.write('first\nspin\n');
  await program.line('handled first');
  await freeze(program);
  assert.throws(() => createLogger({ logFile, env: false }), { code: 'LOG_IN_USE' }, 'a frozen process may be thawed');
  program.child.kill('SIGKILL');
  await program.ended;
  await createLogger({ logFile, env: false }).stop();
  assert.equal((await messagesIn(logFile))[0], 'first');
  const { problems, unsigned, recovered } = await verifyLogFile(logFile);
  assert.deepEqual({ problems, unsigned, recovered }, { problems: [], unsigned: 0, recovered: 1 });
});
