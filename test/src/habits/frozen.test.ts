// Functions as a service are frozen between calls, and thawed or never thawed: SIGSTOP and SIGCONT are the same to a process.
import assert from 'node:assert/strict';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { type Program, programFile, run, start } from '../program.ts';
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

/** To be loaded first: once the file is there, the wall clock is a minute on, as after a freeze. */
function clockThatJumps(file: string): string {
  const code = `
    import { existsSync } from 'node:fs';
    const now = Date.now;
    Date.now = () => now() + (existsSync(${JSON.stringify(file)}) ? 61_000 : 0);`;
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/** A lock as a frozen process of another container leaves it, after a minute. The file stays the same one. */
function age(lock: string): void {
  const holder: unknown = JSON.parse(readFileSync(lock, 'utf8'));
  assert.ok(typeof holder === 'object');
  writeFileSync(lock, `${JSON.stringify({ ...holder, pidNamespace: 'pid:[1]' })}\n`);
  const aMinuteAgo = Date.now() / 1000 - 61;
  utimesSync(lock, aMinuteAgo, aMinuteAgo);
}

test('frozen for a minute elsewhere, and succeeded meanwhile: thawed, it writes nothing more, and says so', { skip }, async (t) => {
  const folder = temporaryFolder(t);
  const logFile = join(folder, 'audit.log');
  const later = join(folder, 'later');
  const program = run(process.execPath, ['--import', clockThatJumps(later), programFile('habits/frozen-program'), logFile]);
  program.child.stdin?.write('first\n');
  await program.line('handled first');
  await freeze(program);
  age(join(folder, 'audit.lock-0'));

  const troubles: string[] = [];
  const successor = createLogger({ logFile, env: false, onError: ({ code }) => troubles.push(code) });
  successor.info('job_received', 'second');
  await successor.flush();
  writeFileSync(later, '');
  program.child.kill('SIGCONT');
  program.child.stdin?.end('third\n');
  const { stdout, stderr } = await program.ended;
  assert.match(stdout, /^trouble LOG_LOCK_LOST /m, stderr);
  assert.match(stdout, /^not handled third: /m);
  assert.doesNotMatch(stdout, /LOG_REFUSED|DISK_FAILED/);

  successor.info('job_received', 'fourth');
  await successor.flush();
  await successor.stop();
  assert.deepEqual(troubles, []);
  await assertClosed(logFile, ['first', 'second', 'fourth']);
});
