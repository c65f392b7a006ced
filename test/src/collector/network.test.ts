// What lies between an agent and its collector fails in every way that it can: nothing is missing, nothing is there twice, and the agent's
// health tells what is wrong and that it is over.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cannotCollect } from './collector.ts';
import type { Weather } from './network.ts';
import { assertProven, assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

/** In these nothing comes through, or the agent cannot know that it did. */
const outages: readonly Weather[] = ['cut', 'half', 'deaf', 'mute', 'hung'];
/** These are only strange. */
const oddities: readonly Weather[] = ['slow', 'doubled', 'replayed'];

test('a network that fails in every way loses nothing, doubles nothing, and is told of', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const { network, random } = site;
  const agent = await site.agent('scanner-1', { maxSizeMB: 0.2 });
  await agent.run();
  await agent.when('lines are shipped', ({ remote }) => remote.size > 0);
  const weathers = [...outages, ...oddities].map((weather) => ({ weather, at: random.between(0, 1_000_000) }));
  for (const { weather } of weathers.toSorted((a, b) => a.at - b.at)) {
    const met = network.met[weather];
    network.weather = weather;
    await site.when(`requests meet a network that is ${weather}`, () => network.met[weather] - met >= (weather === 'hung' ? 1 : 3));
    const isOutage = outages.includes(weather);
    if (isOutage && weather !== 'hung') {
      const told = await agent.when('the outage is told', ({ reasons }) => reasons.some(({ code }) => code === 'REMOTE_UNREACHABLE'));
      assert.equal(told.state, 'degraded');
      assert.match(told.remote.lastError ?? '', /does not take lines/);
    }
    network.weather = 'fair';
    const { remote } = await agent.health();
    const healed = await agent.when(`lines are shipped after ${weather}`, (health) => {
      return health.remote.size > remote.size && health.state === 'ok';
    });
    assert.deepEqual(healed.reasons, []);
    assert.equal(healed.remote.lastError, undefined);
  }
  const { events, sequenced } = await agent.rest();
  assert.equal(sequenced, events, 'logging went on');
  await agent.shipped();
  await assertStoredOnce(site, agent);
  await assertProven(site, agent, 5);
  assert.equal((await site.reader.count('type:scan_completed')).count, events);
  assert.deepEqual(await site.reader.alarms(), [], 'no request that came twice, or late, is taken for a fork');
  assert.deepEqual(agent.troubledBesides('REMOTE_UNREACHABLE'), []);
  assert.ok(network.statuses.includes(409), 'requests came again that were answered before');
  t.diagnostic(`${events} events, ${network.statuses.length} requests`);
});
