// A collector with all that a console can show: agents that live, stopped, fell silent, forked, and one whose lines are gone.
import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setImmediate as nextTick } from 'node:timers/promises';
import { startCollector } from '@agent-audit/collector';
import { createLogger, EventType, type Logger, type LoggerOptions } from 'agent-audit';
import { lines } from 'agent-audit/files';
import { Agent } from '../collector/agent.ts';
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
/** Ends a wait that would be one for ever. */
const stopMsMax = 60_000;

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
    const startMortal = (agentId: string, logFile: string): Promise<Agent> =>
      Agent.start({ agentId, logFile, endpoint: collector.url, tokenFile }, () => '');
    await fallSilent(await startMortal(agents.silent, join(folder, agents.silent, 'audit.log')));
    behindMs = 0;
    const otherIngest = await makeToken(collector.url, admin, { scopes: ['ingest'], tenant: 'other' });
    const oddIngest = await makeToken(collector.url, admin, { scopes: ['ingest'], tenant: 'odd' });
    const open: Open = (agentId, more = {}) => {
      const logFile = join(folder, agentId, 'audit.log');
      const own = { agentId, logFile, remoteEndpoint: collector.url, remoteToken: ingest };
      const audit = createLogger({ ...own, minFreeDiskMB: 0, env: false, onError: () => {}, ...more });
      closing.push(() => audit.stop());
      return audit;
    };
    const feed = async (audit: Logger, log: (audit: Logger) => unknown): Promise<void> => {
      await log(audit);
      await shipped(audit);
    };
    await Promise.all([
      stopInOrder(open),
      fork(open, (logFile) => startMortal(agents.forked, logFile), join(folder, 'copy')),
      loseLines(open),
      feed(open(agents.live), logJobs),
      feed(open(agents.hostile), logHostileTexts),
      ...Object.values(fleet).map(async (agentId) => {
        mkdirSync(join(folder, agentId));
        await recordPast(agentId, join(folder, agentId));
        await feed(open(agentId), logPresent);
      }),
      feed(open(otherAgent, { remoteToken: otherIngest }), logJobs),
      feed(open('hostile-name', { agentId: hostileTexts[1], remoteToken: oddIngest }), logOnce),
      relay(collector.url, ingest),
    ]);
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

/** Opens the log of an agent that runs in this process. */
type Open = (agentId: string, more?: Partial<LoggerOptions>) => Logger;

function logOnce(audit: Logger): void {
  audit.withContext({ jobId: 'job-of-an-odd-name' }).info('hostile_agent', 'of an agent with an odd name');
}

function logScans(audit: Logger, count: number): void {
  for (let n = 0; n < count; n++) audit.info(EventType.ScanCompleted, `${audit.origin} ${n}`, { text: 'ünï'.repeat(n % 50) });
}

/** Waits until the collector has cosigned all that was logged. */
async function shipped(audit: Logger): Promise<number> {
  await audit.flush();
  await waitFor(`${audit.origin} is shipped`, () => audit.health().remote?.size === audit.health().size);
  return audit.health().size;
}

async function fallSilent(agent: Agent): Promise<void> {
  try {
    await agent.log(30);
    await agent.shipped();
  } finally {
    await agent.kill();
  }
}

async function stopInOrder(open: Open): Promise<void> {
  const audit = open(agents.stopped);
  logScans(audit, 30);
  await shipped(audit);
  await audit.stop({ signal: AbortSignal.timeout(stopMsMax) });
}

/** A copy of an agent's folder runs beside it. */
async function fork(open: Open, startCopy: (logFile: string) => Promise<Agent>, copyFolder: string): Promise<void> {
  const first = open(agents.forked);
  logScans(first, 30);
  await shipped(first);
  await first.stop();
  cpSync(dirname(first.logFile), copyFolder, { recursive: true });
  const original = open(agents.forked);
  logScans(original, 30);
  await shipped(original);
  const copy = await startCopy(join(copyFolder, 'audit.log'));
  try {
    await copy.log(60);
    await copy.troubled('REMOTE_CONTRADICTS');
  } finally {
    await copy.kill();
  }
}

/** An agent that ran without its collector for a while, with little room on its disk. */
async function loseLines(open: Open): Promise<void> {
  const first = open(agents.gap);
  logScans(first, 100);
  const size = await shipped(first);
  await first.stop();
  const firstKept = async (): Promise<number> => {
    for await (const { seq } of lines(first.logFile)) return seq;
    return 0;
  };
  const alone = open(agents.gap, { maxSizeMB: 0.04, maxTotalSizeMB: 0.1, remoteEndpoint: undefined, remoteToken: undefined });
  await waitFor('lines that were not shipped are deleted', async () => {
    for (let n = 0; n < 300; n++) {
      alone.info('scan_completed', `without a collector ${n}`);
      if (n % 5 === 0) await nextTick();
    }
    await alone.flush();
    return (await firstKept()) > size;
  });
  await alone.stop();
  const again = open(agents.gap);
  logScans(again, 20);
  await shipped(again);
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
  // Its agents have any name that they like, and so have their jobs an agent of that name.
  const named = hostileTexts.filter((text) => text !== '').map((text, index) => {
    return { ...common, AgentID: text, Type: 'relayed_of', Message: 'of an agent with an odd name', JobID: `relayed-${index % 3}` };
  });
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const response = await fetch(`${url}/v1/events`, { method: 'POST', headers, body: JSON.stringify([...events, ...named]) });
  if (response.status !== 200) throw new Error(`relayed events: ${response.status} ${await response.text()}`);
}
