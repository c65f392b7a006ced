import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { createLogger } from 'agent-audit';
import { listSegments } from 'agent-audit/files';
import { checkDisk } from './doctor/disk-check.ts';
import { checkNode } from './doctor/machine-checks.ts';
import { jobLog, startMs, temporaryFolder, type TestLog } from './log.test.support.ts';
import { golden, runCli, type RunOptions } from './run.test.support.ts';

interface Check {
  readonly name: string;
  readonly state: string;
  readonly text: string;
  readonly todo?: string;
}

async function checksOf(argv: readonly string[], options: RunOptions = {}): Promise<{ status: number; checks: Check[] }> {
  const { status, out } = await runCli(['doctor', ...argv, '--json', '--utc'], options);
  return { status, checks: (JSON.parse(out) as { checks: Check[] }).checks };
}

/** A log whose files are its owner's alone. */
function privateLog(context: TestContext): TestLog {
  const folder = join(temporaryFolder(context), 'log');
  mkdirSync(folder, { mode: 0o700 });
  const log = jobLog(folder);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o600);
  return log;
}

const found = (checks: readonly Check[], name: string): Check[] => checks.filter((check) => check.name === name);

describe('doctor', () => {
  it('says that all is well', async (context) => {
    const log = privateLog(context);
    const { status, out } = await runCli(['doctor', log.path, '--utc']);
    assert.equal(
      out
        .replaceAll(log.path, 'audit.log')
        .replace(/disk .*/, 'disk         …')
        .replace(/node .*/, 'node         …'),
      golden(`
        ✔ config       audit.log, from the argument
        ✔ log          audit.log · 12 lines · 2 segments · 2.6 kB
        ✔ sealed       12 lines, 25 s ago
        ✔ permissions  the folder and its files are their owner’s alone
        ✔ writer       none: nobody holds the lock
        ✔ disk         …
        ✔ clock        2026-11-24 14:04:22 UTC
        ✔ node         …
      `),
    );
    assert.equal(status, 0);
  });

  it('says where the path comes from, and finds misspelt variables', async (context) => {
    const log = privateLog(context);
    const { status, checks } = await checksOf([], {
      env: { AGENT_AUDIT_LOG: log.path, AGENT_AUDIT_TOKEN: 'secret', AGENT_AUDIT_AGENTID: 'x' },
    });
    assert.equal(status, 0);
    const [config, misspelt] = found(checks, 'config');
    assert.equal(config?.text, `${log.path}, from AGENT_AUDIT_LOG · AGENT_AUDIT_LOG=${log.path} AGENT_AUDIT_TOKEN=(set)`);
    assert.deepEqual(misspelt, {
      name: 'config',
      state: 'note',
      text: 'AGENT_AUDIT_AGENTID is no variable that the logger looks at: it changes nothing',
      todo: 'did you mean AGENT_AUDIT_AGENT_ID?',
    });
    const unknown = found((await checksOf([log.path], { env: { AGENT_AUDIT_COLOUR: 'secret' } })).checks, 'config')[1];
    assert.match(unknown?.todo ?? '', /^it looks at AGENT_AUDIT_LOG, .*AGENT_AUDIT_VERBOSE$/);
    const remote = { AGENT_AUDIT_REMOTE: 'https://me:secret@collector.example', AGENT_AUDIT_COLOUR: 'secret', AGENT_AUDIT_TOKEN: 'secret' };
    assert.doesNotMatch(JSON.stringify(await checksOf([log.path], { env: remote })), /secret/);
    const refused = await checksOf([log.path], { env: { AGENT_AUDIT_VERBOSE: 'yes' } });
    assert.equal(refused.status, 1);
    assert.match(found(refused.checks, 'config')[1]?.text ?? '', /the logger refuses to start/);
  });

  it('finds files that others may read, and a folder that they may write', async (context) => {
    const log = privateLog(context);
    chmodSync(log.path, 0o640);
    chmodSync(join(log.path, '..'), 0o777);
    const { status, checks } = await checksOf([log.path]);
    assert.equal(status, 1);
    const [folder, file] = found(checks, 'permissions');
    assert.match(folder?.text ?? '', /others may add and remove files in .*log \(mode 0777\)$/);
    assert.deepEqual(file, {
      name: 'permissions',
      state: 'wrong',
      text: `${log.path} may be read by others than the owner (mode 0640)`,
      todo: `chmod go= ${log.path}`,
    });
  });

  it('says what of the log is not sealed, and what lies beside it', async (context) => {
    const log = privateLog(context).event('x', 'INFO', 'm');
    writeFileSync(log.file('audit-000000000000004.torn'), 'x', { mode: 0o600 });
    writeFileSync(log.file('audit.hold'), '', { mode: 0o600 });
    mkdirSync(log.file('audit.refused-0a1b2c3d'), { mode: 0o700 });
    const { status, checks } = await checksOf([log.path]);
    assert.equal(status, 1);
    assert.deepEqual(
      checks
        .filter(({ name }) => ['sealed', 'torn', 'hold', 'given up'].includes(name))
        .map(({ name, state, text }) => [name, state, text]),
      [
        ['sealed', 'note', '12 lines, 25 s ago; 1 line after that not'],
        ['torn', 'note', 'audit-000000000000004.torn: bytes of unfinished writes, taken out after a crash'],
        ['given up', 'wrong', 'audit.refused-0a1b2c3d: an earlier log that no longer was what had been sealed'],
        ['hold', 'note', 'audit.hold: nothing is deleted, however old or large'],
      ],
    );
    log.truncate(0);
    const cut = found((await checksOf([log.path])).checks, 'sealed');
    assert.deepEqual(
      cut.map(({ state }) => state),
      ['wrong'],
    );
  });

  it('finds a clock that is behind the events', async (context) => {
    const { checks } = await checksOf([privateLog(context).path], { nowMs: startMs - 3_600_000 });
    const [clock] = found(checks, 'clock');
    assert.equal(clock?.state, 'wrong');
    assert.match(clock?.text ?? '', /the newest event is 61 min ahead of it$/);
  });

  it('says what to do where there is no log yet, and where it cannot tell which', async (context) => {
    const folder = temporaryFolder(context);
    const absent = await checksOf([join(folder, 'audit.log')]);
    assert.deepEqual([absent.status, found(absent.checks, 'log')[0]?.state], [0, 'note']);
    writeFileSync(join(folder, 'a.log'), '');
    writeFileSync(join(folder, 'b.log'), '');
    const unclear = await checksOf([folder]);
    assert.deepEqual([unclear.status, found(unclear.checks, 'log')[0]?.text.split(': ').at(-1)], [1, 'LOG_AMBIGUOUS']);
  });

  it('takes a folder as well, or another file of the log', async (context) => {
    const log = privateLog(context);
    const { checks } = await checksOf([join(log.path, '..')]);
    assert.match(found(checks, 'log')[0]?.text ?? '', /audit\.log · 12 lines/);
    assert.equal(found(checks, 'permissions')[0]?.state, 'fine');
    const closed = listSegments(log.path)[0]?.path ?? '';
    assert.deepEqual((await checksOf([closed])).checks.slice(1, 5), checks.slice(1, 5));
  });

  it('wants a Node that is supported', () => {
    assert.deepEqual(
      ['20.18.3', '18.20.0', '20.19.0', '22.1.0', '24.0.0'].map((version) => checkNode(version).state),
      ['wrong', 'wrong', 'fine', 'fine', 'fine'],
    );
  });
});

