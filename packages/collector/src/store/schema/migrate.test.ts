import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Database } from '../../db/database.ts';
import { cannotEmbed, kinds } from '../../db/database.test.support.ts';
import { textOf } from '../row-values.ts';
import { migrate, migrations } from './migrate.ts';

/** Everything that a schema is. */
async function schemaOf(database: Database): Promise<readonly string[]> {
  const rows = await database.rows({
    sql: `SELECT create_table_query AS told FROM system.tables WHERE database = currentDatabase() AND name NOT LIKE '.inner%'
      ORDER BY name LIMIT 100`,
  });
  return rows.map((row) => textOf(row, 'told'));
}

/** Takes everything away. */
async function clear(database: Database): Promise<void> {
  const rows = await database.rows({ sql: 'SELECT name, engine FROM system.tables WHERE database = currentDatabase() LIMIT 100' });
  const views = rows.filter((row) => textOf(row, 'engine') === 'MaterializedView');
  for (const row of views) await database.execute({ sql: `DROP VIEW ${textOf(row, 'name')}` });
  for (const row of rows.filter((one) => !views.includes(one))) await database.execute({ sql: `DROP TABLE ${textOf(row, 'name')} SYNC` });
}

for (const { name, open } of kinds) {
  describe(`the schema, ${name}`, { skip: cannotEmbed }, () => {
    it('comes to the same from nothing, from each earlier version, and from where a step was cut off', async (t) => {
      const { database, remove } = await open();
      t.after(remove);
      await migrate(database);
      const whole = await schemaOf(database);
      assert.ok(whole.length > migrations.length);
      await migrate(database);
      assert.deepEqual(await schemaOf(database), whole, 'twice is once');
      for (let version = 0; version < migrations.length; version++) {
        await clear(database);
        await migrate(database, migrations.slice(0, version));
        await migrate(database);
        assert.deepEqual(await schemaOf(database), whole, `from version ${version}`);
        const statements = migrations[version]?.statements ?? [];
        for (let done = 1; done <= statements.length; done++) {
          await clear(database);
          await migrate(database, migrations.slice(0, version));
          for (const sql of statements.slice(0, done)) await database.execute({ sql });
          await migrate(database);
          assert.deepEqual(await schemaOf(database), whole, `from version ${version} and ${done} statements`);
        }
      }
    });

    it('refuses a database that a newer collector has been at', async (t) => {
      const { database, remove } = await open();
      t.after(remove);
      const newer = { version: migrations.length + 1, name: 'of tomorrow', statements: [] };
      await migrate(database, [...migrations, newer]);
      await assert.rejects(migrate(database), { code: 'DB_REFUSED', message: /of tomorrow.*newer collector/ });
    });

    it('has versions from 1, without gaps', () => {
      assert.deepEqual(
        migrations.map(({ version }) => version),
        migrations.map((_, index) => index + 1),
      );
    });
  });
}
