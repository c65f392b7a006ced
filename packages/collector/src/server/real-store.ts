import { join } from 'node:path';
import type { CollectorConfig } from '../config/config.ts';
import type { Database } from '../db/database.ts';
import { openEmbedded } from '../db/embedded.ts';
import { openRemote } from '../db/remote.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';

const databaseName = 'agent_audit';

/**
 * The store that a configuration names, up to date.
 * @param collector what tells this collector from others on the same store
 * @throws DatabaseError
 */
export async function openConfiguredStore(config: CollectorConfig, collector: string): Promise<Store> {
  const database = await openDatabase(config);
  try {
    // On a server there may be other collectors; a folder belongs to one.
    return await openStore({ database, collector, isShared: database.kind === 'remote' });
  } catch (error) {
    await database.close();
    throw error;
  }
}

function openDatabase({ clickhouse, dataFolder }: CollectorConfig): Promise<Database> {
  if (clickhouse === undefined) return openEmbedded({ folder: join(dataFolder, 'store'), database: databaseName });
  const { url, database = databaseName, username, password } = clickhouse;
  return openRemote({ url, database, username, password });
}
