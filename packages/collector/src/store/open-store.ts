import type { Database, Statement } from '../db/database.ts';
import { eventStore } from './events/event-store.ts';
import { openIngestStore } from './ingest-store.ts';
import { migrate } from './schema/migrate.ts';
import type { EventStore, Store } from './store.ts';
import { DatabaseTokenStore } from './token-store.ts';
import { DatabaseUpkeep } from './upkeep.ts';

export interface StoreOptions {
  /** Opened by the caller; the store closes it. */
  readonly database: Database;
  /** The name of this collector: of several on one database each has records of its own. */
  readonly collector?: string;
  /** Whether other collectors write into the same database. */
  readonly isShared?: boolean;
  /** What one statement about events may take, as settings of the database. */
  readonly limits?: NonNullable<Statement['settings']>;
}

/** What a collector without readers needs of an open store. */
export type OpenStore = Omit<Store, keyof EventStore>;

/** What one statement about events may take. */
const limitsDefault = { max_execution_time: 20 } as const;

/**
 * Brings the database's schema up to date, and opens the store on it.
 * @throws DatabaseError
 */
export async function openStore({ database, collector = '', isShared = false, limits = limitsDefault }: StoreOptions): Promise<Store> {
  await migrate(database);
  const ingest = await openIngestStore({ database, collector, isShared });
  const tokens = new DatabaseTokenStore(database);
  const upkeep = new DatabaseUpkeep(database);
  const events = eventStore({ database, table: isShared ? 'events FINAL' : 'events', limits });
  return {
    ...events,
    commit: (commit) => ingest.commit(commit),
    records: () => ingest.records(),
    othersRecords: () => ingest.othersRecords(),
    record: (logId) => ingest.record(logId),
    storedSize: (logId, from) => ingest.storedSize(logId, from),
    lines: (logId, from, to) => ingest.lines(logId, from, to),
    nodes: (logId, wanted) => ingest.nodes(logId, wanted),
    erase: (logId, stubs) => ingest.erase(logId, stubs),
    alarms: (visible, limit, logId) => ingest.alarms(visible, limit, logId),
    alarmCounts: (visible) => ingest.alarmCounts(visible),
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
