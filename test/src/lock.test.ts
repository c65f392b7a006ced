// One writer a log: who gets it, who is told to stay away, who may take it over, and what happens to whom it is taken from.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { AuditError, createLogger, EventType, type Logger } from 'agent-audit';
import { verifyLogFile } from 'agent-audit/files';
import { type Program, start } from './program.ts';

interface LogFolder {
  readonly folder: string;
  readonly logFile: string;
  /** Starts a program on this log, or on another one in the folder. It ends with the test. */
  start(logFile?: string): Program;
}

function logFolder(t: TestContext): LogFolder {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-lock-'));
  const programs: Program[] = [];
  t.after(async () => {
    for (const { child } of programs) child.kill('SIGKILL');
    for (const { ended } of programs) await ended;
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    folder,
    logFile: join(folder, 'audit.log'),
    start(logFile = join(folder, 'audit.log')) {
      const program = start('lock-program', logFile);
      programs.push(program);
      return program;
    },
  };
}

function open(logFile: string, troubles: string[] = []): Logger {
  return createLogger({ logFile, env: false, agentId: 'lock', onError: ({ code }) => troubles.push(code) });
}

function refusal(attempt: () => unknown): AuditError {
  try {
    attempt();
  } catch (error) {
    assert.ok(error instanceof AuditError, String(error));
    return error;
  }
  return assert.fail('the log was opened');
}

async function hold(log: LogFolder): Promise<Program> {
  const program = log.start();
  await program.line('open');
  return program;
}

function locksIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes('.lock-'))
    .toSorted();
}

test('a log in use is refused to another process, which is told by whom, since when, and what to do', async (t) => {
  const log = logFolder(t);
  const { logFile } = log;
  const holder = await hold(log);
  const other = log.start();
  const message = await other.answer('refused LOG_IN_USE ');
  assert.equal((await other.ended).code, 0);
  assert.match(message, new RegExp(`process ${holder.child.pid} on \\S+, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z`));
  assert.ok(message.includes(logFile) && message.includes('{slot}') && message.includes('stop the other'), message);

  holder.child.stdin?.write('still mine\n');
  await holder.line('flushed still mine');
  holder.child.stdin?.end();
  await holder.line('stopped');
});

test('the same process is refused its own log a second time, and gets it after stop()', async (t) => {
  const { folder, logFile } = logFolder(t);
  const first = open(logFile);
  const error = refusal(() => open(logFile));
  assert.equal(error.code, 'LOG_IN_USE');
  assert.match(error.message, new RegExp(`process ${process.pid} `));
  await first.stop();
  assert.deepEqual(locksIn(folder), []);
  await open(logFile).stop();
});

test('a holder that was killed is succeeded by the next generation', async (t) => {
  const log = logFolder(t);
  const { folder, logFile } = log;
  const holder = await hold(log);
  assert.deepEqual(locksIn(folder), ['audit.lock-0']);
  holder.child.kill('SIGKILL');
  await holder.ended;
  const audit = open(logFile);
  assert.deepEqual(locksIn(folder), ['audit.lock-1']);
  await audit.stop();
  assert.equal((await verifyLogFile(logFile)).recovered, 1);
});

/** Stops a log and puts its lock back, changed: as if a process that is not this one held it, or had held it. */
async function leaveLock(logFile: string, change: Readonly<Record<string, unknown>>, untouchedMs: number = 0): Promise<string> {
  const audit = open(logFile);
  const path = `${logFile.slice(0, -'.log'.length)}.lock-0`;
  const holder: unknown = JSON.parse(readFileSync(path, 'utf8'));
  assert.ok(typeof holder === 'object');
  await audit.stop();
  writeFileSync(path, `${JSON.stringify({ ...holder, ...change })}\n`);
  const touched = Date.now() / 1000 - untouchedMs / 1000;
  utimesSync(path, touched, touched);
  return path;
}

const dead: readonly [string, Readonly<Record<string, unknown>>, number?][] = [
  ['of a pid that another process has now', { processStart: '1' }],
  ['of a pid that nobody has', { pid: 4_194_303, processStart: '1' }],
  ['of before the machine was started anew', { bootId: 'another' }],
  ['of another pid namespace, untouched for more than a minute', { pidNamespace: 'pid:[1]' }, 61_000],
  ['of another host, untouched for more than a minute', { host: 'elsewhere' }, 61_000],
];
for (const [what, change, untouchedMs] of dead) {
  test(`a lock ${what} is taken over`, async (t) => {
    const { folder, logFile } = logFolder(t);
    await leaveLock(logFile, change, untouchedMs);
    const audit = open(logFile);
    assert.deepEqual(locksIn(folder), ['audit.lock-1']);
    await audit.stop();
    assert.deepEqual(locksIn(folder), []);
  });
}

