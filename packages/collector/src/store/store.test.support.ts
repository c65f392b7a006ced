// A store on an embedded database in a folder of its own. One process has one folder at a time: a test file that uses this keeps to one.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../db/database.ts';
import { openEmbedded } from '../db/embedded.ts';

/** Why embedded tests cannot run here; false where they can. For the option `skip` of a test. */
export const cannotEmbed: string | false = await import('chdb').then(
  () => false,
  (error: unknown) => `needs the optional package chdb: ${String(error)}`,
);

/** A database, with nothing in it, and what takes it away. */
export async function temporaryDatabase(): Promise<{ database: Database; folder: string; remove: () => Promise<void> }> {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-store-'));
  const database = await openEmbedded({ folder, database: 'agent_audit' });
  return {
    database,
    folder,
    remove: async () => {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
