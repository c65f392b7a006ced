import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotCollect } from './collector.ts';
import { freezeCollector, whileFrozen } from './frozen-support.ts';

const frozenMs = 60_000;

test('a collector frozen for a minute slows no agent, is told of, and gets all when it goes on', { skip: cannotCollect }, async (t) => {
  await freezeCollector(t, async ({ agents }) => {
    await whileFrozen(frozenMs);
    const [agent] = agents;
    const told = await agent?.when('the outage is told', ({ reasons }) => reasons.length > 0);
    assert.deepEqual(told?.reasons.map(({ code }) => code), ['REMOTE_UNREACHABLE']);
  });
});
