// What is an adapter's own: how a folder or a server cannot be had, and what becomes of an insert that is never answered.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { commitOf, lineAt, recordOf } from '../store/lines.test.support.ts';
import { openStore } from '../store/open-store.ts';
import { cannotEmbed, startFront, temporaryEmbedded, temporaryRemote } from './database.test.support.ts';
import { openRemote } from './remote.ts';

const embedded = new URL('embedded.js', import.meta.url).href;

/** Opens a folder in a process of its own, and says how that ended. */
function openElsewhere(folder: string, prelude: string = ''): string {
  const script = `${prelude}
    const { openEmbedded } = await import(${JSON.stringify(embedded)});
    await openEmbedded({ folder: ${JSON.stringify(folder)}, database: 'agent_audit' }).then(
      (database) => database.close().then(() => console.log('opened')),
      (error) => console.log(error.code, error.message));`;
  return spawnSync(process.execPath, ['--input-type=module', '--eval', script], { encoding: 'utf8' }).stdout;
}

test('a folder that another process has open is refused, and says by whom', { skip: cannotEmbed }, async (t) => {
  const { database, place, remove } = await temporaryEmbedded();
  t.after(remove);
  const told = openElsewhere(place);
  assert.match(told, new RegExp(`^DB_IN_USE .* process ${process.pid}\\b`));
  await database.close();
  assert.match(openElsewhere(place), /^opened/);
});

test('without chdb the error names what else there is', { skip: cannotEmbed }, async (t) => {
  const { place, remove } = await temporaryEmbedded();
  t.after(remove);
  const hide = `export async function resolve(specifier, context, next) {
    if (specifier === 'chdb') throw new Error('not installed'); return next(specifier, context); }`;
  const hooks = `data:text/javascript,${encodeURIComponent(hide)}`;
  const prelude = `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`;
  assert.match(openElsewhere(place, prelude), /^DB_MISSING .*CLICKHOUSE_URL/);
});

test('a server that is not there, or does not know us, is told apart; nothing secret is said', { skip: cannotEmbed }, async (t) => {
  const { place, remove } = await temporaryEmbedded();
  t.after(remove);
  const front = await startFront(`${place}/front`, ['auditor', 'sesame']);
  t.after(() => front.end());
  const url = front.url.replace('//', '//auditor:sesame@');
  const database = await openRemote({ url, database: 'own_name' });
  assert.equal(database.where, `${front.url}/own_name`);
  assert.deepEqual(await database.rows({ sql: 'SELECT currentDatabase() AS name LIMIT 1' }), [{ name: 'own_name' }]);
  await database.close();
  const wrong = openRemote({ url: front.url, database: 'own_name', username: 'auditor', password: 'guess' });
  await assert.rejects(wrong, (error: Error) => 'code' in error && error.code === 'DB_DENIED' && !error.message.includes('guess'));
  await assert.rejects(openRemote({ url, database: 'no name' }), { code: 'DB_REFUSED' });
  await front.end();
  await assert.rejects(openRemote({ url, database: 'own_name' }), (error: Error) => {
    return 'code' in error && error.code === 'DB_UNAVAILABLE' && !error.message.includes('sesame');
  });
});

test('an insert that is done and never answered is stored once', { skip: cannotEmbed }, async (t) => {
  const { database, remove } = await temporaryRemote();
  t.after(remove);
  const store = await openStore({ database });
  const logId = 'a'.repeat(32);
  const commit = commitOf([logId], 0, 5);
  const bytes = Buffer.from(`${lineAt(logId, 0)}\n"cut off here"\n`);
  const cut = { ...commit, batches: commit.batches.map((batch) => ({ ...batch, bytes, lines: 2 })), records: [recordOf(logId, 2)] };
  await assert.rejects(store.commit(cut), { code: 'DB_UNAVAILABLE' });
  assert.equal(await store.record(logId), undefined);
  assert.equal(await store.storedSize(logId, 0), 2);
  await store.commit(cut);
  assert.deepEqual(Buffer.from((await store.lines(logId, 0, 9)).bytes), bytes);
  assert.equal((await store.usage()).events, 2);
});
