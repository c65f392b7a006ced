import assert from 'node:assert/strict';
import { test } from 'node:test';
import { utf8 } from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import { createWhole } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { ManualClock, MemoryDisk } from '../testing/index.ts';
import { diskError } from '../testing/memory-disk.ts';
import type { SealEvent } from './driver.ts';
import { Maintenance, type MaintenanceLimits } from './maintenance.ts';

const limits: MaintenanceLimits = { ageMsMax: Infinity, totalBytesMax: 1, freeBytesMin: 1, hold: false, isShipped: false };

/** Two closed segments, lines 0–4 and 5–9, and an active one from 10 on. */
function twoClosed(given: Partial<MaintenanceLimits> = {}): {
  clock: ManualClock;
  disk: MemoryDisk;
  events: SealEvent[];
  maintenance: Maintenance;
} {
  const clock = new ManualClock();
  const disk = new MemoryDisk(() => clock.now());
  disk.makeFolder('/audit');
  const folder = folderOf(disk, '/audit/audit.log');
  for (const first of [0, 5]) {
    createWhole(disk, folder.path(folder.names.closed(first)), utf8('lines\n'));
    createWhole(disk, folder.path(folder.names.checkpoints(first)), utf8('records\n'));
  }
  createWhole(disk, folder.logFile, utf8('lines\n'));
  const events: SealEvent[] = [];
  const checkpoint = { size: 10, ts: isoTime(clock.now()) };
  const emit = (event: SealEvent): void => void events.push(event);
  const parts = { folder, clock, limits: { ...limits, ...given }, origin: 'test', checkpoint, emit };
  return { clock, disk, events, maintenance: new Maintenance(parts) };
}

/** Turns until nothing is left to do. */
function rest(maintenance: Maintenance, sealedSize: number): void {
  while (maintenance.turn(sealedSize, 10) === 0);
}

test('what is being packed does not come back when it is deleted meanwhile', () => {
  const { disk, events, maintenance } = twoClosed();
  assert.equal(maintenance.turn(10, 10), 0);
  assert.deepEqual(events, [{ kind: 'prune_wanted', next: 10, bytes: 28, why: 'size' }]);
  maintenance.prune(10, 11);
  rest(maintenance, 12);
  assert.deepEqual(disk.list('/audit'), ['audit.log']);
});

test('nothing is deleted before the line that says so is sealed', () => {
  const { disk, maintenance } = twoClosed();
  maintenance.turn(10, 10);
  maintenance.prune(10, 11);
  rest(maintenance, 11);
  assert.deepEqual(disk.list('/audit').filter((name) => name.endsWith('.checkpoints')).length, 2);
});

test('no more is to go than what the disk lacks: it is looked at anew when the first has gone', () => {
  const { disk, events, maintenance } = twoClosed({ totalBytesMax: Infinity, freeBytesMin: 10 });
  const totalBytes = disk.usedBytes() + 9;
  disk.space = () => ({ freeBytes: totalBytes - disk.usedBytes(), totalBytes: 1_000 });
  maintenance.turn(10, 10);
  assert.deepEqual(events, [{ kind: 'prune_wanted', next: 5, bytes: 14, why: 'free' }]);
  maintenance.prune(5, 11);
  rest(maintenance, 12);
  assert.equal(events.length, 1, JSON.stringify(events));
  assert.deepEqual(disk.list('/audit').filter((name) => name.includes('005.')).length, 2);
});

for (const [what, spoil] of [
  ['opened', (disk, path) => {
    const openRead = disk.openRead.bind(disk);
    disk.openRead = (opened) => {
      if (opened === path) throw diskError('EACCES', 'open', opened);
      return openRead(opened);
    };
    return () => {
      disk.openRead = openRead;
    };
  }],
  ['read', (disk, path) => {
    const [openRead, read] = [disk.openRead.bind(disk), disk.read.bind(disk)];
    let bad = -1;
    disk.openRead = (opened) => {
      const fd = openRead(opened);
      if (opened === path) bad = fd;
      return fd;
    };
    disk.read = (fd, ...where) => {
      if (fd === bad) throw diskError('EIO', 'read', path);
      return read(fd, ...where);
    };
    return () => {
      Object.assign(disk, { openRead, read });
    };
  }],
] as const satisfies readonly (readonly [string, (disk: MemoryDisk, path: string) => () => void])[]) {
  test(`a closed segment that cannot be ${what} is told once and tried every minute; those after it are packed meanwhile`, () => {
    const { clock, disk, events, maintenance } = twoClosed({ hold: true });
    const mend = spoil(disk, '/audit/audit-000000000000000.log');
    let tries = 0;
    const createAppend = disk.createAppend.bind(disk);
    disk.createAppend = (path) => {
      if (path.includes('000000.log')) tries++;
      return createAppend(path);
    };
    const packed = (): string[] => disk.list('/audit').filter((name) => name.endsWith('.gz')).toSorted();
    rest(maintenance, 10);
    assert.deepEqual(packed(), ['audit-000000000000005.log.gz']);
    assert.deepEqual(events.map(({ kind }) => kind), ['upkeep_failed']);
    assert.match(JSON.stringify(events), /MAINTENANCE_FAILED.*audit-000000000000000\.log: (EACCES|EIO)/);
    for (let second = 0; second < 59; second++) {
      clock.advance(1_000);
      rest(maintenance, 10);
    }
    assert.ok(tries <= 1, String(tries));
    clock.advance(1_000);
    rest(maintenance, 10);
    assert.equal(events.length, 1, 'told once');
    mend();
    clock.advance(60_000);
    rest(maintenance, 10);
    assert.deepEqual(packed(), ['audit-000000000000000.log.gz', 'audit-000000000000005.log.gz']);
    assert.deepEqual(events.map(({ kind }) => kind), ['upkeep_failed', 'upkeep_well']);
    assert.deepEqual(disk.list('/audit').filter((name) => name.endsWith('.tmp')), []);
  });
}

test('on a full disk nothing is packed for a minute, instead of each segment in vain', () => {
  const { clock, disk, events, maintenance } = twoClosed({ hold: true });
  let tries = 0;
  const append = disk.append.bind(disk);
  disk.append = (fd) => {
    tries++;
    throw diskError('ENOSPC', 'write', String(fd));
  };
  for (let second = 0; second < 60; second++) {
    rest(maintenance, 10);
    clock.advance(1_000);
  }
  assert.equal(tries, 1);
  assert.deepEqual(events.map(({ kind }) => kind), ['upkeep_failed']);
  disk.append = append;
  rest(maintenance, 10);
  assert.equal(disk.list('/audit').filter((name) => name.endsWith('.gz')).length, 2);
});

test('hold: closed segments are packed, and none is to go', () => {
  const { disk, events, maintenance } = twoClosed({ hold: true });
  rest(maintenance, 10);
  assert.deepEqual(events, []);
  const data = disk.list('/audit').filter((name) => name.includes('.log'));
  assert.deepEqual(data.toSorted(), ['audit-000000000000000.log.gz', 'audit-000000000000005.log.gz', 'audit.log']);
});
