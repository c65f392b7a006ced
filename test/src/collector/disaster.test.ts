// The collector's data is set back, or gone. What it had promised is told of by those who hold its promises; what agents still have comes
// again; what they have not is a gap that every answer shows.
import assert from 'node:assert/strict';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Agent } from './agent.ts';
import { cannotCollect } from './collector.ts';
import { assertStoredOnce, firstLine } from './promises.ts';
import { Site } from './site.ts';

test('a collector restored from an old backup tells of it, and shows what nobody has any more', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const keeping = await site.agent('keeper-1');
  // Deletes what is cosigned, soon.
  const pruning = await site.agent('pruner-1', { maxSizeMB: 0.04, maxTotalSizeMB: 0.1 });
  const agents = [keeping, pruning];
  for (const agent of agents) {
    await agent.log(200);
    await agent.shipped();
  }
  const old = await Promise.all(agents.map((agent) => agent.health()));
  await site.collector.stop();
  const backup = join(site.folder, 'backup');
  cpSync(site.dataFolder, backup, { recursive: true });
  await site.startCollector();
  await keeping.log(300);
  await keeping.shipped();
  await site.when('what the backup lacks is deleted at the agent', async () => {
    await pruning.log(300);
    await pruning.shipped();
    return (await firstLine(pruning)) > (old[1]?.size ?? 0);
  });
  await site.collector.kill();
  rmSync(site.dataFolder, { recursive: true });
  cpSync(backup, site.dataFolder, { recursive: true });
  await site.startCollector();

  for (const agent of agents) {
    await agent.log(1);
    await agent.troubled('REMOTE_LOST_DATA');
    const { state } = await agent.shipped();
    assert.equal(state, 'ok', 'it is over once all is there again');
    assert.deepEqual(agent.troubledBesides('REMOTE_LOST_DATA', 'REMOTE_UNREACHABLE'), []);
  }
  const alarms = await site.reader.alarms();
  for (const [i, agent] of agents.entries()) {
    const lost = alarms.find(({ kind, agent: about }) => kind === 'DATA_LOST' && about === agent.options.agentId);
    assert.equal(lost?.from, old[i]?.size, 'the alarm says from where on it has lost lines');
    assert.equal(lost?.notes.length, 2, 'what it has, and what it had cosigned');
  }
  await assertStoredOnce(site, keeping);
  await assertGapShown(site, pruning, old[1]?.size ?? 0);
  assert.deepEqual([...new Set(alarms.map(({ kind }) => kind))].toSorted(), ['DATA_LOST', 'GAP']);
});

/** Lines from `from` on are gone at both sides, up to some line; everything else of the log is there. */
async function assertGapShown(site: Site, agent: Agent, from: number): Promise<void> {
  const { agentId } = agent.options;
  const { origin } = await agent.health();
  const log = await site.reader.log(origin);
  const [gap] = log?.gaps ?? [];
  assert.equal(gap?.from, from);
  const to = gap?.to ?? NaN;
  assert.ok(to > from);
  assert.equal(log?.first, to);
  const { completeness } = await site.reader.count(`agent_id:${agentId}`);
  assert.ok(completeness.gaps[0] !== undefined);
  const { from_time: after, to_time: before, ...shown } = completeness.gaps[0];
  assert.deepEqual(shown, { log: log?.log, agent: agentId, from, to });
  assert.ok(after !== undefined && before !== undefined && after <= before, 'the times around it are told');
  assert.equal(completeness.gaps_total, 1);
  const alarm = (await site.reader.alarms()).find(({ kind }) => kind === 'GAP');
  assert.deepEqual({ from: alarm?.from, to: alarm?.to, agent: alarm?.agent }, { from, to, agent: agentId });
  const { events } = await site.reader.events(`agent_id:${agentId}`);
  const seqs = events.map(({ seq }) => seq);
  const size = log?.size ?? NaN;
  assert.deepEqual(seqs, Array.from({ length: size }, (_, seq) => seq).filter((seq) => seq < from || seq >= to));
  await assertStoredOnce(site, agent, Math.max(to, await firstLine(agent)));
}

test('a collector whose store is wiped is told of, and gets every log again', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const agent = await site.agent('scanner-1', { maxSizeMB: 0.05 });
  await agent.log(500);
  await agent.shipped();
  await site.collector.kill();
  rmSync(join(site.dataFolder, 'store'), { recursive: true });
  await site.startNewCollector();
  await agent.log(1);
  await agent.troubled('REMOTE_LOST_DATA');
  assert.equal((await agent.shipped()).state, 'ok');
  await assertStoredOnce(site, agent);
  assert.deepEqual(agent.troubledBesides('REMOTE_LOST_DATA', 'REMOTE_UNREACHABLE', 'REMOTE_REFUSED'), []);
});

test('another collector in the place of one is not believed until its key is given', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const first = await site.agent('scanner-1');
  await first.log(100);
  const { size, remote } = await first.shipped();
  assert.equal(remote.size, size);
  await site.collector.kill();
  rmSync(site.dataFolder, { recursive: true });
  const { vkey } = site.collector;
  await site.startNewCollector();
  assert.notEqual(site.collector.vkey, vkey);
  await first.log(100);
  const told = await first.when('the other key is told', ({ reasons }) => reasons.some(({ code }) => code === 'REMOTE_UNTRUSTED'));
  assert.ok(told.remote.lagEvents > 0, 'nothing of it was accepted');
  await first.stop();
  const pins = first.options.logFile.replace(/log$/, 'collector');
  assert.equal(readFileSync(pins, 'utf8'), `${vkey}\n`);
  writeFileSync(pins, `${site.collector.vkey}\n`);

  const second = await site.start(first.options);
  await second.log(100);
  assert.equal((await second.shipped()).state, 'ok');
  assert.equal((await second.health()).origin, told.origin, 'the log is the same');
  await assertStoredOnce(site, second);
});
