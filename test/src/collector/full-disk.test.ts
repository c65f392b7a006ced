// The collector's disk is full: it takes nothing more, and says so; agents keep all; when there is room again, all goes on by itself.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { SmallDisk } from '../small-disk.ts';
import { cannotCollect } from './collector.ts';
import { assertStoredOnce } from './promises.ts';
import { Site } from './site.ts';

const mebibytes = 96;
const namesMax = 100_000;

test('a collector whose disk is full refuses, keeps what it has, and goes on when there is room', { skip: cannotCollect }, async (t) => {
  const disk = SmallDisk.mount(t, namesMax, mebibytes);
  if (disk === undefined) return;
  const site = await Site.open(t, join(disk.folder, 'data'));
  try {
    await fillAndFree(site, disk);
  } finally {
    // Before the disk goes.
    await site.close();
  }
});

async function fillAndFree(site: Site, disk: SmallDisk): Promise<void> {
  const agent = await site.agent('scanner-1');
  await agent.log(200);
  const before = await agent.shipped();

  disk.fill();
  await agent.run();
  const refused = await agent.when('the refusal is told', ({ reasons }) => reasons.some(({ code }) => code === 'REMOTE_UNREACHABLE'));
  assert.match(refused.remote.lastError ?? '', /STORE_FULL|UNAVAILABLE/);
  assert.ok(site.network.statuses.includes(503), 'it says 503');
  assert.equal(site.collector.isOver, false);
  assert.equal((await site.reader.ask('/healthz')).status, 200);
  const { events, sequenced } = await agent.rest();
  assert.equal(sequenced, events, 'the agent keeps all');
  const { size = NaN } = (await site.reader.log(before.origin)) ?? {};
  const { remote } = await agent.health();
  assert.ok(size >= remote.size, 'what was acknowledged is there');

  disk.free();
  const after = await agent.shipped();
  assert.equal(after.state, 'ok');
  await assertStoredOnce(site, agent);
  assert.deepEqual(await site.reader.alarms(), []);
  await site.collector.stop();
  await site.startCollector();
  await assertStoredOnce(site, agent);
}
