// The composition root: every part of a collector is made here, connected, and taken down in the reverse order.
import { join } from 'node:path';
import type { NoteSigner, ReadToken } from '@agent-audit/log';
import type { FastifyInstance } from 'fastify';
import { Authoriser } from '../auth/authoriser.ts';
import { TokenBook } from '../auth/token-book.ts';
import { addTokenRoutes, tokenView } from '../auth/token-routes.ts';
import { type Clock, systemClock } from '../clock.ts';
import { type CollectorConfig, resolveConfig } from '../config/config.ts';
import { prepareDataFolder } from '../config/data-folder.ts';
import type { CollectorOptions } from '../config/options.ts';
import { loadConsole } from '../console/console-files.ts';
import { addConsoleRoutes, redirectToPage } from '../console/console-routes.ts';
import { addCspReportRoute } from '../console/csp-report-route.ts';
import { Feeder } from '../feed/feeder.ts';
import { Ingest, ingestRoutes } from '../ingest/index.ts';
import { Live } from '../live/live.ts';
import { OtherCollectors } from '../live/other-collectors.ts';
import { openOwnLog, type OwnLog, ownPrincipal } from '../own-log/own-log.ts';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import { Relay } from '../relay/relay.ts';
import { relayRoutes } from '../relay/routes.ts';
import { addOpenApi } from '../routes/openapi.ts';
import { readRoutes } from '../routes/read-routes.ts';
import { BrowserSessions } from '../session/browser-sessions.ts';
import { SessionBook } from '../session/session-book.ts';
import { addSessionRoutes } from '../session/session-routes.ts';
import type { Store } from '../store/store.ts';
import { version } from '../version.ts';
import { createApp } from './app.ts';
import { watchCertificate } from './certificate.ts';
import { Closing } from './closing.ts';
import { Connections } from './connections.ts';
import { openOwnCosigner } from './cosigner.ts';
import { type FirstTokens, makeFirstTokens } from './first-tokens.ts';
import { addGauges } from './gauges.ts';
import { listen } from './listen.ts';
import { Metrics } from './metrics.ts';
import { openConfiguredStore } from './real-store.ts';
import type { RegisteredRoute } from './route-list.ts';
import { addStatusRoutes } from './status-routes.ts';
import { Upkeep } from './upkeep.ts';

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
  /** Where a browser finds the console; undefined where none is installed. */
  readonly consoleUrl?: string;
  /** The key that it cosigns with: what agents pin. */
  readonly vkey: string;
  readonly config: CollectorConfig;
  /** Every route that it has. */
  readonly routes: readonly RegisteredRoute[];
  /** Tokens that were made at this start; nobody can tell them again. */
  readonly firstTokens?: FirstTokens;
  /** What the store held at the start. */
  readonly stored: { readonly events: number; readonly bytes: number; readonly freeBytes?: number; readonly logs: number };
  /** Takes no more, ends what is under way, and closes the store. Again gives the same promise. */
  close(): Promise<void>;
}

/** Opens the store that a configuration names; `collector` tells this one from others on the same store. */
export type OpenConfiguredStore = (config: CollectorConfig, collector: string) => Promise<Store>;

/**
 * Starts a collector. Without options it listens at 127.0.0.1:7411 and keeps everything in ./agent-audit-data.
 * @throws CollectorError CONFIG_…, DATA_FOLDER_UNUSABLE, DATA_IN_USE, NOT_LOOPBACK, TLS_UNUSABLE, ADDRESS_…; DatabaseError
 */
export function startCollector(options: CollectorOptions = {}, parts: StartParts = {}): Promise<Collector> {
  return composeCollector(openConfiguredStore, options, parts);
}

/** As startCollector, on any store. */
export async function composeCollector(
  openStore: OpenConfiguredStore,
  options: CollectorOptions = {},
  parts: StartParts = {},
): Promise<Collector> {
  const config = resolveConfig({ options, file: parts.configFile, env: parts.env ?? process.env });
  const closing = new Closing();
  try {
    return await compose(config, openStore, parts, closing);
  } catch (error) {
    await closing.run().catch(() => {});
    throw error;
  }
}

