import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Alarm, StoredEvent } from '../store/store.ts';
import { Gaps } from './gaps.ts';

const logId = '0'.repeat(32);
const origin = `a/${logId}`;
const log = { logId, tenant: 'acme', agent: 'a', first: 1_200 };

const alarmOf = (id: string): Alarm =>
  ({ id, tenant: 'acme', agent: 'a', logId: id, origin, kind: 'GAP', atMs: 0, message: '', notes: [] });

/** Of every ten lines the last five are missing. */
const alarms = Array.from({ length: 120 }, (_, index): Alarm => {
  const range = { from: index * 10 + 5, to: index * 10 + 10 };
  return { id: String(index), tenant: 'acme', agent: 'a', logId, origin, kind: 'GAP', atMs: 0, message: '', notes: [], ...range };
});

function storeOf(told: readonly Alarm[]) {
  const asked = { alarms: 0, lines: 0 };
  const gaps = new Gaps({
    alarms: async () => {
      asked.alarms++;
      return told;
    },
    arrivals: async ({ lines }) => {
      asked.lines++;
      const seq = lines?.from ?? 0;
      const at = { receivedAtMs: 0, timestampMs: seq * 1_000 };
      const event: StoredEvent = { logId, origin, tenant: 'acme', agent: 'a', seq, line: '{}', marks: [], ...at };
      return { events: [event], more: false };
    },
  });
  return { gaps, asked };
}

test('so many gaps are listed with their times, all are counted, and the store is asked once', async () => {
  const { gaps, asked } = storeOf(alarms);
  for (let turn = 0; turn < 2; turn++) {
    const { total, listed } = await gaps.listed([log], 100);
    assert.equal(total, 120);
    assert.equal(listed.length, 100);
    const times = { from_time: '1970-01-01T00:00:04.000Z', to_time: '1970-01-01T00:00:10.000Z' };
    assert.deepEqual(listed[0], { log: logId, agent: 'a', from: 5, to: 10, ...times });
  }
  assert.deepEqual(asked, { alarms: 1, lines: 200 });
});

test('of many logs the store is asked once', async () => {
  const logs = Array.from({ length: 50 }, (_, index) => ({ ...log, logId: index.toString(16).padStart(32, '0') }));
  const told = logs.slice(1).map(({ logId: id }): Alarm => ({ ...alarmOf(id), from: 3, to: log.first }));
  const { gaps, asked } = storeOf(told);
  const found = await gaps.of(logs);
  const expected = [[logs[0]?.logId, 0, 1_200], [logs[1]?.logId, 3, 1_200]];
  assert.deepEqual(found.slice(0, 2).map(({ log: id, from, to }) => [id, from, to]), expected);
  assert.equal(found.length, logs.length);
  assert.deepEqual(await gaps.of(logs), found);
  assert.deepEqual(asked, { alarms: 2, lines: 0 }, 'and of the one whose alarm is on its way, again');
});

test('without their times no line is read', async () => {
  const { gaps, asked } = storeOf(alarms);
  const { total, listed } = await gaps.untimed([log], 100);
  assert.deepEqual([total, listed.length, listed[0]], [120, 100, { log: logId, agent: 'a', from: 5, to: 10 }]);
  assert.equal(asked.lines, 0);
});

test('a gap whose alarm is on its way is a gap', async () => {
  const { gaps } = storeOf(alarms.slice(0, 1));
  const { listed } = await gaps.listed([log], 100);
  assert.deepEqual(
    listed.map(({ from, to }) => [from, to]),
    [
      [5, 10],
      [10, 1_200],
    ],
  );
});
