// The composition root: every part of a collector is made here, connected, and taken down in the reverse order.
import type { FastifyInstance } from 'fastify';
import { Authoriser } from '../auth/authoriser.ts';
import { TokenBook } from '../auth/token-book.ts';
import { addTokenRoutes } from '../auth/token-routes.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type CollectorConfig, resolveConfig } from '../config/config.ts';
import { prepareDataFolder } from '../config/data-folder.ts';
import type { CollectorOptions } from '../config/options.ts';
import { openOwnLog } from '../own-log/own-log.ts';
import type { Store } from '../store/store.ts';
import { createApp } from './app.ts';
import { Closing } from './closing.ts';
import { Connections } from './connections.ts';
import { type FirstTokens, makeFirstTokens } from './first-tokens.ts';
import { listen } from './listen.ts';
import { Metrics } from './metrics.ts';
import type { RegisteredRoute } from './route-list.ts';
import { addStatusRoutes } from './status-routes.ts';

/** How far a start is, for whoever waits for it. */
export type StartStage = 'opening the store' | 'reading the logs' | 'listening';

/** What a collector is started with besides its options. */
export interface StartParts {
  /** Path of a configuration file; where absent, AGENT_AUDIT_COLLECTOR_CONFIG. */
  readonly configFile?: string | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Makes one more admin token, for who has lost the others. */
  readonly newAdminToken?: boolean;
  readonly clock?: Clock;
  readonly onProgress?: (stage: StartStage) => void;
  /** Told, in a sentence, of what a person should look at. Without it: process.emitWarning. */
  readonly onTrouble?: (code: string, message: string) => void;
}

/** A collector that runs. */
export interface Collector {
  /** Where it listens. */
  readonly url: string;
  /** What agents and people are to use: a proxy's address where one was given. */
  readonly publicUrl: string;
  readonly config: CollectorConfig;
  /** Every route that it has. */
  readonly routes: readonly RegisteredRoute[];
  /** Tokens that were made at this start; nobody can tell them again. */
  readonly firstTokens?: FirstTokens;
  /** What the store held at the start. */
  readonly stored: { readonly events: number; readonly bytes: number; readonly freeBytes?: number };
  /** Takes no more, ends what is under way, and closes the store. Again gives the same promise. */
  close(): Promise<void>;
}

/** Opens the store that a configuration names. */
export type OpenStore = (config: CollectorConfig, clock: Clock) => Promise<Store>;

/**
 * Starts a collector. Without options it listens at 127.0.0.1:7411 and keeps everything in ./agent-audit-data.
 * @throws CollectorError CONFIG_…, DATA_FOLDER_UNUSABLE, DATA_IN_USE, NOT_LOOPBACK, TLS_UNUSABLE, ADDRESS_…; DatabaseError
 */
export async function composeCollector(openStore: OpenStore, options: CollectorOptions = {}, parts: StartParts = {}): Promise<Collector> {
  const config = resolveConfig({ options, file: parts.configFile, env: parts.env ?? process.env });
  const closing = new Closing();
  try {
    return await compose(config, openStore, parts, closing);
  } catch (error) {
    await closing.run().catch(() => {});
    throw error;
  }
}

async function compose(config: CollectorConfig, openStore: OpenStore, parts: StartParts, closing: Closing): Promise<Collector> {
  const { clock = systemClock, onProgress = () => {}, onTrouble = warn } = parts;
  const folder = prepareDataFolder(config.dataFolder);
  if (folder.closed) onTrouble('DATA_FOLDER_CLOSED', `others could read ${config.dataFolder}; now only its owner can`);
  const ownLog = openOwnLog(config.dataFolder, ({ code, message }) => onTrouble(code, message));
  closing.add(async () => ownLog.logger.stop());
  onProgress('opening the store');
  const store = await openStore(config, clock);
  closing.add(async () => store.close());
  const tokens = new TokenBook(store, clock);
  await tokens.open();
  closing.add(async () => tokens.close());
  const firstTokens = await makeFirstTokens(tokens, { clock, journal: ownLog, newAdmin: parts.newAdminToken ?? false });
  const { wrongTokensPerMinute } = config.limits;
  const authoriser = new Authoriser({ tokens, journal: ownLog, clock, wrongTokensPerMinute });
  closing.add(async () => authoriser.close());
  const { authorise } = authoriser;
  const metrics = new Metrics();
  const { app, routes } = createApp({ config, journal: ownLog, metrics, clock });
  const connections = new Connections(app.server, config.tls !== undefined);
  metrics.gauge('agent_audit_connections', 'Connections that are open.', () => connections.count);
  closing.add(async () => closeApp(app, connections, clock, config.limits.stopMs));
  addStatusRoutes(app, { authorise, metrics, storeSilentMs: () => tokens.silentMs });
  addTokenRoutes(app, { tokens, authorise, journal: ownLog, clock });
  const stored = await store.usage();
  onProgress('listening');
  const url = await listen(app, config);
  ownLog.record({ type: 'collector_started', message: 'Collector started', details: { url, events: stored.events } });
  closing.add(async () => {
    ownLog.record({ type: 'collector_stopped', message: 'Collector stopping' });
  });
  return {
    url,
    publicUrl: config.publicUrl ?? url,
    config,
    routes: routes.all,
    ...(firstTokens === undefined ? {} : { firstTokens }),
    stored,
    close: async () => closing.run(),
  };
}

/** Takes no more connections, lets requests under way end, and after a while ends them. */
async function closeApp(app: FastifyInstance, connections: Connections, clock: Clock, stopMs: number): Promise<void> {
  const deadline = clock.after(stopMs, () => connections.endAll());
  try {
    const closed = app.close();
    connections.endIdle();
    await closed;
  } finally {
    deadline.cancel();
  }
}

function warn(code: string, message: string): void {
  process.emitWarning(message, { code, type: 'AgentAuditCollectorWarning' });
}
