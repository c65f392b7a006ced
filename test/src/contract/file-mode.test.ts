// Who may read a log: its owner, or whoever a shipper runs as. The key is its owner's alone, always.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLogger } from 'agent-audit';
import { until } from '../until.ts';
import { auditError, temporaryLog } from './support.ts';

function modesOf(folder: string): Map<string, number> {
  return new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]));
}

const isPrivate = (name: string): boolean => /\.(key|lock-\d+|sender)$/.test(name);

const skip = process.platform === 'win32' && 'modes are of POSIX';
const fileModes = [0o600, 0o640, 0o644] as const;
const umasks = [0o022, 0o077];

function setUmask(t: TestContext, umask: number): void {
  const before = process.umask(umask);
  t.after(() => process.umask(before));
}

for (const [fileMode, umask] of fileModes.flatMap((mode) => umasks.map((mask) => [mode, mask] as const))) {
  const title = `fileMode ${fileMode.toString(8)} under umask ${umask.toString(8)}`;
  test(`${title}: every segment, packed or not, and its checkpoints`, { skip }, async (t) => {
    const logFile = temporaryLog(t);
    const folder = dirname(logFile);
    setUmask(t, umask);
    const audit = createLogger({ logFile, fileMode, env: false, maxSizeMB: 0.01, maxTotalSizeMB: 100 });
    audit.setRemoteSender(() => {});
    for (let i = 0; i < 500; i++) {
      audit.info('scan_started', `event ${i} of a log that rotates`);
      if (i % 50 === 0) await audit.flush();
    }
    await until(() => readdirSync(folder).some((name) => name.endsWith('.gz')));
    await audit.stop();
    const modes = modesOf(folder);
    const kinds = ['.log', '.gz', '.checkpoints', '.key', '.sender'];
    for (const kind of kinds) assert.ok([...modes.keys()].some((name) => name.endsWith(kind)), kind);
    for (const [name, mode] of modes) assert.equal(mode, isPrivate(name) ? 0o600 : fileMode, name);
  });
}

for (const fileMode of fileModes) {
  test(`fileMode ${fileMode.toString(8)}: a segment that is replaced, and what is copied back of the old one`, { skip }, async (t) => {
    const logFile = temporaryLog(t);
    setUmask(t, 0o022);
    const troubles: string[] = [];
    const audit = createLogger({ logFile, fileMode, env: false, onError: ({ code }) => troubles.push(code) });
    audit.info('scan_started', 'sealed');
    await audit.flush();
    rmSync(logFile);
    audit.info('scan_started', 'in a file without a name');
    await audit.flush().catch(() => {});
    await audit.stop();
    assert.deepEqual(troubles, ['DISK_FAILED']);
    const modes = modesOf(dirname(logFile));
    assert.equal([...modes.keys()].filter((name) => name.endsWith('.log')).length, 2, [...modes.keys()].join());
    for (const [name, mode] of modes) assert.equal(mode, isPrivate(name) ? 0o600 : fileMode, name);
  });
}

test('a file that is there keeps its mode', { skip }, async (t) => {
  const logFile = temporaryLog(t);
  await createLogger({ logFile, env: false }).stop();
  chmodSync(logFile, 0o640);
  await createLogger({ logFile, env: false }).stop();
  assert.equal(statSync(logFile).mode & 0o777, 0o640);
});

test('other modes are refused', (t) => {
  const logFile = temporaryLog(t);
  assert.throws(() => createLogger({ logFile, env: false, fileMode: 0o666 }), auditError('OPTION_INVALID', '0o640'));
});
