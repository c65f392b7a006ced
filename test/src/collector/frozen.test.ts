import { test } from 'node:test';
import { cannotCollect } from './collector.ts';
import { freezeCollector } from './frozen-support.ts';

test('a collector that freezes slows no agent, and gets all when it goes on', { skip: cannotCollect }, async (t) => {
  await freezeCollector(t, async (site) => {
    await site.when('a request waits for its answer', () => site.network.waiting > 0);
  });
});
