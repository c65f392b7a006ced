// What ingest relies on in an IngestStore. Every store that it is tested with passes this.
import assert from 'node:assert/strict';
import type { Alarm, Commit, IngestStore, LineBatch, LogRecord } from '../store/store.ts';
import { eventLine, TestLog } from './log.test.support.ts';

const nothing: Commit = { batches: [], nodes: [], alarms: [], records: [] };

/** Takes a store with nothing of the logs of these seeds in it. */
export async function requireContract(store: IngestStore, seed: number): Promise<void> {
  const log = new TestLog(seed, 'agent-1', 40).add(Buffer.of(0xff, 0x00, 0x5c, 0x0d, 0x0a)).add(Buffer.of(0x0a)).add(eventLine(42));
  const batch = (from: number, to: number): LineBatch => {
    const { logId, origin } = log;
    const whose = { logId, origin, tenant: 'acme', agent: 'agent-1' };
    return { ...whose, from, bytes: log.bytes(from, to), lines: to - from, receivedAtMs: Date.UTC(2026, 0, 1) };
  };
  await lines(store, log, batch);
  await rest(store, log, new TestLog(seed + 1, 'b').logId);
}

async function lines(store: IngestStore, log: TestLog, batch: (from: number, to: number) => LineBatch): Promise<void> {
  const { logId } = log;
  assert.equal(await store.storedSize(logId, 0), 0);
  assert.equal(await store.storedSize(logId, 7), 7);
  await store.commit({ ...nothing, batches: [batch(0, 10), batch(20, 43)] });
  assert.deepEqual([await store.storedSize(logId, 0), await store.storedSize(logId, 5), await store.storedSize(logId, 20)], [10, 10, 43]);
  const some = await store.lines(logId, 8, 22);
  assert.deepEqual(some.seqs, [8, 9, 20, 21]);
  assert.deepEqual(Buffer.from(some.bytes), Buffer.concat([log.bytes(8, 10), log.bytes(20, 22)]));
  for (const _ of [1, 2]) await store.commit({ ...nothing, batches: [batch(10, 20)] });
  await store.commit({ ...nothing, batches: [batch(0, 10)] });
  const all = await store.lines(logId, 0, 100);
  assert.deepEqual([all.seqs.length, Buffer.from(all.bytes)], [43, Buffer.from(log.bytes(0))]);
  for (const _ of [1, 2]) await store.erase(logId, [{ seq: 3, line: log.stub(3) }, { seq: 11, line: log.stub(11) }]);
  assert.deepEqual(Buffer.from((await store.lines(logId, 3, 4)).bytes), Buffer.from(log.stub(3)));
  assert.deepEqual(Buffer.from((await store.lines(logId, 10, 12)).bytes), Buffer.concat([log.bytes(10, 11), log.stub(11)]));
  assert.equal(await store.storedSize(logId, 0), 43);
}

async function rest(store: IngestStore, { logId, origin, vkey, leaves }: TestLog, otherId: string): Promise<void> {
  const node = { logId, level: 8, index: 3, hash: leaves[0] ?? new Uint8Array(32) };
  const facts = { kind: 'GAP', atMs: Date.UTC(2026, 0, 1), message: 'm', notes: ['n\n'], from: 1, to: 2 } as const;
  const alarm: Alarm = { id: logId, tenant: 'acme', agent: 'agent-1', logId, origin, ...facts };
  const times = { enrolledAtMs: 1, seenAtMs: 2, grownAtMs: 2, newestEventMs: 0 };
  const whose = { logId, origin, vkey, tenant: 'acme', agent: 'agent-1' };
  const sound = { frontier: [], note: '', end: 'open', state: 'sound', erasing: [] } as const;
  const record: LogRecord = { ...whose, ...times, first: 0, size: 0, toldSize: undefined, ...sound };
  const grows = { size: 3, toldSize: 9, end: 'stop', erasing: [1, 2] } as const;
  const grown: LogRecord = { ...record, ...grows, frontier: leaves.slice(0, 2), note: 'n\n\n— k s\n' };
  await store.commit({ ...nothing, records: [record] });
  for (const _ of [1, 2]) await store.commit({ ...nothing, nodes: [node], alarms: [alarm], records: [grown] });
  await store.commit({ ...nothing, alarms: [{ ...alarm, atMs: 99 }], records: [{ ...record, logId: otherId }] });
  assert.deepEqual(await store.record(logId), grown);
  assert.equal(await store.record('0'.repeat(32)), undefined);
  const known = await store.records();
  assert.deepEqual(known.filter(({ logId: id }) => id === logId), [grown]);
  assert.ok(known.some(({ logId: id }) => id === otherId));
  assert.deepEqual(await store.nodes(logId, [{ level: 8, index: 3 }, { level: 8, index: 4 }]), [node]);
  const alarms = await store.alarms({ tenant: 'acme', agent: 'agent-1' }, 1000);
  const [told, ...more] = alarms.filter(({ logId: id }) => id === logId);
  assert.deepEqual([{ ...told, atMs: alarm.atMs }, more], [alarm, []], 'one id, one alarm');
  assert.deepEqual((await store.alarms({ tenant: 'rival' }, 1000)).filter(({ logId: id }) => id === logId), []);
  assert.deepEqual((await store.alarms({}, 1000, logId)).map(({ id }) => id), [alarm.id]);
  assert.deepEqual(await store.alarms({}, 1000, otherId), []);
  const counts = await store.alarmCounts({ tenant: 'acme' });
  assert.deepEqual([counts.get(logId), counts.get(otherId)], [1, undefined], 'one id is counted once');
  assert.equal((await store.alarmCounts({ tenant: 'rival' })).get(logId), undefined);
  await store.announce('one');
  await store.announce('one');
  assert.equal((await store.cosigners()).filter((key) => key === 'one').length, 1);
}