/** What every later part works with. */
interface Ground {
  readonly config: CollectorConfig;
  readonly clock: Clock;
  readonly closing: Closing;
  readonly ownLog: OwnLog;
  readonly onTrouble: (code: string, message: string) => void;
}

async function compose(config: CollectorConfig, openStore: OpenConfiguredStore, parts: StartParts, closing: Closing): Promise<Collector> {
  const { clock = systemClock, onProgress = () => {}, onTrouble = warn } = parts;
  const folder = prepareDataFolder(config.dataFolder);
  if (folder.closed) onTrouble('DATA_FOLDER_CLOSED', `others could read ${config.dataFolder}; now only its owner can`);
  const ownLog = openOwnLog(config.dataFolder, ({ code, message }) => onTrouble(code, message));
  closing.add(async () => ownLog.logger.stop());
  const ground: Ground = { config, clock, closing, ownLog, onTrouble };
  const cosigner = openOwnCosigner(config);
  onProgress('opening the store');
  const store = await openStore(config, cosigner.id);
  closing.add(async () => store.close());
  const tokens = new TokenBook(store, clock);
  await tokens.open();
  closing.add(async () => tokens.close());
  const firstTokens = await makeFirstTokens(tokens, { clock, journal: ownLog, newAdmin: parts.newAdminToken ?? false });
  onProgress('reading the logs');
  const { ingest, relay } = await openIngest(ground, store, cosigner.signer);
  const stored = await store.usage();
  const upkeep = startUpkeep(ground, { store, ingest, stored });
  const { app, routes, hasConsole } = await serve(ground, { store, tokens, ingest, relay, upkeep });
  onProgress('listening');
  const url = await listen(app, config);
  ownLog.record({ type: 'collector_started', message: 'Collector started', details: { url, events: stored.events } });
  return {
    url,
    publicUrl: config.publicUrl ?? url,
    ...(hasConsole ? { consoleUrl: `${config.publicUrl ?? url}/` } : {}),
    vkey: ingest.vkey,
    config,
    routes: routes.all,
    ...(firstTokens === undefined ? {} : { firstTokens }),
    stored: { ...stored, logs: ingest.logs({}).length },
    close: async () => closing.run(),
  };
}

/** Ingest, and what this collector itself writes into it: its own log, and those of agents that write none. */
async function openIngest(ground: Ground, store: Store, signer: NoteSigner): Promise<{ ingest: Ingest; relay: Relay }> {
  const { config, clock, closing, ownLog, onTrouble } = ground;
  const relay = new Relay({ folder: join(config.dataFolder, 'relayed'), clock, onTrouble });
  const shared = config.clickhouse !== undefined;
  const ingest = await Ingest.open({ store, signer, clock, journal: ownLog, limits: config.ingest, shared, partition: relay.partition });
  closing.add(async () => ingest.close());
  const feeder = new Feeder({ logger: ownLog.logger, ingest, principal: ownPrincipal, clock, onTrouble });
  closing.add(async () => {
    // So that a collector which ends in its first moments enrols its log while that still takes the line which says so.
    await feeder.handOver();
    ownLog.record({ type: 'collector_stopped', message: 'Collector stopping' });
    await ownLog.logger.stop();
    await feeder.close();
  });
  closing.add(async () => relay.close());
  relay.open(ingest);
  return { ingest, relay };
}

/** Begins to look after the store. */
function startUpkeep(ground: Ground, { store, ingest, stored }: { store: Store; ingest: Ingest; stored: Upkeep['usage'] }): Upkeep {
  const { config, clock, closing, ownLog, onTrouble } = ground;
  const tenants = (): string[] => ingest.logs({}).map(({ tenant }) => tenant);
  const upkeep = new Upkeep({ store, retention: config.retention, tenants, journal: ownLog, clock, onTrouble }, stored);
  closing.add(async () => upkeep.close());
  return upkeep;
}

