import assert from 'node:assert/strict';
import { it } from 'node:test';
import { byteSize, count, counted, duration } from './units.ts';

it('writes numbers with their thousands apart', () => {
  assert.deepEqual([0, 999, 1_000, 12_304, 9_007_199_254_740_991].map(count), ['0', '999', '1,000', '12,304', '9,007,199,254,740,991']);
  assert.deepEqual([counted(1, 'line'), counted(0, 'line'), counted(2_000, 'line')], ['1 line', '0 lines', '2,000 lines']);
});

it('writes sizes to three digits', () => {
  const cases: [bytes: number, text: string][] = [
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [2_600, '2.6 kB'],
    [9_960, '9.96 kB'],
    [99_960, '100 kB'],
    [999_400, '999 kB'],
    [999_600, '1.0 MB'],
    [43_000_000, '43.0 MB'],
    [5_000_000_000_000_000, '5000 TB'],
  ];
  for (const [bytes, text] of cases) assert.equal(byteSize(bytes), text);
});

it('writes durations in the unit that a person would take', () => {
  const cases: [milliseconds: number, text: string][] = [
    [0, '0 ms'],
    [94, '94 ms'],
    [400, '0.4 s'],
    [9_949, '9.9 s'],
    [12_400, '12 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
    [8.64e10, '1,000 d'],
  ];
  for (const [milliseconds, text] of cases) assert.equal(duration(milliseconds), text);
});
