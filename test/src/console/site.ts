// A collector with all that a console can show: agents that live, stopped, fell silent, forked, and one whose lines are gone.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { startCollector } from '@agent-audit/collector';
import { createLogger, type Logger } from 'agent-audit';
import { Agent, type AgentOptions } from '../collector/agent.ts';
import { waitFor } from '../collector/conversation.ts';
import { Reader } from '../collector/reader.ts';
import { jobs, logHostileTexts, logJobs } from './feed.ts';
import { fleet, logPresent, recordPast } from './fleet-feed.ts';
import { hostileTexts } from './hostile-texts.ts';

/** What a test is told of the site. */
export interface ConsoleSite {
  readonly url: string;
  /** The console's; missing where none is built. */
  readonly consoleUrl?: string;
  readonly vkey: string;
  /** `admin`: every tenant · `reader`, `ingest`: the tenant `default` · `otherReader`: `other` · `boundReader`: the agent live-1 alone. */
  readonly tokens: Readonly<Record<'admin' | 'reader' | 'ingest' | 'otherReader' | 'boundReader', string>>;
  /** Agents of the tenant `default`, by how they are. `relayed` writes no log of its own. */
  readonly agents: typeof agents;
  readonly jobs: typeof jobs;
  readonly hostileTexts: readonly string[];
}

const agents = {
  live: 'live-1',
  hostile: 'hostile-1',
  stopped: 'stopped-1',
  silent: 'silent-1',
  forked: 'forked-1',
  gap: 'gap-1',
  relayed: 'relayed-1',
} as const;
/** Of the tenant `other`. */
const otherAgent = 'other-1';

const sleptMs = 600_000;

