import assert from 'node:assert/strict';
import { test } from 'node:test';
import { all, parse } from '@agent-audit/search';
import { commitOf, lineAt } from './lines.test.support.ts';
import { openStore } from './open-store.ts';
import { wholeOf } from './row-values.ts';
import { cannotEmbed, temporaryDatabase } from './store.test.support.ts';
import { until } from './until.test.support.ts';

const logId = 'a'.repeat(32);

test('an erased line is in no answer, and its bytes go from the disk', { skip: cannotEmbed }, async (t) => {
  const { database, remove } = await temporaryDatabase();
  t.after(remove);
  const store = await openStore({ database });
  const secret = lineAt(logId, 3).replace('"message"', '"job_id":"secret-job","error":"secret-error","message"');
  const commit = commitOf([logId], 0, 6);
  const lines = [0, 1, 2, 3, 4, 5].map((seq) => (seq === 3 ? secret : lineAt(logId, seq)));
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  await store.commit({ ...commit, batches: commit.batches.map((batch) => ({ ...batch, bytes })) });
  const request = { visible: {}, query: parse('secret-job OR secret-error') };
  assert.equal(await store.count(request), 1);
  const stub = '{"seq":3,"type":"log.erased","leaf":"AAAA"}';
  await store.erase(logId, [{ seq: 3, line: Buffer.from(`${stub}\n`) }]);
  assert.equal(await store.count(request), 0);
  assert.deepEqual(await store.count({ visible: {}, query: parse('type:log.erased leaf:AAAA -timestamp:*') }), 1);
  const page = await store.events({ visible: {}, query: all, order: 'asc', limit: 10 });
  const erased = page.events.find(({ seq }) => seq === 3);
  assert.deepEqual([erased?.line, erased?.marks], [stub, ['ERASED']]);
  const [row] = await database.rows({ sql: 'SELECT * FROM events WHERE seq = 3 LIMIT 1' });
  assert.doesNotMatch(JSON.stringify(row), /secret|line 3/);
  // The parts that held the line are no part of the table any more; until their files are gone, the bytes are on the disk.
  await until(async () => {
    const [old] = await database.rows({
      sql: `SELECT countIf(NOT active) AS n FROM system.parts WHERE database = currentDatabase() AND table = 'events' LIMIT 1`,
    });
    return old !== undefined && wholeOf(old, 'n') === 0;
  });
});
