import assert from 'node:assert/strict';
import { test } from 'node:test';
import { axisStepMs, axisTicksMs, differ, length } from './length.ts';

test('a length is told in one unit or two, and never in sixty of one', () => {
  const told = [0, 0.42, 9.96, 150.4, 999.6, 57_300, 59_960, 61_000, 243_800, 3_599_700, 7_380_000, 86_399_000, 273_600_000].map(length);
  assert.deepEqual(told, [
    '0 ms', '0.4 ms', '10 ms', '150 ms', '1 s', '57.3 s', '1 min', '1 min 1 s', '4 min 4 s', '1 h', '2 h 3 min', '1 d', '3 d 4 h',
  ]);
});

test('two measures differ when it is neither a rounding nor a disk', () => {
  assert.deepEqual([differ(0, 99), differ(0.4, 150), differ(57_000, 57_300), differ(57_000, 70_000)], [false, true, false, true]);
});

test('an axis has round times, three of them at least and seven at most', () => {
  assert.deepEqual(axisTicksMs(158), [0, 50, 100, 150]);
  assert.deepEqual(axisTicksMs(57_600).map(length), ['0 ms', '10 s', '20 s', '30 s', '40 s', '50 s']);
  assert.deepEqual(axisTicksMs(86_400_000 * 40).map(length), ['0 ms', '10 d', '20 d', '30 d', '40 d']);
  for (let spanMs = 3; spanMs < 1e12; spanMs *= 1.37) {
    const ticks = axisTicksMs(spanMs);
    assert.ok(ticks.length >= 3 && ticks.length <= 7, `${spanMs} ms: ${ticks.join(', ')}`);
    assert.ok((ticks.at(-1) ?? 0) <= spanMs && (ticks.at(-1) ?? 0) + axisStepMs(spanMs) > spanMs);
  }
});
