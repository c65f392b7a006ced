import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'agent-audit/testing';
import { resolveConfig } from '../config/config.ts';
import type { JournalEntry } from '../own-log/journal.ts';
import type { Retention, StoreUpkeep } from '../store/store.ts';
import { Upkeep } from './upkeep.ts';

const gib = 1024 ** 3;

/** A store that remembers what it was told. */
function setUp(retention: object) {
  const [clock, rules, room] = [new ManualClock(), new Map<string, Retention>(), { free: 5 * gib }];
  const [entries, told, prunes] = [new Array<JournalEntry>(), new Array<string>(), new Array<number>()];
  const store: StoreUpkeep = {
    retention: async () => [...rules.values()],
    setRetention: async (rule) => void rules.set(rule.tenant, rule),
    prune: async (nowMs) => {
      prunes.push(nowMs);
      return prunes.length === 1 ? [{ logId: 'ab', next: 7, lines: 5 }] : [];
    },
    usage: async () => ({ events: 1, bytes: 2, freeBytes: room.free }),
  };
  const config = resolveConfig({ options: { retention }, env: {} });
  const tenants = (): string[] => ['a', 'b', 'c', '_collector'];
  const onTrouble = (code: string): void => void told.push(code);
  const journal = { record: (entry: JournalEntry): void => void entries.push(entry) };
  const parts = { store, retention: config.retention, tenants, clock, journal, onTrouble };
  const upkeep = new Upkeep(parts, { events: 0, bytes: 0 });
  const minute = async (): Promise<void> => {
    clock.advance(60_000);
    // What the minute began ends some turns later.
    for (let turn = 0; turn < 50; turn++) await Promise.resolve();
  };
  return { upkeep, clock, rules, entries, told, prunes, room, minute };
}

test('each tenant is kept as the configuration says, the own log for ever, and what went is told', async () => {
  const { upkeep, rules, entries, prunes } = setUp({ maxAgeDays: 90, tenants: { b: { hold: true }, c: { maxAgeDays: 0 } } });
  rules.set('gone', { tenant: 'gone', maxAgeDays: 1, hold: false });
  await upkeep.prune();
  const days = [...rules.values()].map(({ tenant, maxAgeDays, hold }) => `${tenant} ${maxAgeDays}${hold ? ' hold' : ''}`).toSorted();
  assert.deepEqual(days, ['a 90', 'b 90 hold', 'gone 90']);
  assert.equal(prunes.length, 1);
  assert.deepEqual(entries.map(({ type, target }) => [type, target?.id]), [
    ['retention_changed', 'a'],
    ['retention_changed', 'b'],
    ['retention_changed', 'gone'],
    ['events_pruned', 'ab'],
  ]);
  await upkeep.prune();
  assert.equal(entries.length, 4, 'nothing changes twice');
  await upkeep.close();
});

test('without a rule nothing is ever deleted', async () => {
  const { upkeep, rules } = setUp({});
  await upkeep.prune();
  assert.equal(rules.size, 0);
  await upkeep.close();
});

test('a disk that runs full is told of once, before it is full', async () => {
  const { upkeep, told, room, minute } = setUp({});
  room.free = gib / 2;
  await minute();
  await minute();
  assert.deepEqual(told, ['STORE_DISK_LOW']);
  room.free = 2 * gib;
  await minute();
  room.free = 0;
  await minute();
  assert.deepEqual(told, ['STORE_DISK_LOW', 'STORE_DISK_LOW']);
  assert.equal(upkeep.usage.freeBytes, 0);
  await upkeep.close();
});

test('it prunes once an hour, and not once the clock was set ahead', async () => {
  const { upkeep, clock, told, prunes, minute } = setUp({ maxAgeDays: 1 });
  for (let n = 0; n < 60; n++) await minute();
  assert.equal(prunes.length, 1);
  for (let n = 0; n < 2; n++) await minute();
  assert.equal(prunes.length, 2);
  clock.jump(400 * 86_400_000);
  for (let n = 0; n < 130; n++) await minute();
  assert.deepEqual([prunes.length, told], [2, ['CLOCK_JUMPED']]);
  await upkeep.close();
});
