import type { Database } from '../db/database.ts';
import { openIngestStore } from './ingest-store.ts';
import { migrate } from './schema/migrate.ts';
import type { IngestStore, StoreUpkeep, TokenStore } from './store.ts';
import { DatabaseTokenStore } from './token-store.ts';
import { DatabaseUpkeep } from './upkeep.ts';

export interface StoreOptions {
  /** Opened by the caller; the store closes it. */
  readonly database: Database;
  /** The name of this collector: of several on one database each has records of its own. */
  readonly collector?: string;
  /** Whether other collectors write into the same database. */
  readonly isShared?: boolean;
}

export type OpenStore = IngestStore & TokenStore & StoreUpkeep & { close(): Promise<void> };

/**
 * Brings the database's schema up to date, and opens the store on it.
 * @throws DatabaseError
 */
export async function openStore({ database, collector = '', isShared = false }: StoreOptions): Promise<OpenStore> {
  await migrate(database);
  const ingest = await openIngestStore({ database, collector, isShared });
  const tokens = new DatabaseTokenStore(database);
  const upkeep = new DatabaseUpkeep(database);
  return {
    commit: (commit) => ingest.commit(commit),
    records: () => ingest.records(),
    record: (logId) => ingest.record(logId),
    storedSize: (logId, from) => ingest.storedSize(logId, from),
    lines: (logId, from, to) => ingest.lines(logId, from, to),
    nodes: (logId, wanted) => ingest.nodes(logId, wanted),
    erase: (logId, stubs) => ingest.erase(logId, stubs),
    alarms: (visible, limit) => ingest.alarms(visible, limit),
    cosigners: () => ingest.cosigners(),
    announce: (vkey) => ingest.announce(vkey),
    tokens: () => tokens.tokens(),
    put: (token) => tokens.put(token),
    retention: () => upkeep.retention(),
    setRetention: (retention) => upkeep.setRetention(retention),
    prune: (nowMs) => upkeep.prune(nowMs),
    usage: () => upkeep.usage(),
    close: () => database.close(),
  };
}
