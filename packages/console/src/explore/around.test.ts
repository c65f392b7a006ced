import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent } from '@agent-audit/log';
import { absenceOf, type Place, placesOf } from './around.ts';

const log = '0123456789abcdef0123456789abcdef';

function events(...seqs: readonly number[]): readonly ReadEvent[] {
  const common = { log, origin: 'a/x', tenant: 't', agent: 'a', received_at: '2026-11-24T14:00:00.000Z', line: '{}', marks: [] };
  return seqs.map((seq) => ({ ...common, seq }));
}

const told = (places: readonly Place[]): readonly string[] =>
  places.map((place) => (place.kind === 'line' ? String(place.event.seq) : `${place.from}-${place.to} ${place.why}`));

test('lines in order, and between them what is missing and why', () => {
  const answer = { events: events(3, 6, 7), gaps: [{ log, agent: 'a', from: 0, to: 3 }], size: 8 };
  assert.deepEqual(told(placesOf(answer, 1, 12)), ['1-3 gap', '3', '4-6 deleted', '6', '7']);
  assert.deepEqual([2, 4, 9].map((seq) => absenceOf(answer, seq)), ['gap', 'deleted', 'later']);
});

test('who may see a part of a log only is told of no reasons, and of nothing behind it', () => {
  assert.deepEqual(told(placesOf({ events: events(1, 4), gaps: [] }, 0, 9)), ['0-1 hidden', '1', '2-4 hidden', '4']);
});
