import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { publicKeyOf } from './ed25519.test.support.ts';
import { cosignatureKeyType, ed25519KeyType, formatVerifierKey, isKeyName, parseVerifierKey, requireKeyType, verifierKey } from './key.ts';

/** The key of the example that golang.org/x/mod/sumdb/note and C2SP signed-note publish. */
const published = 'example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k';

test('the published vkey parses, and is written back as it was', () => {
  const key = parseVerifierKey(published);
  assert.equal(key.name, 'example.com/foo');
  assert.equal(key.keyId, 0x530d903a);
  assert.equal(key.type, ed25519KeyType);
  assert.equal(Buffer.from(key.publicKey).toString('hex'), 'e932791ae6e7a840a46164c904786426d5e7821dd8b29a00d61cae72afdd4da4');
  assert.equal(formatVerifierKey(key), published);
});

test('one public key has another id for each signature type', () => {
  const log = verifierKey('a.example/1', ed25519KeyType, publicKeyOf(1));
  const witness = verifierKey('a.example/1', cosignatureKeyType, publicKeyOf(1));
  assert.notEqual(log.keyId, witness.keyId);
  assert.deepEqual(parseVerifierKey(formatVerifierKey(witness)), witness);
});

test('a key id keeps its leading zeros', () => {
  const names = Array.from({ length: 4096 }, (_, i) => `z${i}`);
  const name = names.find((candidate) => verifierKey(candidate, 1, publicKeyOf(1)).keyId < 0x0100_0000);
  assert.ok(name !== undefined);
  const key = verifierKey(name, 1, publicKeyOf(1));
  assert.match(formatVerifierKey(key), /^z\d+\+0[0-9a-f]{7}\+/);
  assert.deepEqual(parseVerifierKey(formatVerifierKey(key)), key);
});

test('what is not exactly a vkey is refused with KEY_MALFORMED', () => {
  const [name, id, base64] = ['example.com/foo', '530d903a', 'AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k'];
  const refused = [
    '',
    name,
    `${name}+${id}`,
    `${name}+${id}+`,
    `${name}+${id}+${base64}\n`,
    ` ${name}+${id}+${base64}`,
    `${name}+530D903A+${base64}`,
    `${name}+530d903b+${base64}`,
    `${name}+30d903a+${base64}`,
    `${name}x+${id}+${base64}`,
    `+${id}+${base64}`,
    `${name}+${id}+${base64.slice(0, -4)}`,
    `${name}+${id}+${base64}AAAA`,
    `${name}+${id}+B${base64.slice(1)}`,
    `${name}+${id}+${base64.slice(0, -1)}`,
    `${name}+${id}+${base64.replace('R', '-')}`,
  ];
  for (const vkey of refused) assert.throws(() => parseVerifierKey(vkey), { name: 'LogError', code: 'KEY_MALFORMED' }, vkey);
});

test('a key of an unknown signature type is refused, and the message names the known ones', () => {
  const vkey = `w+00000000+${Buffer.alloc(33, 6).toString('base64')}`;
  assert.throws(() => parseVerifierKey(vkey), { code: 'KEY_MALFORMED', message: /0x01.*0x04/ });
});

test('a key name has no Unicode space, plus or control character', () => {
  for (const name of ['a', 'example.com/log', 'scanner-7/3f2a', 'né.example', '😀']) assert.ok(isKeyName(name), name);
  for (const name of ['', 'a b', 'a+b', 'a\u00a0b', 'a\u2003b', 'a\u3000', 'a\tb', 'a\n', 'a\u0085b', 'a\u0000', '\ud800', 'a\u1680']) {
    assert.equal(isKeyName(name), false, JSON.stringify(name));
    assert.throws(() => verifierKey(name, 1, publicKeyOf(1)), { code: 'KEY_MALFORMED' });
  }
  assert.throws(() => verifierKey('n'.repeat(256), 1, publicKeyOf(1)), { code: 'KEY_MALFORMED' });
  assert.equal(verifierKey('n'.repeat(255), 1, publicKeyOf(1)).name.length, 255);
});

test('a public key has 32 bytes', () => {
  for (const length of [0, 31, 33]) assert.throws(() => verifierKey('a', 1, new Uint8Array(length)), { code: 'KEY_MALFORMED' });
});

test('a key of the wrong kind is refused by name', () => {
  const log = verifierKey('log.example', ed25519KeyType, publicKeyOf(1));
  requireKeyType(log, ed25519KeyType);
  assert.throws(() => requireKeyType(log, cosignatureKeyType), { code: 'KEY_WRONG_TYPE', message: /log\.example/ });
});

test('any key survives being written and read; what reads is written back the same', () => {
  const anyKey = fc.record({
    name: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }).filter(isKeyName),
    type: fc.constantFrom(ed25519KeyType, cosignatureKeyType),
    publicKey: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  });
  fc.assert(
    fc.property(anyKey, ({ name, type, publicKey }) => {
      const key = verifierKey(name, type, Uint8Array.from(publicKey));
      assert.deepEqual(parseVerifierKey(formatVerifierKey(key)), key);
    }),
  );
  fc.assert(
    fc.property(fc.nat(published.length - 1), fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 1 }), (at, char) => {
      const changed = published.slice(0, at) + char + published.slice(at + 1);
      if (changed === published) return;
      assert.throws(() => parseVerifierKey(changed), { code: 'KEY_MALFORMED' });
    }),
    { numRuns: 1000 },
  );
});
