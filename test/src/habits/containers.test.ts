// What containers do to a program: a user without a name, no home, a root that is read-only, a process 1, a restart beside its own lock.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { type Ended, type Program, programFile, type ProgramOptions, run } from '../program.ts';
import { assertClosed, temporaryFolder } from './log.ts';

/** Nobody has it: there is no entry in passwd. */
const uid = 54_321;
const unnamed: ProgramOptions = { uid, gid: uid };
const program = programFile('habits/log-program');

/** Why no program can run as another user here; false where it can. */
function whyNotUnprivileged(): string | false {
  if (process.getuid?.() !== 0) return 'only root can become another user';
  const { status } = spawnSync(process.execPath, ['--check', program], { uid, gid: uid });
  return status === 0 ? false : `uid ${uid} cannot read this repository, or node`;
}

/** Why there can be no namespace of its own; false where there can. */
function whyNoNamespace(...unshare: readonly string[]): string | false {
  const { status, error } = spawnSync('unshare', [...unshare, 'true']);
  if (error !== undefined) return `no unshare: ${error.message}`;
  return status === 0 ? false : 'this system permits no namespace';
}

const skipUser = whyNotUnprivileged();
const skipMount = whyNoNamespace('--mount');
const skipPid = whyNoNamespace('--pid', '--fork', '--mount-proc');

/** A folder that everybody may enter, and only this user, if any, may write. */
function folderOf(t: TestContext, owner?: number): string {
  const folder = temporaryFolder(t);
  chmodSync(folder, 0o755);
  if (owner !== undefined) chownSync(folder, owner, owner);
  return folder;
}

async function runLog(options: ProgramOptions): Promise<Ended> {
  const { child, ended } = run(process.execPath, [program], options);
  child.stdin?.end();
  return ended;
}

function assertRefused({ stdout, stderr }: Ended, path: string, why: string): void {
  const said = `refused LOG_NOT_WRITABLE ${path} cannot be written by uid ${uid}: ${why}`;
  assert.ok(stdout.startsWith(said), stdout + stderr);
  assert.match(stdout, /the option logFile or the variable AGENT_AUDIT_LOG\n$/);
}

test('a uid without a name, HOME not set: refused, with the way out', { skip: skipUser }, async () => {
  assertRefused(await runLog({ ...unnamed, env: { HOME: undefined } }), '~/.openctem/audit.log', 'there is no home directory');
});

test('HOME=/, as container runtimes set it for a uid without a name: refused by that path', { skip: skipUser }, async () => {
  assertRefused(await runLog({ ...unnamed, env: { HOME: '/' } }), '/.openctem/audit.log', 'EACCES');
});

for (const HOME of [undefined, '/', '']) {
  const home = HOME === undefined ? 'not set' : JSON.stringify(HOME);
  test(`a uid without a name, HOME ${home}, AGENT_AUDIT_LOG in a volume of its own: works`, { skip: skipUser }, async (t) => {
    const volume = folderOf(t, uid);
    const logFile = join(volume, 'logs', 'audit.log');
    const { stdout, stderr } = await runLog({ ...unnamed, env: { HOME, AGENT_AUDIT_LOG: logFile } });
    assert.match(stdout, /^open \S+\nstopped sound 3\n$/, stderr);
    await assertClosed(logFile, ['started']);
    for (const name of readdirSync(join(volume, 'logs'))) {
      const { mode, uid: owner } = statSync(join(volume, 'logs', name));
      assert.deepEqual([mode & 0o077, owner], [0, uid], name);
    }
  });
}

test('a volume that belongs to root: refused, with path and uid', { skip: skipUser }, async (t) => {
  const logFile = join(folderOf(t), 'audit.log');
  assertRefused(await runLog({ ...unnamed, env: { AGENT_AUDIT_LOG: logFile } }), logFile, 'EACCES');
});

