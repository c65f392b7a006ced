import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTimestamp } from '@agent-audit/log';
import fc from 'fast-check';
import { TimeCache, timestampText } from './timestamp.ts';

test('a time of the format keeps every digit; an offset becomes Z', () => {
  const cases: [unknown, string | undefined][] = [
    ['2026-11-24T14:03:22.118Z', '2026-11-24T14:03:22.118Z'],
    ['2026-11-24T14:03:22.118999123456789Z', '2026-11-24T14:03:22.118999123456789Z'],
    ['2026-11-24T14:03:22Z', '2026-11-24T14:03:22.000Z'],
    ['2026-11-24t14:03:22.5z', '2026-11-24T14:03:22.500Z'],
    ['2026-11-24 14:03:22.25+00:00', '2026-11-24T14:03:22.250Z'],
    ['2026-01-01T00:30:00.123456789+05:30', '2025-12-31T19:00:00.123456789Z'],
    ['2024-02-28T23:59:59.999-00:01', '2024-02-29T00:00:59.999Z'],
    ['2026-06-30T23:59:60Z', '2026-06-30T23:59:60.000Z'],
    [new Date(0), '1970-01-01T00:00:00.000Z'],
    ['2026-02-29T00:00:00Z', undefined],
    ['2026-13-01T00:00:00Z', undefined],
    ['2026-01-01T24:00:00Z', undefined],
    ['2026-01-01T00:00:61Z', undefined],
    ['2026-01-01T00:00:00', undefined],
    ['2026-01-01T00:00:00.Z', undefined],
    ['2026-01-01', undefined],
    ['2026-01-01T00:00:00+24:00', undefined],
    ['0000-01-01T00:00:00+01:00', undefined],
    [`2026-01-01T00:00:00.${'1'.repeat(60)}Z`, undefined],
    [new Date(Number.NaN), undefined],
    [new Date(8.64e15), undefined],
    [1_790_000_000_000, undefined],
    [{}, undefined],
    [new Proxy({}, { getPrototypeOf: () => { throw new Error('boom'); } }), undefined],
  ];
  for (const [given, expected] of cases) assert.equal(timestampText(given), expected, String(expected));
});

test('every Date of the format\'s years, written with any offset, is the same instant', () => {
  const dates = fc.date({ min: new Date(86_400_000), max: new Date(253_402_000_000_000), noInvalidDate: true });
  fc.assert(
    fc.property(dates, fc.integer({ min: -1_439, max: 1_439 }), (date, offset) => {
      assert.equal(timestampText(date), date.toISOString());
      const local = new Date(date.getTime() + offset * 60_000).toISOString().slice(0, -1);
      const minutes = Math.abs(offset);
      const zone = [Math.floor(minutes / 60), minutes % 60].map((part) => String(part).padStart(2, '0')).join(':');
      assert.equal(timestampText(`${local}${offset < 0 ? '-' : '+'}${zone}`), date.toISOString());
    }),
  );
});

test('the time of a line is a timestamp whatever the clock says', () => {
  const cache = new TimeCache();
  const times = [0, 1, 1, 1.9, -1, Number.NaN, Infinity, -Infinity, 1e20, Date.UTC(2026, 10, 24)];
  for (const timeMs of times) assert.ok(isTimestamp(cache.text(timeMs)), `${timeMs}`);
  assert.equal(cache.text(1.9), '1970-01-01T00:00:00.001Z');
  const { bytes } = cache.field(Date.UTC(2026, 10, 24, 1, 2, 3, 4));
  assert.equal(Buffer.from(bytes).toString(), ',"timestamp":"2026-11-24T01:02:03.004Z"');
});
