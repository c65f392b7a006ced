import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MemoryStore } from './memory-store.test.support.ts';
import { histories, live, World } from './model.test.support.ts';

test('thousands of histories', async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const store = new MemoryStore();
      await live(new World(store), history);
      assert.deepEqual([store.overwritten, store.repeated], [[], 0]);
    }),
    { numRuns: 3000 },
  );
});