test('a log that root has begun, in a volume that was given away since: refused, and left as it is', { skip: skipUser }, async (t) => {
  const volume = folderOf(t);
  const logFile = join(volume, 'audit.log');
  assert.match((await runLog({ env: { AGENT_AUDIT_LOG: logFile } })).stdout, /stopped sound/);
  chownSync(volume, uid, uid);
  assertRefused(await runLog({ ...unnamed, env: { AGENT_AUDIT_LOG: logFile } }), logFile, 'EACCES');
  await assertClosed(logFile, ['started']);
});

/** Runs the program where everything is read-only, but what is mounted at `writable`. */
async function runReadOnly(writable: string, logFile: string): Promise<Ended> {
  const script = 'mount -o remount,bind,ro / && mount -t tmpfs tmpfs "$1" && shift && exec "$@"';
  const given = ['--mount', 'sh', '-c', script, 'sh', writable, process.execPath, program];
  const { child, ended } = run('unshare', given, { env: { AGENT_AUDIT_LOG: logFile } });
  child.stdin?.end();
  return ended;
}

test('a read-only root, and a volume for the log: works', { skip: skipMount }, async (t) => {
  const volume = folderOf(t);
  const { stdout, stderr } = await runReadOnly(volume, join(volume, 'logs', 'audit.log'));
  if (/^mount:/m.test(stderr)) return t.skip(`this system permits no mount: ${stderr}`);
  assert.match(stdout, /^open \S+\nstopped sound 3\n$/, stderr);
});

test('a read-only root, and a log on it: refused', { skip: skipMount }, async (t) => {
  const folder = folderOf(t);
  const volume = join(folder, 'volume');
  mkdirSync(volume);
  const { stdout, stderr } = await runReadOnly(volume, join(folder, 'audit.log'));
  if (/^mount:/m.test(stderr)) return t.skip(`this system permits no mount: ${stderr}`);
  assert.match(stdout, /^refused LOG_NOT_WRITABLE \S+audit\.log cannot be written by uid 0: EROFS/, stderr);
});

/** The program as process 1 of a pid namespace of its own, as a container's is. */
function startContainer(logFile: string): Program {
  const given = ['--pid', '--fork', '--kill-child', '--mount-proc', process.execPath, program];
  return run('unshare', given, { env: { AGENT_AUDIT_LOG: logFile } });
}

function lockOf(folder: string): string {
  const locks = readdirSync(folder).filter((name) => name.includes('.lock-'));
  assert.equal(locks.length, 1);
  return join(folder, locks[0] ?? '');
}

test('SIGTERM ends process 1 of a container, with handleSignals, sealed and closed', { skip: skipPid }, async (t) => {
  const logFile = join(folderOf(t), 'audit.log');
  const container = startContainer(logFile);
  await container.answer('open ');
  process.kill(childOf(container), 'SIGTERM');
  assert.equal((await container.ended).code, 128 + 15);
  await assertClosed(logFile, ['started']);
});

test('a container that was killed and is started again is told how long its own lock counts', { skip: skipPid }, async (t) => {
  const folder = folderOf(t);
  const logFile = join(folder, 'audit.log');
  const killed = startContainer(logFile);
  await killed.answer('open ');
  process.kill(childOf(killed), 'SIGKILL');
  await killed.ended;

  const early = await startContainer(logFile).ended;
  assert.match(early.stdout, /^refused LOG_IN_USE .*in another container or on another machine \(.* its lock counts for \d+ s more\)/);

  const aMinuteAgo = Date.now() / 1000 - 61;
  utimesSync(lockOf(folder), aMinuteAgo, aMinuteAgo);
  const again = startContainer(logFile);
  again.child.stdin?.end();
  assert.match((await again.ended).stdout, /^open \S+\nstopped sound 6\n$/);
  await assertClosed(logFile, ['started', 'started']);
});

/** Process 1 of the container, by its pid out here. */
function childOf({ child }: Program): number {
  return Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim());
}
