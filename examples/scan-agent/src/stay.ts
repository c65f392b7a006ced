// What stays after the tour: agents that go on scanning, and the collector that has what all of them say, until a signal.
import { randomUUID } from 'node:crypto';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createLogger, EventType, type Logger } from 'agent-audit';
import { lastLinesMs } from './agent.ts';
import { type Counts, countJobs } from './counting.ts';
import { type Post, runFleet } from './fleet.ts';
import { plant } from './planted.ts';
import { type Fault, startReceiver } from './receiver.ts';
import { StatusLine } from './status-line.ts';
import { noteOf, showEndings, showStay, showStopping, statusOf } from './stay-view.ts';
import type { TourCollector } from './tour-collector.ts';

/** Where it takes place. */
export interface Site {
  /** Folder of all that is kept. */
  readonly data: string;
  readonly collector: TourCollector;
  readonly repository: string;
  /** A folder that goes when all is over, and in it one with leaks. */
  readonly temporary: string;
  readonly planted: string;
  /** A job file that asks for more than its time allows. */
  readonly slow: string;
}

/** How long a checkout is there, and how long it is gone then. */
const [thereMs, goneMs] = [45_000, 15_000];
const packages = ['@secretlint', 'fastify', 'ajv', 'pino', '@fastify', 'typescript'];
const folders = ['docs', 'packages/log', 'packages/agent', 'packages/search', 'packages/cli', 'packages/collector', 'examples'];

/** Lets them go on until the signal aborts, and ends all in order: agents first, the collector last. @returns whether that went well */
export async function stay(site: Site, signal: AbortSignal): Promise<boolean> {
  const { data, collector, temporary } = site;
  const gone = new AbortController();
  void collector.ended.then((how) => gone.abort(how));
  const over = AbortSignal.any([signal, gone.signal]);
  const token = randomUUID();
  const receiver = await startReceiver({ folder: join(data, 'received'), token, faults: badNetwork() });
  const posts = postsOf(site, { url: receiver.url, token });
  showStay(collector, posts.map(({ name }) => name));
  const beganMs = performance.now();
  const running = new Set<string>();
  let counts: Counts = { done: 0, failed: 0, findings: 0 };
  const status = new StatusLine((columns) => statusOf({ running: running.size, counts, forMs: performance.now() - beganMs }, columns));
  const counting = countJobs(collector, (now) => {
    counts = now;
    status.draw();
  });
  const say = (text: string, code?: string): void => status.say(noteOf(text, code));
  const supervisor = openSupervisor(join(data, 'agents', 'supervisor'), collector, say);
  over.addEventListener('abort', () => {
    status.end();
    showStopping(gone.signal.aborted);
  });
  const checkout = comeAndGo(join(temporary, 'checkout'), over);
  const endings = await runFleet(posts, {
    data: join(data, 'agents'),
    collector,
    signal: over,
    onStart(name, pid) {
      running.add(name);
      supervisor.info('agent_supervised', `${name} is started`, { agent: name, pid });
    },
    onLoss(name, how, againInMs) {
      running.delete(name);
      const next = againInMs === undefined ? 'it does so again and again, and stays away' : `it is started again in ${againInMs / 1_000} s`;
      supervisor.error(EventType.AgentError, `${name} ${how}`, undefined, { agent: name, next });
      say(`${name} ${how}: ${next}`);
    },
  });
  // Where no agent is left the collector goes on, with what they said.
  await aborted(over);
  const isCollectorGone = gone.signal.aborted;
  await checkout;
  receiver.server.close();
  receiver.server.closeAllConnections();
  supervisor.info('supervision_ended', 'The agents have ended', { in_order: endings.filter(({ inOrder }) => inOrder).length });
  await supervisor.stop({ signal: AbortSignal.timeout(lastLinesMs) });
  await counting.end();
  if (!isCollectorGone) await collector.end();
  const how = await collector.ended;
  return showEndings([...endings, { name: 'collector', inOrder: !isCollectorGone && how === 'ended with status 0', how }], data);
}

/** What each agent has to scan: leaks and a folder that disappears, over a bad network; packages of others; and this repository. */
function postsOf({ repository, temporary, planted, slow }: Site, upload: NonNullable<Post['upload']>): Post[] {
  const below = (folder: string, names: readonly string[]): string[] => names.map((name) => join(folder, name)).filter(existsSync);
  return [
    { name: 'scanner-shop', paths: [planted, join(temporary, 'checkout')], restSeconds: 5, upload },
    {
      name: 'scanner-packages',
      paths: [...below(join(repository, 'node_modules'), packages), slow],
      restSeconds: 8,
      upload: undefined,
    },
    { name: 'scanner-repository', paths: below(repository, folders), restSeconds: 11, upload: undefined },
  ];
}

/** Mostly well; now and then one fault, and seldom one that lasts for longer than an agent tries. */
function* badNetwork(): Generator<Fault> {
  const well = (count: number): Fault[] => Array.from({ length: count }, () => 'ok');
  for (;;) yield* [...well(5), 'cut', ...well(6), 'limit', ...well(7), 'garble', ...well(6), 'refuse', 'refuse', 'refuse', 'refuse'];
}

/** A checkout as a build makes it, and deletes it: what is to be scanned may be gone. */
async function comeAndGo(folder: string, signal: AbortSignal): Promise<void> {
  try {
    for (;;) {
      plant(folder);
      await delay(thereMs, undefined, { signal });
      rmSync(folder, { recursive: true, force: true });
      await delay(goneMs, undefined, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Who looks after the agents is one of them: what it had to do is in a log, too. */
function openSupervisor(folder: string, { url, agentTokenFile: file }: TourCollector, say: (text: string, code: string) => void): Logger {
  return createLogger({
    agentId: 'supervisor',
    logFile: join(folder, 'audit.log'),
    remoteEndpoint: url,
    remoteToken: { file },
    onError: ({ message, code }) => say(message, code),
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
