// An agent that ships: `node agent-process.js FOLDER INDEX EVENTS BURST`, with AGENT_AUDIT_BENCH_URL and AGENT_AUDIT_BENCH_TOKEN. Prints
// `ready`, begins when its stdin ends, and prints a line of JSON (AgentCost) when the collector has cosigned all.
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { createLogger } from 'agent-audit';
import { agentId, jobId } from './event.ts';
import { logBursts } from './load.ts';

/** What it cost from its first event until the last one was cosigned. */
export interface AgentCost {
  readonly cpuUs: number;
  readonly rssMaxMiB: number;
}

const [folder = '', index = '', events = '', burst = ''] = process.argv.slice(2);
const logger = createLogger({
  logFile: join(folder, `audit-${index}.log`),
  agentId: `${agentId}-${index}`,
  env: false,
  maxTotalSizeMB: 16_384,
  remoteEndpoint: process.env['AGENT_AUDIT_BENCH_URL'] ?? '',
  remoteToken: process.env['AGENT_AUDIT_BENCH_TOKEN'] ?? '',
});
const job = logger.withContext({ jobId });
const sink = {
  log: ({ type, message, details }: Parameters<Parameters<typeof logBursts>[0]['log']>[0]): void => {
    job.info(type, message, details);
  },
  finish: () => logger.flush(),
  close: () => logger.stop(),
};

process.stdout.write('ready\n');
process.stdin.resume();
await once(process.stdin, 'end');
const before = process.cpuUsage();
await logBursts(sink, { from: 0, to: Number(events), burst: Number(burst) });
await sink.finish();
while (logger.health().remote?.lagEvents !== 0) await setTimeout(5);
const { user, system } = process.cpuUsage(before);
const cost: AgentCost = { cpuUs: user + system, rssMaxMiB: process.resourceUsage().maxRSS / 1024 };
process.stdout.write(`${JSON.stringify(cost)}\n`);
await sink.close();
