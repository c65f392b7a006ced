import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AgentCost } from '../agent-process.ts';
import type { OpenSink } from '../contender.ts';
import type { Load, Measurement } from '../load.ts';
import { Program, startCollector, stopCollector } from '../program.ts';

const agents = 2;

async function costOf(agent: Program): Promise<AgentCost> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by agent-process.ts, nobody else
  return JSON.parse(await agent.line()) as AgentCost;
}

/**
 * Agents that log as fast as they can and a collector, each a process of its own, on one machine: until the last line is sealed at its
 * agent, and verified, stored with fsync and cosigned at the collector. Which is then opened again, to see what it stored.
 */
export async function measureCollect(_open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const dataFolder = join(folder, 'collector');
  const { collector, ready } = await startCollector(dataFolder);
  const env = { AGENT_AUDIT_BENCH_URL: ready.url, AGENT_AUDIT_BENCH_TOKEN: ready.token };
  const each = Math.ceil(events / agents);
  const programOf = (index: number): Program => new Program('agent-process', [folder, `${index}`, `${each}`, `${burst}`], env);
  const programs = Array.from({ length: agents }, (_, index) => programOf(index));
  for (const program of programs) await program.line();
  const startMs = performance.now();
  for (const program of programs) program.go();
  const costs = await Promise.all(programs.map(costOf));
  const seconds = (performance.now() - startMs) / 1000;
  for (const program of programs) await program.ended();
  const { cpuUs, rssMaxMiB } = await stopCollector(collector);
  const again = await startCollector(dataFolder);
  await stopCollector(again.collector);
  const total = each * agents;
  const agentsCpuUs = costs.reduce((sum, cost) => sum + cost.cpuUs, 0);
  if (again.ready.events < total) throw new Error(`of ${total} events the collector has ${again.ready.events}`);
  return {
    perSecond: total / seconds,
    seconds,
    events: total,
    collectorCpuUsPerEvent: cpuUs / total,
    collectorRssMaxMiB: rssMaxMiB,
    agentCpuUsPerEvent: agentsCpuUs / total,
    agentRssMaxMiB: Math.max(...costs.map((cost) => cost.rssMaxMiB)),
    busyPercent: ((cpuUs + agentsCpuUs) / (seconds * 1e6 * availableParallelism())) * 100,
  };
}
