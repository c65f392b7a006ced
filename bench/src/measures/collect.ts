import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { AgentCost } from '../agent-process.ts';
import type { CollectorCost, CollectorReady } from '../collector-process.ts';
import type { OpenSink } from '../contender.ts';
import type { Load, Measurement } from '../load.ts';

const agents = 2;

/** A program of the bench that tells lines, and goes on when its stdin ends. */
class Program {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lines: AsyncIterator<string>;

  constructor(name: string, options: readonly string[], env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
    this.#child = spawn(process.execPath, [path, ...options], { stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, ...env } });
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]();
  }

  async line(): Promise<string> {
    const next = await this.#lines.next();
    if (next.done === true) throw new Error(`${this.#child.spawnargs.join(' ')} ended too early`);
    return next.value;
  }

  /** Lets it go on. */
  go(): void {
    this.#child.stdin.end();
  }

  async ended(): Promise<void> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
  }
}

async function stop(collector: Program): Promise<CollectorCost> {
  collector.go();
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by collector-process.ts, nobody else
  const cost = JSON.parse(await collector.line()) as CollectorCost;
  await collector.ended();
  return cost;
}

async function costOf(agent: Program): Promise<AgentCost> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by agent-process.ts, nobody else
  return JSON.parse(await agent.line()) as AgentCost;
}

async function start(folder: string): Promise<{ readonly collector: Program; readonly ready: CollectorReady }> {
  const collector = new Program('collector-process', [folder]);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- printed by collector-process.ts, nobody else
  return { collector, ready: JSON.parse(await collector.line()) as CollectorReady };
}

/**
 * Agents that log as fast as they can and a collector, each a process of its own, on one machine: until the last line is sealed at its
 * agent, and verified, stored with fsync and cosigned at the collector. Which is then opened again, to see what it stored.
 */
export async function measureCollect(_open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const dataFolder = join(folder, 'collector');
  const { collector, ready } = await start(dataFolder);
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
  const { cpuUs, rssMaxMiB } = await stop(collector);
  const again = await start(dataFolder);
  await stop(again.collector);
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