const living: readonly [string, Readonly<Record<string, unknown>>, number?][] = [
  ['of this process', {}, 600_000],
  ['of another pid namespace, touched within the minute', { pidNamespace: 'pid:[1]', pid: 4_194_303 }, 50_000],
  ['of another host, touched within the minute', { host: 'elsewhere', bootId: 'another' }, 50_000],
];
for (const [what, change, untouchedMs] of living) {
  test(`a lock ${what} is respected, and left as it is`, async (t) => {
    const { logFile } = logFolder(t);
    const path = await leaveLock(logFile, change, untouchedMs);
    const before = readFileSync(path, 'utf8');
    assert.equal(refusal(() => open(logFile)).code, 'LOG_IN_USE');
    assert.equal(readFileSync(path, 'utf8'), before);
  });
}

test('a lock that its writer did not get to write counts for a minute', async (t) => {
  const { folder, logFile } = logFolder(t);
  const path = await leaveLock(logFile, {});
  writeFileSync(path, '');
  assert.equal(refusal(() => open(logFile)).code, 'LOG_IN_USE');
  const longAgo = Date.now() / 1000 - 61;
  utimesSync(path, longAgo, longAgo);
  const audit = open(logFile);
  assert.deepEqual(locksIn(folder), ['audit.lock-1']);
  await audit.stop();
});

test('of processes that start at once one gets the log, and the others are told', async (t) => {
  const log = logFolder(t);
  const { folder, logFile } = log;
  await leaveLock(logFile, { processStart: '1' });
  const programs = Array.from({ length: 6 }, () => log.start());
  for (const { child } of programs) child.stdin?.end();
  const ended = await Promise.all(programs.map((program) => program.ended));
  for (const { stdout, stderr } of ended) assert.match(stdout, /^(?:open .*\nstopped|refused LOG_IN_USE .*)\n$/, stderr);
  assert.ok(ended.some(({ stdout }) => stdout.startsWith('open')));
  const { problems, recovered, unsigned } = await verifyLogFile(logFile);
  const seen = JSON.stringify({ said: ended.map(({ stdout }) => stdout), log: readFileSync(logFile, 'utf8') }, undefined, 1);
  assert.deepEqual({ problems, recovered, unsigned }, { problems: [], recovered: 0, unsigned: 0 }, seen);
  assert.deepEqual(locksIn(folder), [], seen);
});

test('{slot} gives each process its own log, and the number of one that ended to the next', async (t) => {
  const log = logFolder(t);
  const openNext = async (): Promise<Program & { readonly name: string }> => {
    const program = log.start(join(log.folder, 'audit-{slot}.log'));
    return { ...program, name: basename(await program.answer('open ')) };
  };
  const first = await openNext();
  const second = await openNext();
  const third = await openNext();
  assert.deepEqual([first.name, second.name, third.name], ['audit-0.log', 'audit-1.log', 'audit-2.log']);

  second.child.stdin?.end();
  await second.line('stopped');
  await second.ended;
  assert.equal((await openNext()).name, 'audit-1.log', 'a number that was given back is used again');
  first.child.kill('SIGKILL');
  await first.ended;
  assert.equal((await openNext()).name, 'audit-0.log', 'a number whose holder died is used again');
});

/** Newest checkpoint size on disk. */
function sidecarBytes(folder: string): number {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.checkpoints'))
    .reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

for (const [how, takeOver] of [
  ['taken over by the next generation', (folder: string) => writeFileSync(join(folder, 'audit.lock-1'), '{}\n')],
  ['deleted', (folder: string) => rmSync(join(folder, 'audit.lock-0'))],
  [
    'replaced by another',
    (folder: string) => {
      rmSync(join(folder, 'audit.lock-0'));
      writeFileSync(join(folder, 'audit.lock-0'), '{}\n');
    },
  ],
] as const) {
  test(`a lock ${how} under a living logger: it signs nothing more, and says so`, async (t) => {
    const { folder, logFile } = logFolder(t);
    const troubles: string[] = [];
    const audit = open(logFile, troubles);
    audit.info(EventType.ScanCompleted, 'before');
    await audit.flush();
    const before = sidecarBytes(folder);
    const own = statSync(join(folder, 'audit.lock-0')).ino;
    takeOver(folder);
    const others = locksIn(folder).filter((name) => statSync(join(folder, name)).ino !== own);

    audit.info(EventType.ScanCompleted, 'after');
    await assert.rejects(audit.flush(), { code: 'LOG_LOCK_LOST' });
    assert.equal(audit.health().state, 'failing');
    assert.ok(audit.health().reasons.some(({ code }) => code === 'LOG_LOCK_LOST'));
    assert.equal(audit.info(EventType.ScanCompleted, 'later'), undefined, 'nothing more is written');
    await assert.rejects(audit.flush(), { code: 'LOG_LOCK_LOST' });
    await assert.rejects(audit.stop(), { code: 'LOG_LOCK_LOST' });
    assert.equal(sidecarBytes(folder), before, 'nothing more is signed');
    assert.deepEqual(locksIn(folder), others, "another's lock is not its to give back");
    assert.deepEqual([...new Set(troubles)], ['LOG_LOCK_LOST', 'EVENTS_LOST']);

    for (const name of others) rmSync(join(folder, name));
    await open(logFile).stop();
    const { problems, recovered } = await verifyLogFile(logFile);
    assert.deepEqual({ problems, recovered }, { problems: [], recovered: 1 });
  });
}
