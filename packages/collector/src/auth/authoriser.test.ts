import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'agent-audit/testing';
import type { FastifyRequest } from 'fastify';
import type { JournalEntry } from '../own-log/journal.ts';
import { Authoriser } from './authoriser.ts';
import { MemoryTokens } from './memory-tokens.test.support.ts';
import { newSecret } from './secret.ts';
import { TokenBook } from './token-book.ts';
import { makeToken } from './token-maker.ts';

/** As much of a request as is looked at. */
function request(authorization: string | undefined, ip = '192.0.2.1'): FastifyRequest {
  return { headers: { authorization }, ip, method: 'GET', routeOptions: { url: '/v1/x' } } as unknown as FastifyRequest;
}

async function setUp() {
  const [store, clock, entries] = [new MemoryTokens(), new ManualClock(), new Array<JournalEntry>()];
  const tokens = new TokenBook(store, clock);
  await tokens.open();
  const authoriser = new Authoriser({ tokens, clock, journal: { record: (entry) => entries.push(entry) }, wrongTokensPerMinute: 3 });
  const { secret, record } = makeToken({ name: 'reader', tenant: 't1', agent: 'a1', scopes: ['read'] }, clock);
  await tokens.put(record);
  return { store, clock, entries, tokens, authoriser, secret, record };
}

test('who asks follows from the token, whatever else the request says', async () => {
  const { authoriser, secret, record } = await setUp();
  const principal = authoriser.authorise(request(`Bearer ${secret}`), 'read');
  assert.deepEqual(principal, { tokenId: record.tokenId, name: 'reader', tenant: 't1', agent: 'a1', scopes: ['read'] });
  assert.equal(authoriser.authorise(request(`bearer ${secret} `), 'read').tokenId, record.tokenId);
});

test('every wrong token is refused, and nobody is told whether it ever was one', async () => {
  const { authoriser, tokens, clock, record, secret } = await setUp();
  const code = (header: string | undefined, address: string): unknown => {
    try {
      return authoriser.authorise(request(header, address), 'read');
    } catch (error) {
      return error instanceof Error && 'code' in error ? `${String(error.code)}: ${error.message}` : error;
    }
  };
  assert.match(String(code(undefined, 'a')), /^TOKEN_MISSING/);
  const answers = [
    code('Basic dXNlcjpwYXNz', 'b'),
    code('Bearer', 'c'),
    code(`Bearer ${secret.slice(0, -1)}`, 'd'),
    code(`Bearer ${newSecret(['admin'])}`, 'e'),
  ];
  await tokens.put({ ...record, revokedAtMs: clock.now() });
  answers.push(code(`Bearer ${secret}`, 'f'));
  await tokens.put({ ...record, expiresAt: new Date(clock.now()) });
  answers.push(code(`Bearer ${secret}`, 'g'));
  assert.equal(new Set(answers).size, 1, answers.join('\n'));
  assert.match(String(answers[0]), /^TOKEN_INVALID: /);
});

test('a scope that is missing is named; an admin has them all', async () => {
  const { authoriser, secret, tokens, clock } = await setUp();
  assert.throws(() => authoriser.authorise(request(`Bearer ${secret}`), 'ingest'), { code: 'SCOPE_MISSING', members: { needs: 'ingest' } });
  const admin = makeToken({ name: 'boss', tenant: '*', scopes: ['admin'] }, clock);
  await tokens.put(admin.record);
  for (const scope of ['ingest', 'read', 'admin'] as const) {
    assert.equal(authoriser.authorise(request(`Bearer ${admin.secret}`), scope).name, 'boss');
  }
});

test('an address that tries too many wrong tokens is told to wait; a valid one of the same address is not', async () => {
  const { authoriser, secret, clock, tokens } = await setUp();
  const tryWrong = (ip?: string): string => {
    try {
      authoriser.authorise(request(`Bearer ${newSecret(['read'])}`, ip), 'read');
      return 'let in';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };
  assert.deepEqual([1, 2, 3, 4].map(() => tryWrong()), ['TOKEN_INVALID', 'TOKEN_INVALID', 'TOKEN_INVALID', 'RATE_LIMITED']);
  assert.equal(tryWrong('192.0.2.2'), 'TOKEN_INVALID');
  assert.equal(authoriser.authorise(request(`Bearer ${secret}`), 'read').name, 'reader');
  clock.advance(60_000);
  await tokens.refresh();
  assert.equal(tryWrong(), 'TOKEN_INVALID');
});

test('the journal tells sign-ins once an hour, and failures without letting who fails fill it', async () => {
  const { authoriser, secret, entries } = await setUp();
  for (let n = 0; n < 5; n++) authoriser.authorise(request(`Bearer ${secret}`), 'read');
  assert.deepEqual(entries.map(({ type, by }) => [type, by?.name]), [['signed_in', 'reader']]);
  entries.length = 0;
  for (let n = 0; n < 1_000; n++) assert.throws(() => authoriser.authorise(request(`Bearer ${newSecret(['read'])}`), 'read'));
  assert.equal(entries.length, 1);
  authoriser.close();
  assert.equal(entries.length, 2);
  assert.equal(entries[1]?.details?.['count'], 999);
  for (const entry of entries) assert.ok(!/aa_[ira]_/.test(JSON.stringify(entry)));
  entries.length = 0;
  for (let n = 0; n < 1_000; n++) assert.throws(() => authoriser.authorise(request(undefined, `10.0.${n >> 8}.${n & 255}`), 'read'));
  authoriser.close();
  assert.equal(entries.length, 201, 'two hundred kinds, and the rest as one');
});