describe('doctor, of what the logger does by itself', () => {
  it('takes for meant what fileMode does, and never a key that others may read', async (context) => {
    const folder = temporaryFolder(context);
    chmodSync(folder, 0o750);
    const path = join(folder, 'audit.log');
    const audit = createLogger({ logFile: path, env: false, fileMode: 0o640 });
    await audit.stop();
    // Nothing is in it: no secret either.
    writeFileSync(join(folder, 'audit.hold'), '', { mode: 0o644 });
    const shared = await checksOf([path]);
    assert.deepEqual(
      found(shared.checks, 'permissions').map(({ state, text }) => [state, text.replace(folder, '…')]),
      [
        ['note', 'others may look into … (mode 0750)'],
        ['note', 'segments and checkpoints may be read by their group (mode 0640), as fileMode has it'],
      ],
    );
    chmodSync(join(folder, 'audit.key'), 0o640);
    assert.match(found((await checksOf([path])).checks, 'permissions')[2]?.text ?? '', /audit\.key may be read by others .*0640\)$/);
  });

  it('says by whom room is made on a disk below the floor of the logger, and how to keep what would go', (context) => {
    const log = privateLog(context);
    const disk = (freeGib: number, totalGib: number, ffree = 100_000): Check =>
      checkDisk(log.path, () => ({ bsize: 1_024, bavail: freeGib * 2 ** 20, blocks: totalGib * 2 ** 20, files: 200_000, ffree }));
    assert.equal(disk(0.51, 100).state, 'fine');
    // Of a small disk a tenth.
    assert.equal(disk(0.11, 1).state, 'fine');
    assert.match(disk(0.09, 1).text, /^96\.6 MB free of 1\.1 GB, below the 107 MB that minFreeDiskMB asks for by default$/);
    const { state, text, todo = '' } = disk(0.49, 100);
    assert.deepEqual([state, text], ['wrong', '526 MB free of 107 GB, below the 537 MB that minFreeDiskMB asks for by default']);
    assert.match(todo, /^free some space, or the logger makes it: of 1 closed segment \(.* kB\) it deletes the oldest until/);
    assert.ok(todo.includes(`To keep them all: touch ${log.file('audit.hold')};`), todo);
    writeFileSync(log.file('audit.sender'), '{}');
    assert.match(disk(0.49, 100).todo ?? '', /it deletes the oldest that the sender has taken until there is room/);
    writeFileSync(log.file('audit.hold'), '');
    assert.match(disk(0.49, 100).todo ?? '', /^free some space: audit\.hold keeps every segment, so that none is deleted to make it/);
    const absent = checkDisk(join(log.path, '..', 'none', 'audit.log'), () => ({ bsize: 1, bavail: 1, blocks: 100, files: 0, ffree: 0 }));
    assert.match(absent.todo ?? '', /there is no closed segment that the logger could delete/);
    assert.match(disk(50, 100, 999).text, /but room for 999 files only$/);
  });
});

