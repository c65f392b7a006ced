import assert from 'node:assert/strict';
import { it } from 'node:test';
import { localTime, readTime } from './time.ts';

const nowMs = Date.UTC(2026, 10, 24, 14, 3, 22, 118);
const read = (text: string): string => readTime('since', text, { nowMs, utc: true });

it('reads every form of a time', () => {
  const cases: [text: string, time: string][] = [
    ['now', '2026-11-24T14:03:22.118Z'],
    ['500ms', '2026-11-24T14:03:21.618Z'],
    ['30s', '2026-11-24T14:02:52.118Z'],
    ['15m', '2026-11-24T13:48:22.118Z'],
    ['1.5h', '2026-11-24T12:33:22.118Z'],
    ['7d', '2026-11-17T14:03:22.118Z'],
    ['2w', '2026-11-10T14:03:22.118Z'],
    ['9999999d', '0000-01-01T00:00:00.000Z'],
    ['today', '2026-11-24T00:00:00.000Z'],
    ['yesterday', '2026-11-23T00:00:00.000Z'],
    ['2026-11-24', '2026-11-24T00:00:00.000Z'],
    ['2026-11-24T10:30', '2026-11-24T10:30:00.000Z'],
    ['2026-11-24 10:30:15', '2026-11-24T10:30:15.000Z'],
    ['2026-11-24T10:30:15.123456789Z', '2026-11-24T10:30:15.123456789Z'],
    ['2026-11-24T10:30:15.5+01:00', '2026-11-24T09:30:15.5Z'],
  ];
  for (const [text, time] of cases) assert.equal(read(text), time, text);
});

it('refuses what is no time, and says what is', () => {
  for (const text of ['', '15', '15x', 'tomorrow', '2026', '2026-13-01', '2026-02-30', '2026-11-24T25:00', '2026-11-24Z', '-5m']) {
    assert.throws(() => read(text), { name: 'CliError', code: 'USAGE_BAD_VALUE', message: /--since .* write 15m/ }, text);
  }
});

it('shows a time with its day and its zone', () => {
  assert.deepEqual(localTime(nowMs, true), { day: '2026-11-24 UTC', clock: '14:03:22.118' });
});
