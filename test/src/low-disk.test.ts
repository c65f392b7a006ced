// A real disk that another program fills up: segments go, by the sealing thread, before anything fails.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseLine } from '@agent-audit/log';
import { type AuditError, createLogger } from 'agent-audit';
import { lines, listSegments, verifyLogFile } from 'agent-audit/files';
import { SmallDisk } from './small-disk.ts';
import { until } from './until.ts';

test('a disk that somebody else fills up: the oldest segments make room, the log says so, and it verifies', async (t) => {
  const disk = SmallDisk.mount(t);
  if (disk === undefined) return;
  const troubles: AuditError[] = [];
  const logFile = join(disk.folder, 'audit.log');
  const audit = createLogger({ logFile, env: false, agentId: 'low', maxSizeMB: 0.01, onError: (error) => void troubles.push(error) });
  const log = async (): Promise<void> => {
    for (let i = 0; i < 30; i++) audit.info('scan_completed', 'x'.repeat(200));
    await audit.flush();
  };
  for (let i = 0; i < 20; i++) await log();
  await until(() => listSegments(logFile).filter(({ form }) => form === 'gzip').length >= 5);
  assert.equal(listSegments(logFile)[0]?.first, 0);
  // 40 pages are 160 KiB: less than a tenth of 2 MiB.
  disk.fill(40);
  await log();
  await until(() => listSegments(logFile)[0]?.first !== 0);
  await audit.stop();
  const { ok, problems } = await verifyLogFile(logFile, { origin: audit.origin });
  assert.deepEqual([ok, problems], [true, []]);
  const why = new Set<unknown>();
  for await (const { line } of lines(logFile)) {
    const { type, details } = parseLine(line);
    if (type === 'log.prune') why.add(details?.['why']);
  }
  assert.deepEqual([...why], ['free']);
  assert.deepEqual(troubles.filter(({ code }) => code !== 'DISK_LOW'), []);
});
