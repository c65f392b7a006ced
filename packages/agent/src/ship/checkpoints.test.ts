import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@agent-audit/log';
import { appendAll } from '../disk.ts';
import { type Folder, folderOf } from '../folder.ts';
import { recordsUpTo, textOf } from '../seal/sidecar.test.support.ts';
import { MemoryDisk } from '../testing/index.ts';
import { baseOf, checkpointAtLeast, checkpointAtMost } from './checkpoints.ts';

/** A disk that counts what is read from it. */
class CountingDisk extends MemoryDisk {
  readBytes = 0;

  override read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    const count = super.read(fd, into, offset, length, position);
    this.readBytes += count;
    return count;
  }
}

function folderWith(sidecars: Readonly<Record<number, string>>): { folder: Folder; disk: CountingDisk } {
  const disk = new CountingDisk(() => 0);
  disk.makeFolder('/audit');
  const folder = folderOf(disk, '/audit/audit.log');
  for (const [first, text] of Object.entries(sidecars)) {
    const fd = disk.createAppend(folder.path(folder.names.checkpoints(Number(first))));
    appendAll(disk, fd, utf8(text));
    disk.close(fd);
  }
  return { folder, disk };
}

test('the checkpoint at or below a size, and the one at or above it, wherever the sidecars are parted and however they are thinned', () => {
  const all = recordsUpTo(40);
  const kept = all.filter(({ size }) => size % 3 === 0 || size === 20 || size === 40);
  const { folder } = folderWith({
    0: textOf(kept.filter(({ size }) => size <= 20)),
    20: textOf(kept.filter(({ size }) => size >= 20 && size <= 30)),
    30: textOf(kept.filter(({ size }) => size >= 30)),
  });
  for (let size = 0; size <= 45; size++) {
    assert.deepEqual(checkpointAtMost(folder, size), kept.findLast((record) => record.size <= size), `at most ${size}`);
    assert.deepEqual(checkpointAtLeast(folder, size), kept.find((record) => record.size >= size), `at least ${size}`);
  }
  assert.equal(baseOf(folder, 20)?.size, 20);
  assert.equal(baseOf(folder, 19), undefined);
});

test('a sidecar that a slow log has filled for weeks is not read as a whole', () => {
  const all = recordsUpTo(6_000);
  const { folder, disk } = folderWith({ 0: textOf(all) });
  for (const size of [0, 1, 17, 2_999, 3_000, 5_999, 6_000]) {
    disk.readBytes = 0;
    assert.equal(checkpointAtMost(folder, size)?.size, size);
    assert.equal(checkpointAtLeast(folder, size)?.size, size);
    assert.ok(disk.readBytes < textOf(all).length, `${disk.readBytes} bytes are read for ${size}`);
  }
});

test('a record that is being written is none yet; a sidecar without one is passed over', () => {
  const all = recordsUpTo(10);
  const text = textOf(all);
  const { folder } = folderWith({ 0: text.slice(0, -10), 11: '' });
  assert.equal(checkpointAtMost(folder, 10)?.size, 9);
  assert.equal(checkpointAtMost(folder, 12)?.size, 9);
  assert.equal(checkpointAtLeast(folder, 10), undefined);
});
