import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { systemClock } from '../clock.ts';
import { type Disk, systemDisk } from '../disk.ts';
import { verifyLogFile } from '../files/index.ts';
import { Logger } from '../logger.ts';

test('a real disk that fails one write, a thread that seals, and a stop at once: all is sealed in the new segment', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-mending-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const logFile = join(folder, 'audit.log');
  let isFailing = false;
  const disk: Disk = {
    ...systemDisk,
    append(fd, bytes, offset, length) {
      if (!isFailing) return systemDisk.append(fd, bytes, offset, length);
      isFailing = false;
      throw Object.assign(new Error('EIO: write'), { code: 'EIO' });
    },
  };
  const told: string[] = [];
  const options = { logFile, env: false, onError: ({ code }: { code: string }) => void told.push(code) } as const;
  const audit = new Logger(options, { disk, clock: systemClock, sealOn: 'worker' });
  audit.start();
  audit.info('scan_started', 'before');
  await audit.flush();
  assert.equal(audit.health().sealer, 'worker');
  isFailing = true;
  audit.info('scan_started', 'refused');
  audit.writeNow();
  assert.equal(audit.health().state, 'failing');
  await audit.stop();
  assert.deepEqual(told, ['DISK_FAILED']);
  const active = readFileSync(logFile, 'utf8');
  assert.match(active, /refused[^\n]*\n[^\n]*log\.close[^\n]*\n$/);
  const { problems, unsigned, lines } = await verifyLogFile(logFile);
  assert.deepEqual([problems, unsigned, lines], [[], 0, 4]);
});
