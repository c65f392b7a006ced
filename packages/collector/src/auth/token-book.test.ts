import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'agent-audit/testing';
import { MemoryTokens } from './memory-tokens.test.support.ts';
import { isSecret, newSecret } from './secret.ts';
import { principalOf } from './authoriser.ts';
import { TokenBook } from './token-book.ts';
import { makeToken } from './token-maker.ts';

const wish = { name: 'agents', tenant: 't1', scopes: ['ingest'] } as const;

async function opened() {
  const [store, clock] = [new MemoryTokens(), new ManualClock()];
  const book = new TokenBook(store, clock);
  await book.open();
  return { store, clock, book };
}

test('a secret is spelled as scanners look for it, says what it is for, and is never the same', () => {
  const secrets = Array.from({ length: 200 }, () => newSecret(['ingest']));
  for (const secret of secrets) assert.match(secret, /^aa_i_[0-9A-Za-z]{43}$/);
  assert.equal(new Set(secrets).size, secrets.length);
  assert.match(newSecret(['read']), /^aa_r_/);
  assert.match(newSecret(['read', 'admin']), /^aa_a_/);
  for (const text of ['', 'aa_i_', 'aa_x_'.padEnd(48, '0'), 'aa_i_'.padEnd(47, '0'), 'aa_i_'.padEnd(49, '0'), 'aa_i_'.padEnd(48, '-')]) {
    assert.ok(!isSecret(text), text);
  }
});

test('what is stored of a token does not hold its secret', () => {
  const { secret, record } = makeToken(wish, new ManualClock());
  assert.ok(!JSON.stringify(record).includes(secret.slice(5)));
  assert.match(record.secretSha256, /^[0-9a-f]{64}$/);
});

test('a token is valid until it is revoked or expires, and unknown ones never are', async () => {
  const { book, clock } = await opened();
  const lasting = makeToken(wish, clock);
  const short = makeToken({ ...wish, expiresAt: new Date(clock.now() + 20_000) }, clock);
  await book.put(lasting.record);
  await book.put(short.record);
  assert.equal(book.judge(lasting.secret).kind, 'valid');
  assert.equal(book.judge(short.secret).kind, 'valid');
  assert.equal(book.judge(newSecret(['ingest'])).kind, 'unknown');
  clock.advance(20_000);
  await book.refresh();
  assert.equal(book.judge(short.secret).kind, 'expired');
  await book.put({ ...lasting.record, revokedAtMs: clock.now() });
  assert.equal(book.judge(lasting.secret).kind, 'revoked');
  await book.close();
});

test('a revocation by another collector counts within two seconds, and ends open streams once', async () => {
  const { book, clock, store } = await opened();
  const { secret, record } = makeToken({ ...wish, scopes: ['read'] }, clock);
  await book.put(record);
  let ended = 0;
  let others = 0;
  book.watch(principalOf(record), () => ended++);
  const unwatch = book.watch(principalOf(record), () => others++);
  unwatch();
  await store.put({ ...record, revokedAtMs: clock.now() });
  assert.equal(book.judge(secret).kind, 'valid', 'not read yet');
  clock.advance(2_000);
  await book.refresh();
  assert.deepEqual([book.judge(secret).kind, ended, others], ['revoked', 1, 0]);
  await book.refresh();
  assert.equal(ended, 1);
  await book.close();
});

test('an open stream ends when its token expires', async () => {
  const { book, clock } = await opened();
  const { record } = makeToken({ ...wish, expiresAt: new Date(clock.now() + 5_000) }, clock);
  await book.put(record);
  let ended = false;
  book.watch(principalOf(record), () => {
    ended = true;
  });
  clock.advance(5_000);
  await book.refresh();
  assert.ok(ended);
  await book.close();
});

test('while the store does not answer, what was read last counts for half a minute, then nothing does', async () => {
  const { book, clock, store } = await opened();
  const { secret, record } = makeToken(wish, clock);
  await book.put(record);
  let ended = false;
  book.watch(principalOf(record), () => {
    ended = true;
  });
  store.fault = new Error('gone');
  for (let second = 0; second < 30; second += 2) {
    clock.advance(2_000);
    await book.refresh().catch(() => {});
  }
  assert.equal(book.judge(secret).kind, 'valid');
  assert.ok(!ended);
  // The refresh that the clock begins fails too, and what follows it is a turn or two later.
  for (let turn = 0; turn < 3; turn++) {
    clock.advance(2_000);
    await book.refresh().catch(() => {});
    await Promise.resolve();
  }
  assert.equal(book.judge(secret).kind, 'stale');
  assert.ok(ended);
  store.fault = undefined;
  await book.refresh();
  assert.equal(book.judge(secret).kind, 'valid');
  await book.close();
});

test('no token is made that could see or do what its kind may not', () => {
  const clock = new ManualClock();
  const refused = (change: object): void => assert.throws(() => makeToken({ ...wish, ...change }, clock), { code: 'REQUEST_MALFORMED' });
  refused({ name: ' ' });
  refused({ name: 'x'.repeat(101) });
  refused({ scopes: [] });
  refused({ tenant: '*' });
  refused({ tenant: '_collector' });
  refused({ tenant: '_collector', scopes: ['admin'] });
  refused({ tenant: 'a/b' });
  refused({ agent: 'a\nb' });
  refused({ agent: 'a1', scopes: ['admin'] });
  refused({ expiresAt: new Date(clock.now()) });
  refused({ expiresAt: new Date(Number.NaN) });
  assert.deepEqual(makeToken({ ...wish, tenant: '*', scopes: ['admin', 'admin'] }, clock).record.scopes, ['admin']);
});
