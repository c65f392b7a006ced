import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseSidecar, type SidecarRecord } from '@agent-audit/log';
import { MemoryDisk } from '../testing/index.ts';
import { recordsUpTo } from './sidecar.test.support.ts';
import { SidecarFile } from './sidecar-file.ts';

const path = '/log/audit-000000000000000.checkpoints';

function sidecarOf([base, ...records]: readonly SidecarRecord[]): { disk: MemoryDisk; sidecar: SidecarFile } {
  const disk = new MemoryDisk(() => 0);
  disk.makeFolder('/log');
  assert.ok(base !== undefined);
  const sidecar = SidecarFile.create(disk, path, base);
  for (const record of records) sidecar.append([record]);
  return { disk, sidecar };
}

function sizesOn(disk: MemoryDisk): number[] {
  return parseSidecar(disk.bytesOf(path)).records.map(({ size }) => size);
}

test('thinning keeps the first, the last, and the next at or after each size that is asked for', () => {
  const records = recordsUpTo(20).filter(({ size }) => size % 2 === 0);
  const { disk, sidecar } = sidecarOf(records);
  sidecar.thin([5, 6, 13, 14]);
  assert.deepEqual(sizesOn(disk), [0, 6, 14, 20]);
  sidecar.thin([]);
  assert.deepEqual(sizesOn(disk), [0, 20]);
  sidecar.append(recordsUpTo(21).slice(-1));
  assert.deepEqual(sizesOn(disk), [0, 20, 21], 'and goes on behind them');
});

test('what is not among its good bytes is cut before the next record', () => {
  const records = recordsUpTo(3);
  const { disk, sidecar } = sidecarOf(records.slice(0, 3));
  disk.overwrite(path, Buffer.concat([disk.bytesOf(path), Buffer.from('{"size":9')]));
  sidecar.append(records.slice(3));
  assert.deepEqual(sizesOn(disk), [0, 1, 2, 3]);
});

test('a sidecar whose name is gone, or that was replaced, is written again with all that its descriptor holds', () => {
  const records = recordsUpTo(4);
  const { disk, sidecar } = sidecarOf(records.slice(0, 3));
  disk.unlink(path);
  sidecar.append(records.slice(3, 4));
  assert.deepEqual(sizesOn(disk), [0, 1, 2, 3]);
  disk.unlink(path);
  disk.close(disk.createAppend(path));
  sidecar.append(records.slice(4));
  assert.deepEqual(sizesOn(disk), [0, 1, 2, 3, 4]);
});

test('a sidecar that was cut keeps its base and the newest checkpoint', () => {
  const records = recordsUpTo(4);
  const { disk, sidecar } = sidecarOf(records.slice(0, 4));
  disk.overwrite(path, Buffer.from('{"si'));
  sidecar.append(records.slice(4));
  assert.deepEqual(sizesOn(disk), [0, 3, 4]);
});

test('an existing sidecar is opened behind its last sound record', () => {
  const records = recordsUpTo(4);
  const { disk, sidecar } = sidecarOf(records.slice(0, 4));
  sidecar.close();
  disk.overwrite(path, Buffer.concat([disk.bytesOf(path), Buffer.from('no record\n')]));
  const opened = SidecarFile.open(disk, path);
  opened?.append(records.slice(4));
  assert.deepEqual(sizesOn(disk), [0, 1, 2, 3, 4]);
});
