// The statements of docs/collector-store.md that cannot be run here are at least statements.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { migrations } from './schema/migrate.ts';
import { cannotEmbed, temporaryDatabase } from './store.test.support.ts';

const page = readFileSync(fileURLToPath(new URL('../../../../docs/collector-store.md', import.meta.url)), 'utf8');

test('the statements for clusters are parsed', { skip: cannotEmbed }, async (t) => {
  const { database, remove } = await temporaryDatabase();
  t.after(remove);
  const statements = [...page.matchAll(/^```sql\n([^]*?)^```$/gm)].map(([, sql = '']) => sql.trim());
  assert.equal(statements.length, 3);
  for (const sql of statements) assert.ok((await database.rows({ sql: `EXPLAIN AST ${sql}` })).length > 0, sql);
});

test('the page names every table of the schema', () => {
  const statements = migrations.flatMap((step) => step.statements).join('\n');
  const tables = [...statements.matchAll(/CREATE TABLE IF NOT EXISTS (\w+)/g)].map(([, name]) => name);
  for (const name of tables) assert.ok(page.includes(`| \`${name}\` |`), name);
});
