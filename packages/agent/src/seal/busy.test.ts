import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestLogger } from '../testing/index.ts';

test('segments are looked after once a second under a load that never pauses, too', async () => {
  const told: string[] = [];
  const { audit, clock, disk } = createTestLogger({ bufferSize: 1, onError: ({ code }) => void told.push(code) });
  await audit.flush();
  disk.setFreeBytes(100 * 1024 * 1024);
  const sync = disk.sync.bind(disk);
  let syncs = 0;
  const toldAtSync: number[] = [];
  // Each sync takes a tenth of a second, in which the next line arrives.
  disk.sync = (fd) => {
    sync(fd);
    if (syncs++ >= 100) return;
    clock.pause(100);
    audit.info('scan_progress', String(syncs));
    audit.writeNow();
    toldAtSync.push(told.length);
  };
  audit.info('scan_started', 'm');
  audit.writeNow();
  clock.advance(11_000);
  assert.equal(toldAtSync.length, 100);
  assert.deepEqual([toldAtSync[5], toldAtSync.at(-1)], [0, 1]);
  assert.deepEqual(told, ['DISK_LOW']);
  await audit.stop();
});
