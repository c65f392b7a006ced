// What looks after the store: how long lines are kept, what has gone, what it takes.
import { statfs } from 'node:fs/promises';
import type { Database } from '../db/database.ts';
import { numberOf, textOf, wholeOf } from './row-values.ts';
import { addRows, nextVersion } from './state-table.ts';
import type { Retention, StoreUpkeep } from './store.ts';

const dayMs = 86_400_000;
const tenantsMax = 1_000_000;

/** Lines of a log below `next` that went. */
interface PrunedLog {
  readonly logId: string;
  readonly next: number;
  readonly lines: number;
}

/** Upkeep of a database that has its schema. */
export class DatabaseUpkeep implements StoreUpkeep {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async retention(): Promise<readonly Retention[]> {
    const rows = await this.#database.rows({
      sql: 'SELECT tenant, max_age_days, hold FROM retention FINAL ORDER BY tenant LIMIT {most:UInt64}',
      parameters: { most: tenantsMax },
    });
    return rows.map((row) => ({
      tenant: textOf(row, 'tenant'),
      maxAgeDays: numberOf(row, 'max_age_days'),
      hold: numberOf(row, 'hold') !== 0,
    }));
  }

  async setRetention({ tenant, maxAgeDays, hold }: Retention): Promise<void> {
    const version = await nextVersion(this.#database, 'retention');
    const row = { tenant, version, max_age_days: maxAgeDays, hold: hold ? 1 : 0 };
    await addRows(this.#database, 'retention', ['tenant', 'version', 'max_age_days', 'hold'], [row]);
  }

  /** By the time at which a line came in: what the line says of itself deletes nothing. */
  async prune(nowMs: number): Promise<readonly PrunedLog[]> {
    const pruned: PrunedLog[] = [];
    for (const { tenant, maxAgeDays, hold } of await this.retention()) {
      if (hold || maxAgeDays <= 0) continue;
      pruned.push(...(await this.#pruneTenant(tenant, Math.floor(nowMs - maxAgeDays * dayMs))));
    }
    return pruned;
  }

  async usage(): Promise<{ readonly events: number; readonly bytes: number; readonly freeBytes?: number }> {
    const [row] = await this.#database.rows({
      sql: `SELECT sumIf(rows, table = 'events' AND active) AS events, sumIf(bytes_on_disk, active) AS bytes FROM system.parts
        WHERE database = currentDatabase() LIMIT 1`,
    });
    const used = { events: row === undefined ? 0 : wholeOf(row, 'events'), bytes: row === undefined ? 0 : wholeOf(row, 'bytes') };
    if (this.#database.kind === 'embedded') {
      const { bavail, bsize } = await statfs(this.#database.where);
      return { ...used, freeBytes: bavail * bsize };
    }
    const [disk] = await this.#database.rows({ sql: 'SELECT min(unreserved_space) AS free FROM system.disks LIMIT 1' });
    return disk === undefined ? used : { ...used, freeBytes: wholeOf(disk, 'free') };
  }

  async #pruneTenant(tenant: string, beforeMs: number): Promise<readonly PrunedLog[]> {
    const where = `tenant = {tenant:String} AND received < fromUnixTimestamp64Milli({before:Int64}, 'UTC')`;
    const parameters = { tenant, before: beforeMs };
    const rows = await this.#database.rows({
      sql: `SELECT log_id, max(seq) + 1 AS next, count() AS lines FROM events WHERE ${where} GROUP BY log_id ORDER BY log_id
        LIMIT {most:UInt64}`,
      parameters: { ...parameters, most: tenantsMax },
    });
    if (rows.length > 0) await this.#database.execute({ sql: `ALTER TABLE events DELETE WHERE ${where}`, parameters });
    return rows.map((row) => ({ logId: textOf(row, 'log_id'), next: wholeOf(row, 'next'), lines: wholeOf(row, 'lines') }));
  }
}
