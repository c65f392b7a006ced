// A database that refuses the collector for good, as a server does whose user was locked out, lost a right, or may only read.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { cannotEmbed, startFront } from '../db/database.test.support.ts';
import { TestLog } from '../ingest/log.test.support.ts';
import { type Answer, ask, finallyDo, journalOf, temporaryFolder, until } from './collector.test.support.ts';
import { startCollector } from './collector.ts';

const denials = {
  497: ['inserts', "collector: Not enough privileges. To execute this query, it's necessary to have the grant INSERT", /grant .*INSERT/],
  164: ['inserts', 'collector: Cannot execute query in readonly mode', /let the collector's user write/],
  516: ['all', 'collector: Authentication failed: password is incorrect', /correct clickhouse\.username/],
} as const;

test('a store that refuses for good is told as that, with what its operator does', { skip: cannotEmbed }, async (t) => {
  const folder = temporaryFolder(t);
  const front = await startFront(join(folder, 'clickhouse'));
  finallyDo(t, async () => front.end());
  const parts = { env: { CLICKHOUSE_URL: front.url }, onTrouble: () => {} };
  const collector = await startCollector({ dataFolder: join(folder, 'data'), port: 0 }, parts);
  finallyDo(t, async () => collector.close());
  const { admin = '', ingest: token = '' } = collector.firstTokens ?? {};
  const log = new TestLog(1, 'agent-1', 1);
  const readyz = (): Promise<Answer> => ask(`${collector.url}/readyz`);
  const send = (old: number): Promise<Answer> =>
    ask(`${collector.url}/v1/entries`, { method: 'POST', body: new Uint8Array(log.body(old)), token });
  assert.equal((await ask(`${collector.url}/v1/logs`, { method: 'POST', body: log.enrolment(), token })).status, 200);
  let sent = 0;
  for (const [number, [what, said, remedy]] of Object.entries(denials)) {
    await front.deny(what, `Code: ${number}. DB::Exception: ${said} (ON secret_table) (NAME)`);
    const refused = await send(sent);
    assert.deepEqual([refused.status, refused.code], [503, 'STORE_REFUSED'], refused.text);
    assert.match(refused.text, remedy);
    assert.doesNotMatch(refused.text, /secret_table|DB::Exception/);
    assert.ok(Number(refused.headers.get('retry-after')) >= 5);
    await until('readyz says so', async () => (await readyz()).code === 'STORE_REFUSED');
    assert.match((await readyz()).text, remedy);
    const read = await ask(`${collector.url}/v1/events/count`, { token: admin });
    assert.equal(read.code, what === 'all' ? 'STORE_REFUSED' : undefined, read.text);
    await front.deny(what, '');
    const taken = await send(sent);
    assert.equal(taken.status, 200, taken.text);
    sent = log.size;
    log.write(1);
    await until('it is ready again', async () => (await readyz()).status === 200);
  }
  const [told] = journalOf(collector, 'internal_error');
  assert.match(String(told?.['error']), /secret_table/, 'its own log has what the store said');
});
