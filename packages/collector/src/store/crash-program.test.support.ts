// Commits without end, and says each size that it was told is stored; goes on from what it finds. Meant to be killed.
import { openEmbedded } from '../db/embedded.ts';
import { batchOf, recordOf } from './lines.test.support.ts';
import { openStore } from './open-store.ts';

const [folder = '', logs = ''] = process.argv.slice(2);
const database = await openEmbedded({ folder, database: 'agent_audit' });
const store = await openStore({ database });
const sizes = new Map<string, number>();
for (const logId of logs.split(',')) {
  const size = (await store.record(logId))?.size ?? 0;
  sizes.set(logId, size);
  process.stdout.write(`found ${logId} ${size} ${await store.storedSize(logId, size)}\n`);
}
for (let round = 0; ; round++) {
  const grown = [...sizes].map(([logId, size], index) => ({ logId, from: size, to: size + 50 + ((round * 37 + index * 13) % 300) }));
  await store.commit({
    batches: grown.map(({ logId, from, to }) => batchOf(logId, from, to)),
    nodes: [],
    alarms: [],
    records: grown.map(({ logId, to }) => recordOf(logId, to)),
  });
  for (const { logId, to } of grown) {
    sizes.set(logId, to);
    process.stdout.write(`stored ${logId} ${to}\n`);
  }
}
