// Agents that go on: each a process of its own, started again where it ends by itself, and ended in order when all of it is over.
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { spawnLeashed } from './leash.ts';
import { endOf } from './tour-collector.ts';

/** What one agent is to do. */
export interface Post {
  readonly name: string;
  /** Directories and job files, which it goes round. */
  readonly paths: readonly string[];
  /** Its rest between two. */
  readonly restSeconds: number;
  /** Where its reports go; undefined: they stay. */
  readonly upload: { readonly url: string; readonly token: string } | undefined;
}

/** What a fleet needs. */
export interface FleetOptions {
  /** Folder of the agents' folders. */
  readonly data: string;
  readonly collector: { readonly url: string; readonly agentTokenFile: string };
  /** Aborted: every agent ends. */
  readonly signal: AbortSignal;
  readonly onStart: (name: string, pid: number | undefined) => void;
  /** An agent has ended by itself. `againInMs` undefined: it has done so too often, and stays away. */
  readonly onLoss: (name: string, how: string, againInMs: number | undefined) => void;
}

/** How an agent ended when the fleet did. */
export interface Ending {
  readonly name: string;
  readonly inOrder: boolean;
  readonly how: string;
}

const main = fileURLToPath(new URL('main.js', import.meta.url));
/** What `main` says where SIGTERM ended it, after it has recorded the end of everything. */
const endedInOrder = 'ended with status 143';
/** An agent that lived for so long was well. */
const steadyMs = 30_000;
const lossesMax = 5;
const againMs = 1_000;
/** How long an agent may take to end, with what it has to ship. */
const patienceMs = 20_000;

/** Keeps the agents going until the signal aborts; resolves when none of them is left. */
export async function runFleet(posts: readonly Post[], options: FleetOptions): Promise<Ending[]> {
  return Promise.all(posts.map(async (post) => keepGoing(post, options)));
}

async function keepGoing(post: Post, options: FleetOptions): Promise<Ending> {
  const { name } = post;
  const { signal, onStart, onLoss } = options;
  for (let losses = 0; !signal.aborted; ) {
    const startedMs = performance.now();
    const agent = startAgent(post, options);
    onStart(name, agent.pid);
    const how = await agent.ended;
    if (signal.aborted) return { name, inOrder: how === endedInOrder, how };
    losses = performance.now() - startedMs > steadyMs ? 1 : losses + 1;
    if (losses === lossesMax) {
      onLoss(name, how, undefined);
      return { name, inOrder: false, how };
    }
    const waitMs = againMs * 2 ** (losses - 1);
    onLoss(name, how, waitMs);
    // It rejects only where all of it is over.
    await delay(waitMs, undefined, { signal }).catch(() => {});
  }
  return { name, inOrder: true, how: 'was not running' };
}

function startAgent(
  { name, paths, restSeconds, upload }: Post,
  { data, collector, signal }: FleetOptions,
): { readonly pid: number | undefined; readonly ended: Promise<string> } {
  // All that connects an agent to a collector is in its environment.
  const env = {
    ...process.env,
    AGENT_AUDIT_REMOTE: collector.url,
    AGENT_AUDIT_TOKEN_FILE: collector.agentTokenFile,
    ...(upload !== undefined && { SCAN_AGENT_TOKEN: upload.token }),
  };
  const options = ['--name', name, '--data', join(data, name), '--rest', String(restSeconds)];
  const sends = upload === undefined ? [] : ['--upload', upload.url];
  const child = spawnLeashed(main, [...options, ...sends, ...paths], { env });
  const stop = (): void => {
    child.kill('SIGTERM');
    // Its log says what was under way: whoever opens it next records that.
    setTimeout(() => child.kill('SIGKILL'), patienceMs).unref();
  };
  signal.addEventListener('abort', stop);
  return { pid: child.pid, ended: endOf(child).finally(() => signal.removeEventListener('abort', stop)) };
}
