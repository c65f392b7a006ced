// What anybody may rely on when an agent's log was shipped, asserted from outside: the collector's read API and the agent's own files.
import assert from 'node:assert/strict';
import { formatVerifierKey } from '@agent-audit/log';
import { readLogKey, verifyLogFile } from 'agent-audit/files';
import type { Agent } from './agent.ts';
import type { Site } from './site.ts';

/**
 * Every line of the agent's log is at the collector exactly once, byte for byte, at its place, and the collector has nothing else of it.
 * @param from the first line that is looked at
 */
export async function assertStoredOnce(site: Site, agent: Agent, from: number = 0): Promise<void> {
  const { agentId, logFile } = agent.options;
  const own = (await agent.lines()).filter(({ seq }) => seq >= from);
  const { origin, problems } = await verifyLogFile(logFile);
  assert.deepEqual(problems, [], `the log of ${agentId} is sound`);
  assert.deepEqual(own.map(({ seq }) => seq), own.map((_, i) => from + i), `the log of ${agentId} has no hole`);
  const { events } = await site.reader.events(`agent_id:${agentId}`);
  const stored = events.filter((event) => event.origin === origin && event.seq >= from);
  assert.deepEqual(stored.map(({ seq }) => seq), own.map(({ seq }) => seq), `every line of ${agentId} is stored once`);
  for (const [i, { seq, line }] of own.entries()) {
    assert.equal(stored[i]?.line, line.toString('utf8'), `line ${seq} of ${agentId} is stored as it was written`);
  }
  const exported = await site.reader.exported(`agent_id:${agentId}`);
  // Of other logs of the same agent too: the lines say their seq, not their log.
  const bytes = new Set(exported.map((line) => line.toString('latin1')));
  assert.equal(bytes.size, exported.length, `no line of ${agentId} is exported twice`);
  for (const { seq, line } of own) assert.ok(bytes.has(line.toString('latin1')), `line ${seq} of ${agentId} is exported byte for byte`);
  assert.equal((await site.reader.log(origin ?? ''))?.size, from + own.length);
}

/** So many lines of the agent's log, chosen by chance, and the first and last, are proven by its own key and the collector's. */
export async function assertProven(site: Site, agent: Agent, count: number): Promise<void> {
  const vkey = formatVerifierKey(await readLogKey(agent.options.logFile));
  const own = await agent.lines();
  const chosen = Array.from({ length: count }, () => site.random.between(0, own.length - 1));
  for (const index of new Set([0, own.length - 1, ...chosen])) {
    const { seq = NaN, line } = own[index] ?? {};
    const proven = await site.reader.proven(vkey, seq, site.collector.vkey);
    assert.equal(proven.line.compare(line ?? Buffer.alloc(0)), 0, `line ${seq} is proven byte for byte`);
    assert.equal(proven.index, seq);
    assert.equal(proven.cosignatures.length, 1, 'the collector has cosigned it');
  }
}

/** The lowest line that an agent still has. */
export async function firstLine(agent: Agent): Promise<number> {
  return (await agent.lines())[0]?.seq ?? 0;
}
