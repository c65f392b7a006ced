// A collector that is killed while it takes lines in, again and again: what it has cosigned is there when it comes back, once.
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AgentHealth } from './agent.ts';
import { Collector } from './collector.ts';
import { assertProven, assertStoredOnce } from './promises.ts';
import type { Reader } from './reader.ts';
import { Site } from './site.ts';

const agentNames = ['scanner-1', 'scanner-2'];

/** A collector that has come back has every line that it gave a receipt for. */
async function assertKept(promised: readonly AgentHealth[], reader: Reader): Promise<void> {
  const logs = await reader.agents();
  for (const { origin, remote } of promised) {
    const size = logs.find((log) => log.origin === origin)?.size ?? 0;
    assert.ok(size >= remote.size, `${origin}: the agent holds a cosignature for ${remote.size} lines, the collector has ${size}`);
  }
}

/** Kills the collector of two agents that log all the time, so many times, then holds it to its promises. */
export async function killCollector(t: TestContext, kills: number): Promise<void> {
  const site = await Site.open(t);
  const { network, random } = site;
  const agents = await Promise.all(agentNames.map((name) => site.agent(name, { maxSizeMB: 0.5 })));
  for (const agent of agents) await agent.run();
  for (let kill = 0; kill < kills; kill++) {
    const before = await Promise.all(agents.map((agent) => agent.health()));
    const [agent = agents[0]] = agents.slice(kill % agents.length);
    await agent?.when('lines are shipped', ({ remote }) => remote.size > (before[kill % agents.length]?.remote.size ?? 0));
    // Anywhere between one request and the next, or in one.
    await sleep(random.between(0, 300));
    network.target = undefined;
    await site.collector.kill();
    // Now and then the next one dies while it opens the store and reads what was cut off.
    if (random.oneIn(4)) await Collector.startAndKill(site.dataFolder, random.between(100, 1_500));
    // What agents hold now was promised before the kill, or never: nothing gets through until the collector was asked.
    const promised = await Promise.all(agents.map((each) => each.health()));
    await site.startCollector((reader) => assertKept(promised, reader));
  }
  for (const agent of agents) {
    const { events, sequenced } = await agent.rest();
    assert.equal(sequenced, events, 'logging went on');
    await agent.shipped();
    await assertStoredOnce(site, agent);
    await assertProven(site, agent, 3);
    assert.equal((await site.reader.count(`agent_id:${agent.options.agentId} type:scan_completed`)).count, events);
    assert.deepEqual(agent.troubledBesides('REMOTE_UNREACHABLE'), []);
    t.diagnostic(`${events} events of ${agent.options.agentId}`);
  }
  assert.deepEqual(await site.reader.alarms(), [], 'no kill is taken for a fork or a loss');
}
