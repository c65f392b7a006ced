import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from './memory-store.test.support.ts';
import { histories, live, World } from './model.test.support.ts';
import { requireContract } from './store-contract.test.support.ts';

test('the store in memory keeps what a store is held to', async () => {
  await requireContract(new MemoryStore(), 1);
});

test('whatever happens: what was acknowledged is stored, once, and everything arrives in the end', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const store = new MemoryStore();
      await live(new World(store), history);
      assert.deepEqual(store.overwritten, [], 'another line was given for a seq that had one');
      assert.equal(store.repeated, 0, 'lines were given to the store twice');
    }),
    { numRuns: 60 },
  );
});