/** Opens it in a folder that is there, and comes back once everything is stored. */
export async function openSite(folder: string): Promise<{ readonly told: ConsoleSite; readonly close: () => Promise<void> }> {
  // What is silent was last heard of while the collector's clock was behind.
  let behindMs = sleptMs;
  const clock = {
    now: () => Date.now() - behindMs,
    monotonicMs: () => performance.now(),
    after: (ms: number, fn: () => void) => {
      const timer = setTimeout(fn, ms).unref();
      return { cancel: () => clearTimeout(timer) };
    },
  };
  const collector = await startCollector({ dataFolder: join(folder, 'data'), port: 0 }, { env: {}, clock, onTrouble: () => {} });
  const closing: (() => unknown)[] = [() => collector.close()];
  const close = async (): Promise<void> => {
    for (const step of closing.toReversed()) await step();
  };
  try {
    const { admin = '', ingest = '' } = collector.firstTokens ?? {};
    const owner = new Reader(() => collector.url, admin);
    const tokenFile = join(folder, 'token');
    writeFileSync(tokenFile, `${ingest}\n`, { mode: 0o600 });
    const options = (agentId: string): AgentOptions =>
      ({ agentId, logFile: join(folder, agentId, 'audit.log'), endpoint: collector.url, tokenFile });
    const start = async (given: AgentOptions): Promise<Agent> => {
      const agent = await Agent.start(given, () => '');
      closing.push(() => agent.kill());
      return agent;
    };
    await fallSilent(await start(options(agents.silent)));
    behindMs = 0;
    await stopInOrder(await start(options(agents.stopped)));
    await fork(options(agents.forked), join(folder, 'copy'), start);
    await loseLines(options(agents.gap), start);
    const open = async (agentId: string, remoteToken: string, feed: (audit: Logger) => unknown): Promise<void> => {
      const { logFile, endpoint: remoteEndpoint } = options(agentId);
      const audit = createLogger({ agentId, logFile, remoteEndpoint, remoteToken, env: false });
      closing.push(() => audit.stop());
      await feed(audit);
      await audit.flush();
      await waitFor(`${agentId} is shipped`, () => audit.health().remote?.size === audit.health().size);
    };
    await open(agents.live, ingest, logJobs);
    await open(agents.hostile, ingest, logHostileTexts);
    for (const agentId of Object.values(fleet)) {
      mkdirSync(join(folder, agentId));
      await recordPast(agentId, join(folder, agentId));
      await open(agentId, ingest, logPresent);
    }
    await open(otherAgent, await makeToken(collector.url, admin, { scopes: ['ingest'], tenant: 'other' }), logJobs);
    await relay(collector.url, ingest);
    const [reader, otherReader, boundReader] = [
      (await owner.makeToken(['read'])).secret,
      await makeToken(collector.url, admin, { scopes: ['read'], tenant: 'other' }),
      await makeToken(collector.url, admin, { scopes: ['read'], tenant: 'default', agent: agents.live }),
    ];
    const states = new Reader(() => collector.url, reader);
    await waitFor('every state', async () => {
      const seen = new Set((await states.agents()).map(({ state }) => state));
      return (['live', 'stopped', 'silent', 'forked'] as const).every((state) => seen.has(state));
    });
    const { url, vkey, consoleUrl } = collector;
    const tokens = { admin, reader, ingest, otherReader, boundReader };
    return { told: { url, vkey, tokens, agents, jobs, hostileTexts, ...(consoleUrl === undefined ? {} : { consoleUrl }) }, close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function fallSilent(agent: Agent): Promise<void> {
  await agent.log(30);
  await agent.shipped();
  await agent.kill();
}

async function stopInOrder(agent: Agent): Promise<void> {
  await agent.log(30);
  await agent.stop();
}

type Start = (options: AgentOptions) => Promise<Agent>;

/** A copy of an agent's folder runs beside it. */
async function fork(options: AgentOptions, copyFolder: string, start: Start): Promise<void> {
  const first = await start(options);
  await first.log(30);
  await first.shipped();
  await first.stop();
  const copied = Agent.copy(options, copyFolder);
  const original = await start(options);
  await original.log(30);
  await original.shipped();
  const copy = await start(copied);
  await copy.log(60);
  await copy.troubled('REMOTE_CONTRADICTS');
  await copy.kill();
}

/** An agent that ran without its collector for a while, with little room on its disk. */
async function loseLines(options: AgentOptions, start: Start): Promise<void> {
  const { agentId, logFile } = options;
  const small = { maxSizeMB: 0.04, maxTotalSizeMB: 0.1 };
  const first = await start(options);
  await first.log(100);
  const { size } = await first.shipped();
  await first.stop();
  const firstKept = async (): Promise<number> => (await first.lines())[0]?.seq ?? 0;
  const alone = createLogger({ agentId, logFile, ...small, minFreeDiskMB: 0, env: false });
  await waitFor('lines that were not shipped are deleted', async () => {
    for (let n = 0; n < 300; n++) {
      alone.info('scan_completed', `without a collector ${n}`);
      if (n % 5 === 0) await nextTick();
    }
    await alone.flush();
    return (await firstKept()) > size;
  });
  await alone.stop();
  const again = await start(options);
  await again.log(20);
  await again.shipped();
}

async function makeToken(url: string, admin: string, wish: object): Promise<string> {
  const body = JSON.stringify({ name: 'console tests', ...wish });
  const headers = { authorization: `Bearer ${admin}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/tokens`, { method: 'POST', headers, body });
  if (response.status !== 201) throw new Error(`no token: ${response.status} ${await response.text()}`);
  return ((await response.json()) as { secret: string }).secret;
}

/** A program of another language sends plain events. */
async function relay(url: string, token: string): Promise<void> {
  const common = { AgentID: agents.relayed, Type: 'relayed', Severity: 'INFO' };
  const events = hostileTexts.map((text, index) => ({ ...common, Message: text === '' ? 'none' : text, Details: { index, text } }));
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify(events) });
  if (response.status !== 200) throw new Error(`relayed events: ${response.status} ${await response.text()}`);
}
