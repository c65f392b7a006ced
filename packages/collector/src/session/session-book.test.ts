import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from 'agent-audit/testing';
import { principalOf } from '../auth/authoriser.ts';
import { MemoryTokens } from '../auth/memory-tokens.test.support.ts';
import { TokenBook } from '../auth/token-book.ts';
import { makeToken } from '../auth/token-maker.ts';
import type { JournalEntry } from '../own-log/journal.ts';
import type { Principal } from '../principal.ts';
import type { TokenRecord } from '../store/store.ts';
import { SessionBook, type SessionLimits } from './session-book.ts';

const hourMs = 3_600_000;

async function setUp(limits: Partial<SessionLimits> = {}) {
  const [store, clock, entries] = [new MemoryTokens(), new ManualClock(), new Array<JournalEntry>()];
  const tokens = new TokenBook(store, clock);
  await tokens.open();
  const book = new SessionBook({ tokens, clock, journal: { record: (entry) => entries.push(entry) }, limits });
  const newToken = async (): Promise<{ record: TokenRecord; by: Principal }> => {
    const { record } = makeToken({ name: 'reader', tenant: 't1', scopes: ['read'] }, clock);
    await tokens.put(record);
    return { record, by: principalOf(record) };
  };
  /** Lets time pass as it does: the tokens are read again meanwhile. */
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    await tokens.refresh();
    clock.advance(2_000);
  };
  const ends = (): unknown[] => entries.filter(({ type }) => type === 'signed_out').map(({ details }) => details?.['why']);
  return { store, clock, entries, tokens, book, newToken, pass, ends };
}

test('a session is opened by its secret alone, which nobody keeps', async () => {
  const { book, newToken, entries } = await setUp();
  const { by, record } = await newToken();
  const secret = book.open(by, { address: '192.0.2.1' });
  assert.match(secret, /^[\w-]{43}$/);
  const used = book.use(secret);
  assert.equal(used?.tokenId, record.tokenId);
  for (const other of ['', secret.slice(1), `${secret}A`, secret.toLowerCase(), used.id]) assert.equal(book.use(other), undefined, other);
  assert.notEqual(book.open(by, {}), secret);
  const [entry] = entries;
  assert.deepEqual([entry?.type, entry?.by?.session, entry?.by?.name], ['signed_in', used.id, 'reader']);
  assert.ok(!JSON.stringify(entries).includes(secret));
});

test('it ends after 8 hours without use, and after 24 whatever its use', async () => {
  const { book, newToken, pass, ends } = await setUp();
  const { by } = await newToken();
  const [idle, busy] = [book.open(by, {}), book.open(by, {})];
  for (let turn = 0; turn < 3; turn++) {
    await pass(7 * hourMs);
    assert.notEqual(book.use(busy), undefined, `turn ${turn}`);
  }
  assert.equal(book.use(idle), undefined);
  await pass(3 * hourMs);
  assert.equal(book.use(busy), undefined);
  assert.deepEqual(ends(), ['idle', 'too old']);
  assert.equal(book.count, 0);
});

test('it is not idle while it is followed by, and that ends with it', async () => {
  const { book, newToken, pass, ends } = await setUp();
  const { by } = await newToken();
  const secret = book.open(by, {});
  let ended = 0;
  const { id } = book.use(secret) ?? assert.fail();
  book.watch(id, () => ended++);
  const unwatch = book.watch(id, () => assert.fail('it was let go of'));
  await pass(10 * hourMs);
  unwatch();
  assert.deepEqual([ended, ends()], [0, []]);
  await pass(14 * hourMs);
  assert.deepEqual([ended, ends()], [1, ['too old']]);
  book.watch(id, () => ended++);
  assert.equal(ended, 2, 'it is over already');
});

test('a machine that slept, or whose clock was set, does not make it live longer', async () => {
  const { book, newToken, clock, tokens } = await setUp();
  const { by } = await newToken();
  const [first, second] = [book.open(by, {}), book.open(by, {})];
  clock.jump(9 * hourMs);
  assert.equal(book.use(first), undefined, 'the wall clock went on while the other stood still');
  clock.jump(-20 * hourMs);
  clock.advance(9 * hourMs);
  await tokens.refresh();
  assert.equal(book.use(second), undefined, 'the wall clock was set back');
});

test('it ends within seconds when its token is revoked or expires, also while it is followed by', async () => {
  const { book, newToken, tokens, clock, ends, store } = await setUp();
  const [one, other, gone] = [await newToken(), await newToken(), await newToken()];
  const secrets = [one, other, gone].map(({ by }) => book.open(by, {}));
  let ended = 0;
  for (const secret of secrets) book.watch(book.use(secret)?.id ?? assert.fail(), () => ended++);
  // As another collector on the same store does it.
  await store.put({ ...one.record, revokedAtMs: clock.now() });
  await store.put({ ...other.record, expiresAt: new Date(clock.now() + 1_000) });
  await tokens.refresh();
  clock.advance(2_000);
  assert.equal(ended, 2);
  assert.deepEqual(ends(), ['the token was revoked or expired', 'the token was revoked or expired']);
  assert.deepEqual(secrets.map((secret) => book.use(secret) !== undefined), [false, false, true]);
});

test('a store that does not answer ends no session', async () => {
  const { book, newToken, clock, store, ends } = await setUp();
  const secret = book.open((await newToken()).by, {});
  store.fault = new Error('down');
  clock.advance(60_000);
  assert.deepEqual([book.use(secret) !== undefined, ends()], [true, []]);
});

test('there is a limit to them: the own oldest goes first', async () => {
  const { book, newToken, ends } = await setUp({ perToken: 3, inAll: 5 });
  const [one, other] = [await newToken(), await newToken()];
  const kept = book.open(other.by, {});
  const own = [1, 2, 3].map(() => book.open(one.by, {}));
  book.use(own[0] ?? '');
  own.push(book.open(one.by, {}));
  assert.deepEqual(own.map((secret) => book.use(secret) !== undefined), [true, false, true, true]);
  assert.notEqual(book.use(kept), undefined);
  const third = await newToken();
  for (let n = 0; n < 2; n++) book.open(third.by, {});
  assert.equal(book.count, 5);
  assert.deepEqual(ends(), ['too many sessions', 'too many sessions']);
});
