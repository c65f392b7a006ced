import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusedOf, requestOf, type TokenWish, wrongOf } from './token-wish.ts';

const wish: TokenWish = { name: 'auditor', scope: 'read', tenant: '', agent: '', days: 0 };

test('an admin of every tenant must say which one reads or writes, and need not for another admin', () => {
  assert.deepEqual(wrongOf(wish, '*'), { field: 'tenant', message: 'A token that may read is of one tenant. Say which.' });
  assert.equal(wrongOf({ ...wish, scope: 'ingest', tenant: '*' }, '*')?.field, 'tenant');
  assert.equal(wrongOf({ ...wish, scope: 'admin' }, '*'), undefined);
  assert.equal(wrongOf({ ...wish, tenant: 'acme' }, '*'), undefined);
  assert.equal(wrongOf(wish, 'acme'), undefined);
});

test('what cannot be a name is said where it stands', () => {
  assert.equal(wrongOf({ ...wish, tenant: 'not/one' }, '*')?.field, 'tenant');
  assert.equal(wrongOf({ ...wish, tenant: 'acme', agent: 'a b' }, '*')?.field, 'agent');
  assert.equal(refusedOf('"name" is to have 1 to 100 characters').field, 'name');
  assert.deepEqual(refusedOf('the store does not answer'), { message: 'the store does not answer' });
});

test('a wish asks for what was filled in, and binds no admin', () => {
  assert.deepEqual(requestOf({ ...wish, agent: 'a-1', tenant: 't' }, 0), { name: 'auditor', scopes: ['read'], tenant: 't', agent: 'a-1' });
  const admin = requestOf({ ...wish, scope: 'admin', agent: 'a-1', days: 2 }, 1_000);
  assert.deepEqual(admin, { name: 'auditor', scopes: ['admin'], expires_at: '1970-01-03T00:00:01.000Z' });
});
