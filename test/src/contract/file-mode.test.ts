// Who may read a log: its owner, or whoever a shipper runs as. The key is its owner's alone, always.
import assert from 'node:assert/strict';
import { chmodSync, readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { createLogger } from 'agent-audit';
import { until } from '../until.ts';
import { auditError, temporaryLog } from './support.ts';

function modesOf(folder: string): Map<string, number> {
  return new Map(readdirSync(folder).map((name) => [name, statSync(join(folder, name)).mode & 0o777]));
}

const isPrivate = (name: string): boolean => /\.(key|lock-\d+|sender)$/.test(name);

for (const fileMode of [0o600, 0o640, 0o644] as const) {
  const skip = process.platform === 'win32' && 'modes are of POSIX';
  test(`fileMode ${fileMode.toString(8)}: every segment, packed or not, and its checkpoints, whatever the umask`, { skip }, async (t) => {
    const logFile = temporaryLog(t);
    const folder = dirname(logFile);
    const umaskBefore = process.umask(0o077);
    t.after(() => process.umask(umaskBefore));
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

test('a file that is there keeps its mode', { skip: process.platform === 'win32' && 'modes are of POSIX' }, async (t) => {
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
