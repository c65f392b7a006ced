import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TimeBar } from '@agent-audit/log';
import { amountsOf, seriesOf } from './timeline-series.ts';

function bar(counts: Readonly<Record<string, number>>): TimeBar {
  return { from: '2026-11-24T14:00:00.000Z', counts: Object.entries(counts).map(([value, count]) => ({ value, count })) };
}

test('severities stand in their order, the worst at the bottom; a value that is none of them is not lost', () => {
  const bars = [bar({ INFO: 5, CRITICAL: 1 }), bar({ WARN: 2, '': 3 })];
  const series = seriesOf({ by: 'severity', bars });
  assert.deepEqual(
    series.map(({ value, look, total }) => [value, look, total]),
    [['CRITICAL', 'critical', 1], ['WARN', 'warn', 2], ['INFO', 'info', 5], [undefined, 'other', 3]],
  );
  assert.deepEqual(bars.map((each) => amountsOf(each, series)), [[1, 0, 5, 0], [0, 2, 0, 3]]);
});

test('the six most frequent types have a colour, all others share one, and every event is in some series', () => {
  const bars = [bar({ a: 9, b: 8, c: 7, d: 6, e: 5 }), bar({ f: 4, g: 3, h: 2, a: 1 })];
  const series = seriesOf({ by: 'type', bars });
  assert.deepEqual(series.map(({ value }) => value), ['a', 'b', 'c', 'd', 'e', 'f', undefined]);
  assert.equal(series.at(-1)?.total, 5);
  assert.deepEqual(amountsOf(bar({ g: 3, h: 2, a: 1 }), series), [1, 0, 0, 0, 0, 0, 5]);
  const summed = seriesOf({ by: 'type', bars: [bar({ other: 50, a: 1, b: 1, c: 1, d: 1, e: 1, f: 1, g: 1 })] });
  assert.deepEqual(summed.map(({ value, total }) => [value, total]).slice(-2), [['f', 1], [undefined, 51]]);
  assert.deepEqual(seriesOf({ by: 'type', bars: [bar({ b: 1, a: 1 })] }).map(({ value }) => value), ['a', 'b']);
  assert.deepEqual(seriesOf({ by: 'type', bars: [] }), []);
});
