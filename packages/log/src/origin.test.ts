import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { publicKeyOf } from './ed25519.test.support.ts';
import { isKeyName } from './key.ts';
import { originMatchesKey, originOf, parseOrigin } from './origin.ts';

test('the log id is the first 32 hex digits of the domain-separated hash of the public key', () => {
  const hex = createHash('sha256').update('agent-audit/origin@v1\n').update(publicKeyOf(1)).digest('hex').slice(0, 32);
  assert.equal(hex, '83f1a2c0aacab2385aae3b858ff7ae6f');
  assert.equal(originOf('scanner-7', publicKeyOf(1)), `scanner-7/${hex}`);
  assert.deepEqual(parseOrigin(`scanner-7/${hex}`), { agent: 'scanner-7', logId: hex });
});

test('an agent’s name is made fit: other characters become -, at most 64, never empty', () => {
  const agentOf = (name: string): string => parseOrigin(originOf(name, publicKeyOf(1))).agent;
  assert.equal(agentOf('Web.01_a-b'), 'Web.01_a-b');
  assert.equal(agentOf('my host/é😀+'), 'my-host----');
  assert.equal(agentOf('x'.repeat(65)), 'x'.repeat(64));
  assert.equal(agentOf(''), '-');
});

test('an origin certifies its own key and no other', () => {
  const origin = originOf('scanner-7', publicKeyOf(1));
  assert.ok(originMatchesKey(origin, publicKeyOf(1)));
  assert.ok(originMatchesKey(origin.replace('scanner-7', 'renamed'), publicKeyOf(1)));
  assert.equal(originMatchesKey(origin, publicKeyOf(2)), false);
  assert.equal(originMatchesKey(origin, publicKeyOf(1).subarray(1)), false);
  assert.equal(originMatchesKey('example.com/log', publicKeyOf(1)), false);
});

test('what is not exactly an origin is refused with ORIGIN_MALFORMED', () => {
  const hex = '0123456789abcdef0123456789abcdef';
  const refused = [
    '', hex, `/${hex}`, `a/${hex}0`, `a/${hex.slice(1)}`, `a/${hex.toUpperCase()}`, `a/b/${hex}`, `a b/${hex}`, `a/${hex}\n`,
    `${'a'.repeat(65)}/${hex}`,
  ];
  for (const origin of refused) {
    assert.throws(() => parseOrigin(origin), { name: 'LogError', code: 'ORIGIN_MALFORMED' }, origin);
  }
});

test('a public key has 32 bytes', () => {
  assert.throws(() => originOf('a', new Uint8Array(31)), { code: 'KEY_MALFORMED' });
});

test('any agent name gives an origin that parses and can name a key', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (agent) => {
      const origin = originOf(agent, publicKeyOf(1));
      const parsed = parseOrigin(origin);
      assert.equal(`${parsed.agent}/${parsed.logId}`, origin);
      assert.ok(isKeyName(origin));
    }),
  );
});
