// A collector that is there and does nothing: its process is stopped (SIGSTOP), so that connections open and no answer comes.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

const events = 3_000;

/** Freezes the collector for as long as that takes, while an agent logs; then holds both to their promises. */
export async function freezeCollector(t: TestContext, isLongEnough: (site: Site) => Promise<void>): Promise<void> {
  const site = await Site.open(t);
  const agent = await site.agent('scanner-1');
  await agent.log(10);
  const before = await agent.shipped();
  site.collector.signal('SIGSTOP');
  assert.deepEqual(await agent.log(events), { events: events + 10, sequenced: events + 10 }, 'log() gives a seq at once, each time');
  // Sealed and durable without the collector's doing.
  await agent.flush();
  await isLongEnough(site);
  const during = await agent.health();
  assert.equal(during.remote.size, before.remote.size, 'nothing was acknowledged');
  assert.ok(during.remote.lagEvents >= events);
  assert.deepEqual(during.lost.events, 0);
  assert.deepEqual(await agent.log(events), { events: 2 * events + 10, sequenced: 2 * events + 10 });
  site.collector.signal('SIGCONT');
  const after = await agent.shipped();
  assert.equal(after.state, 'ok');
  await assertStoredOnce(site, agent);
  assert.deepEqual(await site.reader.alarms(), []);
}

/** The disturbance itself takes its time. */
export async function whileFrozen(ms: number): Promise<void> {
  await sleep(ms);
}
