import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareInstants, type Instant, parseInstant } from './instant.ts';

function instant(text: string): Instant {
  const parsed = parseInstant(text);
  assert.ok(parsed !== undefined, text);
  return parsed;
}

it('orders times as instants, to the last digit and in any zone', () => {
  const ascending = [
    '0000-01-01',
    '0099-12-31T23:59:59Z',
    '1969-12-31T23:59:59.999Z',
    '1970-01-01',
    '2026-11-24T14:03:22Z',
    '2026-11-24T14:03:22.000000000000000000000001Z',
    '2026-11-24T14:03:22.09Z',
    '2026-11-24T14:03:22.1Z',
    '2026-11-24T15:03:22.118+01:00',
    '2026-11-24T14:03:22.1180000001Z',
    '2026-11-24T08:33:22.119-05:30',
    '2026-11-25',
    '9999-12-31T23:59:59.9Z',
  ].map(instant);
  for (const [index, left] of ascending.entries()) {
    for (const [other, right] of ascending.entries())
      assert.equal(Math.sign(compareInstants(left, right)), Math.sign(index - other), `${index} ${other}`);
  }
});

it('takes different writings of one instant as equal', () => {
  const same = [
    '2026-11-24T00:00:00Z',
    '2026-11-24',
    '2026-11-24t00:00:00.000z',
    '2026-11-24T01:30:00+01:30',
    '2026-11-23T23:59:60Z',
    '2026-11-23T19:00:00-05:00',
  ];
  for (const text of same) assert.equal(compareInstants(instant(text), instant('2026-11-24')), 0, text);
  assert.equal(instant('2024-02-29').seconds, Date.UTC(2024, 1, 29) / 1_000);
});

it('refuses what is no time', () => {
  const wrong = [
    '',
    '2026',
    '2026-11',
    '2026-13-01',
    '2026-00-01',
    '2026-02-29',
    '2026-11-31',
    '2026-11-24T10:00:00',
    '2026-11-24T10:00Z',
    '2026-11-24T24:00:00Z',
    '2026-11-24T10:60:00Z',
    '2026-11-24T10:00:61Z',
    '2026-11-24T10:00:00.Z',
    '2026-11-24T10:00:00+24:00',
    '2026-11-24T10:00:00+01:60',
    '2026-11-24 10:00:00Z',
    '2026-11-24Z',
    ' 2026-11-24',
    '2026-11-24\n',
  ];
  for (const text of wrong) assert.equal(parseInstant(text), undefined, text);
});
