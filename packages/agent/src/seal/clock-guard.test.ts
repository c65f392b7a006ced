import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatSidecarRecord, utf8 } from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import { createWhole } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { ManualClock, MemoryDisk } from '../testing/index.ts';
import { ClockGuard, type ClockStart, silentMs } from './clock-guard.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function guarded(given: Partial<ClockStart> = {}): { clock: ManualClock; guard: ClockGuard } {
  const clock = new ManualClock();
  const guard = new ClockGuard(clock, { checkpointMs: clock.now(), silenceMsMax: 15 * dayMs, doubtMs: () => 0, ...given });
  return { clock, guard };
}

/** Lets time pass, looking at the clocks as the sealer does. */
function run(clock: ManualClock, guard: ClockGuard, ms: number): void {
  for (let passed = 0; passed < ms; passed += hourMs / 2) {
    clock.advance(Math.min(hourMs / 2, ms - passed));
    guard.observe();
  }
}

test('time that passes is vouched for; time that the clock leaps over is not, for 24 hours', () => {
  const { clock, guard } = guarded();
  run(clock, guard, 40 * dayMs);
  assert.equal(guard.vouchedNow(), clock.now());
  clock.jump(365 * dayMs);
  assert.equal(guard.vouchedNow(), clock.now() - 365 * dayMs);
  assert.deepEqual([guard.jump?.byMs, guard.jump?.atStart], [365 * dayMs, false]);
  run(clock, guard, 23 * hourMs);
  assert.equal(guard.vouchedNow(), clock.now() - 365 * dayMs);
  run(clock, guard, 2 * hourMs);
  assert.equal(guard.vouchedNow(), clock.now());
  assert.equal(guard.jump, undefined);
});

test('a clock that creeps ahead in small steps gains no more by it', () => {
  const { clock, guard } = guarded();
  for (let i = 0; i < 40; i++) {
    clock.jump(hourMs / 2);
    run(clock, guard, hourMs / 2);
  }
  assert.equal(guard.vouchedNow(), clock.now() - 20 * hourMs);
});

test('a jump that is taken back is forgiven at once; one back is told, and makes nothing older', () => {
  const { clock, guard } = guarded();
  clock.jump(30 * dayMs);
  guard.observe();
  clock.jump(-30 * dayMs);
  assert.equal(guard.vouchedNow(), clock.now());
  clock.jump(-2 * hourMs);
  assert.equal(guard.vouchedNow(), clock.now());
  assert.equal(guard.jump?.byMs, -2 * hourMs);
});

test('time before the start is doubted for 24 hours, and asked for once', () => {
  let asked = 0;
  const doubtMs = (): number => {
    asked++;
    return 40 * dayMs;
  };
  const { clock, guard } = guarded({ doubtMs });
  assert.equal(guard.vouchedNow(), clock.now() - 40 * dayMs);
  run(clock, guard, dayMs - hourMs);
  assert.equal(guard.vouchedNow(), clock.now() - 40 * dayMs);
  run(clock, guard, hourMs);
  assert.equal(guard.vouchedNow(), clock.now());
  assert.equal(asked, 1);
});

test('a newest checkpoint that is far back, or ahead of the clock, is told as a jump', () => {
  const startMs = new ManualClock().now();
  const jumpOf = (checkpointMs: number): number | undefined => guarded({ checkpointMs }).guard.jump?.byMs;
  assert.equal(jumpOf(startMs - 14 * dayMs), undefined);
  assert.equal(jumpOf(startMs - 16 * dayMs), 16 * dayMs);
  assert.equal(jumpOf(startMs + hourMs / 2), undefined);
  assert.equal(jumpOf(startMs + 2 * hourMs), -2 * hourMs);
});

test('whatever the wall clock does, nothing is older than the time that has passed in the last 24 hours makes it', () => {
  const step = fc.record({ jumpMs: fc.integer({ min: -40 * dayMs, max: 40 * dayMs }), runMs: fc.integer({ min: 0, max: 5 * hourMs }) });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 4 }), (steps) => {
      const { clock, guard } = guarded();
      const startMs = clock.now();
      for (const { jumpMs, runMs } of steps) {
        clock.jump(jumpMs);
        run(clock, guard, runMs);
      }
      assert.ok(guard.vouchedNow() <= startMs + clock.monotonicMs());
    }),
  );
});

/** A log whose checkpoints were made at these times, oldest first, two a segment. */
function logOf(times: readonly number[]): ReturnType<typeof folderOf> {
  const disk = new MemoryDisk(() => 0);
  disk.makeFolder('/audit');
  const folder = folderOf(disk, '/audit/audit.log');
  const records = times.map((time, size) => formatSidecarRecord({ size, ts: isoTime(time), frontier: frontierOf(size), note: note(size) }));
  for (let first = 0; first < records.length; first += 2) {
    createWhole(disk, folder.path(folder.names.checkpoints(first)), utf8(records.slice(first, first + 2).join('')));
  }
  return folder;
}

/** As many hashes as a tree of this size has complete subtrees. */
function frontierOf(size: number): Uint8Array[] {
  return size.toString(2).replaceAll('0', '').split('').map(() => new Uint8Array(32));
}

function note(size: number): string {
  return `test/00\n${size}\n${Buffer.alloc(32).toString('base64')}\n\n— test/00 ${Buffer.alloc(68).toString('base64')}\n`;
}

test('silence before a start: what lies between the checkpoints of the last 24 hours, and the gap that leads into them', () => {
  const now = Date.UTC(2026, 5, 1);
  const silence = (ages: readonly number[], sizeMax: number = ages.length): number =>
    silentMs(logOf(ages.map((age) => now - age)), sizeMax, now) / hourMs;
  assert.equal(silence([]), 0);
  assert.equal(silence([0.5 * hourMs]), 0);
  assert.equal(silence([40 * dayMs]), 40 * 24, 'off for forty days');
  assert.equal(silence([40 * dayMs, 30_000, 20_000]), 40 * 24 - 30 / 3_600, 'a clock that leapt before the restart');
  assert.equal(silence([90 * dayMs, 26 * hourMs, 25 * hourMs, 2 * hourMs]), 25, 'and longer ago than a day: it counts no more');
  assert.equal(silence([3 * hourMs, -30 * dayMs, 0.5 * hourMs]), 2.5, 'one that was set right again');
  assert.equal(silence([3 * hourMs, 1 * hourMs], 0), 3, 'later checkpoints are of this run');
});
