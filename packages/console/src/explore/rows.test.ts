import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReadEvent } from '@agent-audit/log';
import { FoundKeys, Rows } from './rows.ts';

const log = '0123456789abcdef0123456789abcdef';

function events(...seqs: readonly number[]): readonly ReadEvent[] {
  const common = { log, origin: 'a/x', tenant: 't', agent: 'a', received_at: '2026-11-24T14:00:00.000Z', line: '{}', marks: [] };
  return seqs.map((seq) => ({ ...common, seq }));
}

test('rows go over all lists in their order, empty ones too', () => {
  const rows = new Rows([events(), events(9, 8, 7), events(), events(6), events(5, 4), events()]);
  assert.deepEqual(Array.from({ length: rows.length + 1 }, (_, index) => rows.at(index)?.seq), [9, 8, 7, 6, 5, 4, undefined]);
  assert.deepEqual([9, 6, 4, 3].map((seq) => rows.indexOf({ log, seq })), [0, 3, 5, -1]);
  assert.equal(rows.indexOf({ log: log.replace('0', '1'), seq: 9 }), -1);
  assert.equal(rows.at(-1), undefined);
  assert.deepEqual([new Rows([]).length, new Rows([]).at(0)], [0, undefined]);
});

test('what was found is not shown a second time, whichever page has it; other pages forget it', () => {
  const found = new FoundKeys();
  const [first, second] = [{ events: events(9, 8) }, { events: events(7) }];
  assert.deepEqual(found.without(events(10, 9, 7), [first]).map(({ seq }) => seq), [10, 7]);
  assert.deepEqual(found.without(events(10, 9, 7), [first, second]).map(({ seq }) => seq), [10]);
  assert.deepEqual(found.without(events(10, 9, 7), [second]).map(({ seq }) => seq), [10, 9]);
});
