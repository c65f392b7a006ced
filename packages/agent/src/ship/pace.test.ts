import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { pauseMs, readRetryAfter } from './pace.ts';

const hourMs = 3_600_000;

test('pauses double, up to a minute, and to five once nothing has worked for an hour; all of it is by chance', () => {
  const at = (tries: number, outageMs: number, random: number): number => pauseMs({ tries, outageMs, retryAfterMs: undefined }, random);
  assert.deepEqual([1, 2, 3, 7, 50].map((tries) => at(tries, 0, 0.999_999)).map(Math.round), [1_000, 2_000, 4_000, 60_000, 60_000]);
  assert.equal(Math.round(at(50, hourMs, 0.999_999)), 300_000);
  assert.equal(at(50, hourMs, 0), 250);
  assert.equal(at(50, 0, 0.5), 30_000);
});

test('a pause is never shorter than what the collector asks for, and not much longer', () => {
  const cases = fc.record({
    tries: fc.integer({ min: 1, max: 1_000 }),
    outageMs: fc.nat(10 * hourMs),
    retryAfterMs: fc.option(fc.integer({ min: 0, max: hourMs }), { nil: undefined }),
  });
  fc.assert(
    fc.property(cases, fc.double({ min: 0, max: 0.999_999, noNaN: true }), (failure, random) => {
      const ms = pauseMs(failure, random);
      const least = failure.retryAfterMs ?? 250;
      assert.ok(ms >= least && ms <= Math.max(300_000, least + 30_000), String(ms));
    }),
  );
});

test('Retry-After is seconds or a date, an hour at most, and nothing where it is neither', () => {
  const now = Date.UTC(2026, 10, 24, 14, 0, 0);
  assert.equal(readRetryAfter('120', now), 120_000);
  assert.equal(readRetryAfter('0', now), 0);
  assert.equal(readRetryAfter('Tue, 24 Nov 2026 14:01:00 GMT', now), 60_000);
  assert.equal(readRetryAfter('Tue, 24 Nov 2026 13:00:00 GMT', now), 0);
  assert.equal(readRetryAfter('999999999', now), hourMs);
  assert.equal(readRetryAfter('Tue, 24 Nov 2037 14:01:00 GMT', now), hourMs);
  for (const header of [undefined, '', 'soon', '99999999999999999999']) assert.equal(readRetryAfter(header, now), undefined, header);
});
