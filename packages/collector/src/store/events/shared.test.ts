// Two collectors may store the same line at the same time. Readers see it once, before the database has merged the two and after.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, parse } from '@agent-audit/search';
import { bytesOf, commitOf } from '../lines.test.support.ts';
import { openStore } from '../open-store.ts';
import { cannotEmbed, temporaryDatabase } from '../store.test.support.ts';

const logId = 'a'.repeat(32);
const lines = 500;

test('what two collectors stored is read once', { skip: cannotEmbed }, async (t) => {
  const { database, remove } = await temporaryDatabase();
  t.after(remove);
  const [one, two] = await Promise.all(['one', 'two'].map((collector) => openStore({ database, collector, isShared: true })));
  assert.ok(one !== undefined && two !== undefined);
  await database.execute({ sql: 'SYSTEM STOP MERGES events' });
  await Promise.all([one.commit(commitOf([logId], 0, lines)), two.commit(commitOf([logId], 0, lines))]);
  // However that race ended: now every line is there twice, or more.
  await database.execute({ sql: 'INSERT INTO events SELECT * FROM events' });
  const [row] = await database.rows({ sql: 'SELECT count() >= 1000 AS twice FROM events LIMIT 1' });
  assert.deepEqual(row, { twice: 1 });
  const request = { visible: { tenant: 'acme' }, query: all };
  for (const order of ['asc', 'desc'] as const) {
    const page = await two.events({ ...request, order, limit: lines });
    assert.equal(new Set(page.events.map(({ seq }) => seq)).size, lines);
    assert.equal(page.more, false);
  }
  assert.equal(await two.count(request), lines);
  assert.equal(await two.count({ ...request, query: parse('line') }), lines);
  assert.equal((await two.stats(request)).events, lines);
  const pieces: Uint8Array[] = [];
  for await (const piece of two.export(request, 'ndjson')) pieces.push(piece);
  assert.deepEqual(Buffer.concat(pieces), Buffer.from(bytesOf(logId, 0, lines)));
  assert.deepEqual(Buffer.from((await two.lines(logId, 0, lines)).bytes), Buffer.from(bytesOf(logId, 0, lines)));
  assert.equal(await two.storedSize(logId, 0), lines);
  assert.equal((await one.records()).length, 1, 'each has records of its own');
});
