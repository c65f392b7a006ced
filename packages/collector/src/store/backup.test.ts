// The two ways to back up an embedded store that docs/collector-store.md names.
import assert from 'node:assert/strict';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openEmbedded } from '../db/embedded.ts';
import { bytesOf, commitOf, recordOf } from './lines.test.support.ts';
import { openStore } from './open-store.ts';
import type { Store } from './store.ts';
import { cannotEmbed } from './store.test.support.ts';

const logId = 'a'.repeat(32);

async function checkAndGoOn(store: Store): Promise<void> {
  assert.deepEqual(await store.record(logId), recordOf(logId, 100));
  assert.deepEqual(Buffer.from((await store.lines(logId, 0, 200)).bytes), Buffer.from(bytesOf(logId, 0, 100)));
  await store.commit(commitOf([logId], 100, 150));
  assert.equal((await store.usage()).events, 150);
}

test('a copy of the folder, and what BACKUP wrote, are stores that go on', { skip: cannotEmbed }, async (t) => {
  const home = mkdtempSync(join(tmpdir(), 'agent-audit-backup-'));
  t.after(() => {
    rmSync(home, { recursive: true, force: true });
  });
  const backupFolder = join(home, 'backups');
  mkdirSync(backupFolder);
  const open = (folder: string) => openEmbedded({ folder: join(home, folder), database: 'agent_audit', backupFolder });
  const database = await open('store');
  const store = await openStore({ database });
  await store.commit(commitOf([logId], 0, 100));
  await database.execute({ sql: `BACKUP DATABASE agent_audit TO File('${backupFolder}/monday')` });
  await store.close();
  cpSync(join(home, 'store'), join(home, 'copy'), { recursive: true });

  const copy = await openStore({ database: await open('copy') });
  await checkAndGoOn(copy);
  await copy.close();

  const empty = await open('restored');
  await empty.execute({ sql: 'DROP DATABASE agent_audit SYNC' });
  await empty.execute({ sql: `RESTORE DATABASE agent_audit FROM File('${backupFolder}/monday')` });
  const restored = await openStore({ database: empty });
  await checkAndGoOn(restored);
  await restored.close();
});
