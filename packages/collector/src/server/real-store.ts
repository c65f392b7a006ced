import { join } from 'node:path';
import type { CollectorConfig } from '../config/config.ts';
import { CollectorError } from '../config/error.ts';
import { openEmbedded } from '../db/embedded.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/store.ts';

const databaseName = 'agent_audit';

/**
 * The store that a configuration names, up to date.
 * @param collector what tells this collector from others on the same store
 * @throws DatabaseError
 */
export async function openConfiguredStore({ dataFolder, clickhouse }: CollectorConfig, collector: string): Promise<Store> {
  if (clickhouse !== undefined) {
    const message = 'this version stores in the embedded database only: leave out clickhouse and CLICKHOUSE_URL';
    throw new CollectorError('CONFIG_INVALID', message);
  }
  const database = await openEmbedded({ folder: join(dataFolder, 'store'), database: databaseName });
  try {
    return await openStore({ database, collector });
  } catch (error) {
    await database.close();
    throw error;
  }
}
