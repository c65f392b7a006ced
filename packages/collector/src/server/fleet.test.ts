// Two collectors on one ClickHouse: what one takes in the other answers, what one revokes the other refuses.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cannotEmbed, startFront } from '../db/database.test.support.ts';
import { ask, finallyDo, post, temporaryFolder, until } from './collector.test.support.ts';
import { type Collector, startCollector } from './collector.ts';

test('collectors on one store agree: events, tokens, and what one revokes', { skip: cannotEmbed }, async (t) => {
  const folder = temporaryFolder(t);
  const front = await startFront(join(folder, 'clickhouse'), ['audit', 'a secret']);
  finallyDo(t, async () => front.end());
  const address = new URL(front.url);
  [address.username, address.password] = ['audit', 'a secret'];
  const troubles: string[] = [];
  const started = async (name: string): Promise<Collector> => {
    const parts = { env: { CLICKHOUSE_URL: address.href }, onTrouble: (code: string): void => void troubles.push(code) };
    const collector = await startCollector({ dataFolder: join(folder, name), port: 0, limits: { wrongTokensPerMinute: 100_000 } }, parts);
    finallyDo(t, async () => collector.close());
    return collector;
  };
  const [one, two] = [await started('one'), await started('two')];
  assert.equal(two.firstTokens, undefined, 'the store has tokens already');
  assert.notEqual(one.vkey, two.vkey);
  const { admin = '', ingest = '' } = one.firstTokens ?? {};

  const sent = await ask(`${one.url}/v1/events`, { ...post([{ type: 'seen_by_both', message: 'm', agent_id: 'a' }]), token: ingest });
  assert.equal(sent.status, 200, sent.text);
  const countAt = async (collector: Collector): Promise<unknown> => {
    return (await ask(`${collector.url}/v1/events/count?q=type:seen_by_both`, { token: admin })).json['count'];
  };
  for (const collector of [one, two]) await until('it is found', async () => (await countAt(collector)) === 1);

  const made = await ask(`${two.url}/v1/tokens`, { ...post({ name: 'r', scopes: ['read'], tenant: 'default' }), token: admin });
  const { secret, token } = made.json as { secret: string; token: { id: string } };
  const statusAtOne = async (): Promise<number> => (await ask(`${one.url}/v1/collector`, { token: secret })).status;
  await until('the other knows the token', async () => (await statusAtOne()) === 200);
  const tail = await fetch(`${one.url}/v1/tail`, { headers: { authorization: `Bearer ${secret}` } });
  assert.equal(tail.status, 200);
  await ask(`${two.url}/v1/tokens/${token.id}`, { method: 'DELETE', token: admin });
  await until('the other refuses it', async () => (await statusAtOne()) === 401);
  // The stream that was open ends too, or this would not come back.
  await tail.text();
  assert.deepEqual(troubles, []);
});
