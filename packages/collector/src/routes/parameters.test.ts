import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SearchError } from '@agent-audit/search';
import { Refusal } from '../refusal.ts';
import { instantMs, searchDetails, searchOf } from './parameters.ts';

const refusedWith =
  (pattern: RegExp) =>
  (error: unknown): boolean =>
    error instanceof Refusal && error.code === 'REQUEST_MALFORMED' && pattern.test(error.message);

test('a time is RFC 3339 with any offset, or milliseconds', () => {
  const ms = Date.UTC(2026, 10, 24, 14, 0, 0, 120);
  for (const text of ['2026-11-24T14:00:00.12Z', '2026-11-24T15:00:00.120+01:00', '2026-11-24t14:00:00.120000z', String(ms)]) {
    assert.equal(instantMs('since', text), ms, text);
  }
  assert.equal(instantMs('since', '-1'), -1);
});

test('what is no time, or finer than a millisecond, is refused with what to do', () => {
  for (const text of [
    '',
    'yesterday',
    '2026-11-24',
    '2026-13-24T14:00:00Z',
    '2026-11-24T14:00:00',
    '99999999999999999',
    '1e3',
    'Infinity',
  ]) {
    assert.throws(() => instantMs('since', text), refusedWith(/"since" .* is no time: give 2026/), text);
  }
  assert.throws(
    () => instantMs('until', '2026-11-24T14:00:00.1234Z'),
    refusedWith(/search for timestamp:>=2026-11-24T14:00:00\.1234Z instead/),
  );
});

test('a search is told in its one form', () => {
  const search = searchOf({ q: ' severity:>=WARN   AND job_id:j-42 ', since: '1000', until: '2026-11-24T14:00:00Z' });
  assert.deepEqual(searchDetails(search), {
    q: 'severity:>=WARN job_id:j-42',
    since: '1970-01-01T00:00:01.000Z',
    until: '2026-11-24T14:00:00.000Z',
  });
  assert.deepEqual(searchOf({}), { query: { kind: 'all' }, text: '' });
});

test('a search that cannot be read, and times the wrong way round', () => {
  assert.throws(
    () => searchOf({ q: 'sevrity:>=WARN' }),
    (error) => error instanceof SearchError && error.column === 1,
  );
  assert.throws(() => searchOf({ since: '2000', until: '1000' }), refusedWith(/"until" 1000 lies before "since" 2000/));
});
