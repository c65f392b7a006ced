import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@agent-audit/log';
import { appendAll } from '../disk.ts';
import { MemoryDisk } from '../testing/index.ts';
import { recordsUpTo, textOf } from './sidecar.test.support.ts';
import { readBaseRecord, readNewestRecord } from './sidecar-read.ts';

const path = '/log/audit-000000000000000.checkpoints';

/** A disk that counts what is read from it. */
class CountingDisk extends MemoryDisk {
  readBytes = 0;

  override read(fd: number, into: Uint8Array, offset: number, length: number, position: number): number {
    const count = super.read(fd, into, offset, length, position);
    this.readBytes += count;
    return count;
  }
}

function diskWith(bytes: Uint8Array): CountingDisk {
  const disk = new CountingDisk(() => 0);
  disk.makeFolder('/log');
  const fd = disk.createAppend(path);
  appendAll(disk, fd, bytes);
  disk.close(fd);
  return disk;
}

test('the first and the newest record of a long sidecar are read without what is between them', () => {
  const [base, ...rest] = recordsUpTo(60);
  const newest = rest.at(-1);
  assert.ok(base !== undefined && newest !== undefined);
  const filling = Array.from({ length: 20_000 }, () => newest);
  const bytes = utf8(textOf([base, ...filling]));
  const disk = diskWith(bytes);
  assert.deepEqual(readBaseRecord(disk, path), base);
  assert.deepEqual(readNewestRecord(disk, path), { record: newest, endOffset: bytes.length });
  assert.ok(bytes.length > 9_000_000 && disk.readBytes < 300_000, `${disk.readBytes} of ${bytes.length} bytes are read`);
});

test('the newest record is the last before whatever is no record, wherever the sidecar is cut', () => {
  const records = recordsUpTo(12);
  const whole = utf8(textOf(records));
  for (let length = 0; length <= whole.length; length++) {
    const newest = readNewestRecord(diskWith(whole.subarray(0, length)), path);
    const ends = records.map((_, index) => utf8(textOf(records.slice(0, index + 1))).length).filter((end) => end <= length);
    assert.equal(newest?.endOffset, ends.at(-1));
    assert.deepEqual(newest?.record, ends.length === 0 ? undefined : records[ends.length - 1]);
  }
});

test('a long end that is no record is passed over', () => {
  const records = recordsUpTo(3);
  const sound = utf8(textOf(records));
  const disk = diskWith(Buffer.concat([sound, Buffer.alloc(200_000, 'x\n')]));
  assert.deepEqual(readNewestRecord(disk, path), { record: records.at(-1), endOffset: sound.length });
});

test('a sidecar that is not there, is empty, or holds no record has none', () => {
  const absent = new CountingDisk(() => 0);
  absent.makeFolder('/log');
  for (const disk of [absent, diskWith(new Uint8Array(0)), diskWith(utf8('no record\n')), diskWith(utf8('{"size":0'))]) {
    assert.equal(readNewestRecord(disk, path), undefined);
    assert.equal(readBaseRecord(disk, path), undefined);
  }
});