interface Served {
  readonly upkeep: Upkeep;
  readonly store: Store;
  readonly tokens: TokenBook;
  readonly ingest: Ingest;
  readonly relay: Relay;
}

type Serving = ReturnType<typeof createApp> & { readonly hasConsole: boolean };

/** The server with all its routes; it listens nowhere yet. */
async function serve(ground: Ground, { store, tokens, ingest, relay, upkeep }: Served): Promise<Serving> {
  const { config, clock, closing, ownLog } = ground;
  const { wrongTokensPerMinute, stopMs } = config.limits;
  const book = new SessionBook({ tokens, journal: ownLog, clock });
  closing.add(async () => book.close());
  const sessions = new BrowserSessions(book, config);
  const authoriser = new Authoriser({ tokens, journal: ownLog, clock, wrongTokensPerMinute, sessions });
  closing.add(async () => authoriser.close());
  const { authorise } = authoriser;
  const metrics = new Metrics();
  const pages = { files: loadConsole(config.consoleFolder), config };
  const { app, routes } = createApp({
    config,
    journal: ownLog,
    metrics,
    clock,
    otherwise: (request, reply) => redirectToPage(pages, request, reply),
  });
  const connections = new Connections(app.server, config.tls !== undefined);
  const certificate = watchCertificate(app.server, config.tls, clock, ground.onTrouble);
  closing.add(async () => certificate?.close());
  closing.add(async () => closeApp(app, connections, clock, stopMs));
  addGauges(metrics, { ingest, ownLog, connections, tokens, upkeep });
  await addOpenApi(app, version);
  const storeRefusal = (): Refusal | undefined => tokens.storeRefusal ?? ingest.storeRefusal;
  addStatusRoutes(app, { authorise, metrics, storeSilentMs: () => tokens.silentMs, storeRefusal });
  addConsoleRoutes(app, pages);
  addCspReportRoute(app, { journal: ownLog, clock });
  addSessionRoutes(app, { authoriser, sessions });
  addTokenRoutes(app, { tokens, authorise, journal: ownLog, clock });
  void app.register(ingestRoutes, { ingest, authorise, clock, limits: config.ingest });
  void app.register(relayRoutes, { relay, authorise, clock, limits: config.ingest });
  const live = new Live({ clock, store });
  const unfollow = ingest.onStored(live.stored);
  closing.add(async () => unfollow());
  const kind = config.clickhouse === undefined ? 'embedded' : 'clickhouse';
  const about = { version, store: kind, tokenOf: tokenOf(tokens), isRelay: relay.has } as const;
  const logs = config.clickhouse === undefined ? ingest : await openOthers(ground, { store, ingest, live });
  const reads = { store, logs, prover: ingest, live, authorise, tokenWatch: authoriser, journal: ownLog, clock, facts: about };
  void app.register(readRoutes(reads));
  return { app, routes, hasConsole: pages.files !== undefined };
}

/** What other collectors on the same store take in. */
async function openOthers(ground: Ground, parts: Pick<Served, 'store' | 'ingest'> & { live: Live }): Promise<OtherCollectors> {
  const { store, ingest, live } = parts;
  const { clock, closing, onTrouble } = ground;
  const others = await OtherCollectors.open({ store, own: ingest, live, clock, onTrouble });
  closing.add(async () => others.close());
  return others;
}

/** Shows the asker its own token. */
function tokenOf(tokens: TokenBook): (principal: Principal) => ReadToken {
  return ({ tokenId }) => {
    const token = tokens.tokens.find((known) => known.tokenId === tokenId);
    if (token === undefined) throw new Refusal('TOKEN_INVALID', 'the token was revoked a moment ago');
    return tokenView(token);
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
