import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@agent-audit/log';
import { createWhole } from '../disk.ts';
import { type Folder, folderOf } from '../folder.ts';
import { MemoryDisk } from '../testing/index.ts';
import { readCursor, removeCursor, untakenFrom, writeCursor } from './cursor.ts';

function folder(): { disk: MemoryDisk; log: Folder } {
  const disk = new MemoryDisk(() => 0);
  disk.makeFolder('/audit');
  return { disk, log: folderOf(disk, '/audit/audit.log') };
}

test('a cursor is durable when it was written: a power cut that undoes every other change does not undo it', () => {
  const { disk, log } = folder();
  for (const next of [3, 7]) {
    writeCursor(log, { origin: 'a', next });
    disk.powerCut(() => 0.9);
    assert.deepEqual(readCursor(log), { origin: 'a', next });
  }
});

test('so is its removal, which leaves nothing that is held', () => {
  const { disk, log } = folder();
  writeCursor(log, { origin: 'a', next: 3 });
  removeCursor(log);
  disk.powerCut(() => 0.9);
  assert.equal(untakenFrom(log, 'a'), Infinity);
  removeCursor(log);
});

test('what the sender has not taken: all of a log whose cursor is another log\'s, nothing where there is no sender', () => {
  const { log } = folder();
  assert.equal(untakenFrom(log, 'a'), Infinity);
  writeCursor(log, { origin: 'a', next: 7 });
  assert.equal(untakenFrom(log, 'a'), 7);
  assert.equal(untakenFrom(log, 'b'), 0);
});

for (const text of ['', '{', '7', 'null', '{"next":7}', '{"origin":"a","next":-1}', '{"origin":"a","next":"7"}', '\0\0\0']) {
  test(`a cursor that reads ${JSON.stringify(text)} says nothing of what was taken`, () => {
    const { disk, log } = folder();
    createWhole(disk, log.path(log.names.sender), utf8(text));
    assert.equal(readCursor(log), undefined);
    assert.equal(untakenFrom(log, 'a'), undefined);
  });
}

test('nor does one that the disk does not give out', () => {
  const { disk, log } = folder();
  writeCursor(log, { origin: 'a', next: 7 });
  disk.openRead = () => {
    throw Object.assign(new Error('EACCES'), { code: 'EACCES' });
  };
  assert.equal(untakenFrom(log, 'a'), undefined);
});