describe('doctor, of a lock', () => {
  it('says who holds the lock, and whether they are gone', async (context) => {
    const log = privateLog(context);
    // What a living logger of this process writes.
    const held = join(temporaryFolder(context), 'held.log');
    const audit = createLogger({ logFile: held, env: false });
    const self = JSON.parse(readFileSync(held.replace('.log', '.lock-0'), 'utf8')) as object;
    await audit.stop();
    const lock = log.file('audit.lock-3');
    const hold = (holder: object): void => {
      writeFileSync(lock, JSON.stringify({ ...self, host: hostname(), since: '2026-11-24T14:00:00.000Z', ...holder }), { mode: 0o600 });
      utimesSync(lock, startMs / 1_000, startMs / 1_000);
    };
    const writer = async (options?: RunOptions): Promise<(string | undefined)[]> => {
      const [check] = found((await checksOf([log.path], options)).checks, 'writer');
      return [check?.state, check?.text];
    };
    const who = (pid: number, host: string): string => `process ${pid} on ${host}, since 2026-11-24T14:00:00.000Z`;
    hold({});
    assert.deepEqual(await writer(), ['fine', who(process.pid, hostname())]);
    // No system gives out so high a pid.
    hold({ pid: 2 ** 30 });
    assert.deepEqual(await writer(), ['note', `${who(2 ** 30, hostname())}: it is gone`]);
    // The pid is in use, by another process than the one that held the lock.
    for (const other of [{ processStart: '1' }, { bootId: 'another' }]) {
      hold(other);
      assert.deepEqual(await writer(), ['note', `${who(process.pid, hostname())}: it is gone`]);
    }
    hold({ pidNamespace: undefined });
    assert.deepEqual(await writer(), ['note', 'audit.lock-3 cannot be read']);
    hold({ host: 'elsewhere' });
    assert.deepEqual(await writer({ nowMs: startMs + 30_000 }), [
      'fine',
      `${who(process.pid, 'elsewhere')}; from elsewhere, seen 30 s ago`,
    ]);
    assert.deepEqual(await writer({ nowMs: startMs + 90_000 }), [
      'note',
      `${who(process.pid, 'elsewhere')}: from elsewhere, not seen for 90 s`,
    ]);
    writeFileSync(lock, '{"pid":');
    assert.deepEqual(await writer(), ['note', 'audit.lock-3 cannot be read']);
  });
});
