import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbedded } from '../db/embedded.ts';
import { mountSmallDisk } from '../db/small-disk.test.support.ts';
import { bytesOf, commitOf, recordOf } from './lines.test.support.ts';
import { openStore } from './open-store.ts';
import { cannotEmbed } from './store.test.support.ts';

const logId = 'a'.repeat(32);

test('a full disk is told as such, loses nothing, and heals', { skip: cannotEmbed }, async (t) => {
  const disk = mountSmallDisk(t, 96);
  if (disk === undefined) return;
  const folder = join(disk.folder, 'store');
  const store = await openStore({ database: await openEmbedded({ folder, database: 'agent_audit' }) });
  t.after(async () => store.close());
  await store.commit(commitOf([logId], 0, 1_000));
  disk.fill();
  const next = commitOf([logId], 1_000, 20_000);
  for (const _ of [1, 2, 3]) await assert.rejects(store.commit(next), { code: 'DB_FULL' });
  assert.deepEqual(await store.record(logId), recordOf(logId, 1_000));
  assert.deepEqual(Buffer.from((await store.lines(logId, 0, 1_000)).bytes), Buffer.from(bytesOf(logId, 0, 1_000)));
  disk.free();
  await store.commit(next);
  assert.deepEqual(await store.record(logId), recordOf(logId, 20_000));
  assert.deepEqual(Buffer.from((await store.lines(logId, 0, 30_000)).bytes), Buffer.from(bytesOf(logId, 0, 20_000)));
  assert.equal((await store.usage()).events, 20_000);
});
