// A token that is revoked while it is used: what it opened ends, in both directions, and another one in its file goes on.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { collectorPath, TailParser } from '@agent-audit/log';
import { cannotCollect } from './collector.ts';
import { assertStoredOnce } from './promises.ts';
import { Reader } from './reader.ts';
import { Site } from './site.ts';

test('a token revoked while an agent ships and a reader follows ends both; a new one heals', { skip: cannotCollect }, async (t) => {
  const site = await Site.open(t);
  const shipping = await site.admin.makeToken(['ingest']);
  const reading = await site.admin.makeToken(['read']);
  const tokenFile = join(site.folder, 'agent-token');
  writeFileSync(tokenFile, shipping.secret);
  const follower = new Reader(() => site.collector.url, reading.secret);
  const tail = await follower.tail();
  assert.equal(tail.status, 200);
  const followed = read(tail);
  const agent = await site.agent('scanner-1', { tokenFile });
  await agent.run();
  await agent.when('lines are shipped', ({ remote }) => remote.size > 0);
  await site.when('the reader follows', () => followed.seqs.length > 0);

  await site.admin.revoke(reading.id);
  await followed.ended;
  const { status, code } = await follower.ask(collectorPath);
  assert.deepEqual({ status, code }, { status: 401, code: 'TOKEN_INVALID' });
  assert.deepEqual(followed.seqs, followed.seqs.map((_, i) => i), 'until then it was told every line, once, in order');

  await site.admin.revoke(shipping.id);
  const refused = await agent.when('it is refused', ({ reasons }) => reasons.some((reason) => reason.code === 'REMOTE_REFUSED'));
  assert.match(refused.remote.lastError ?? '', /TOKEN_INVALID/);
  const { size = NaN } = (await site.reader.log(refused.origin)) ?? {};
  assert.equal(refused.remote.size, size, 'the collector has what the agent holds receipts for, and nothing since');

  writeFileSync(tokenFile, (await site.admin.makeToken(['ingest'])).secret);
  await agent.when('it is well again', ({ state, remote }) => state === 'ok' && remote.size > size);
  await agent.rest();
  await agent.shipped();
  await assertStoredOnce(site, agent);
  assert.deepEqual(agent.troubledBesides('REMOTE_REFUSED'), []);
  assert.ok(!site.collector.account().includes(shipping.secret), 'no secret is told');
});

/** Reads a tail until it ends. */
function read(tail: Response): { readonly seqs: number[]; readonly ended: Promise<void> } {
  const seqs: number[] = [];
  const parser = new TailParser();
  const ended = (async () => {
    if (tail.body === null) return;
    for await (const piece of tail.body.pipeThrough(new TextDecoderStream())) {
      for (const message of parser.push(piece)) if (message.kind === 'event') seqs.push(message.event.seq);
    }
  })();
  return { seqs, ended };
}
