import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { ed25519KeyType, type Ed25519Verify, utf8 } from '@agent-audit/log';
import fc from 'fast-check';
import { rememberingVerify, verifyEd25519 } from './ed25519.ts';
import { changedAt, signerOf } from './log.test.support.ts';

const changes = ['none', 'signature', 'message', 'key'] as const;
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');
const openssl: Ed25519Verify = (publicKey, message, signature) =>
  verify(null, message, createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' }), signature);

test('the second vector of RFC 8032 holds', () => {
  const publicKey = Buffer.from('3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c', 'hex');
  const signature = Buffer.from(
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    'hex',
  );
  assert.equal(verifyEd25519(publicKey, Uint8Array.of(0x72), signature), true);
  assert.equal(verifyEd25519(publicKey, Uint8Array.of(0x73), signature), false);
});

test('it says what OpenSSL says, of signatures that hold and of changed ones', () => {
  const signer = signerOf('log', 7, ed25519KeyType);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(63), fc.constantFrom(...changes), (message, at, what) => {
      const signature = signer.sign(message);
      const key = what === 'key' ? changedAt(signer.key.publicKey, at % 32) : signer.key.publicKey;
      const said = what === 'message' ? changedAt(utf8('x'), 0) : message;
      const signed = what === 'signature' ? changedAt(signature, at) : signature;
      assert.equal(verifyEd25519(key, said, signed), openssl(key, said, signed));
      assert.equal(verifyEd25519(key, said, signed), what === 'none');
    }),
    { numRuns: 40 },
  );
});

test('what can be no key or signature is false, not an error; and so is a key of small order, under which all look alike', () => {
  const signer = signerOf('log', 7, ed25519KeyType);
  const { key } = signer;
  const message = utf8('checkpoint');
  assert.equal(verifyEd25519(new Uint8Array(31), message, signer.sign(message)), false);
  assert.equal(verifyEd25519(key.publicKey, message, new Uint8Array(72)), false);
  const neutral = new Uint8Array(32);
  neutral[0] = 1;
  const signature = new Uint8Array(64);
  signature[0] = 1;
  assert.equal(verifyEd25519(neutral, message, signature), false);
});

test('what was verified once is remembered with all that it depends on', () => {
  const signer = signerOf('log', 7, ed25519KeyType);
  const { key } = signer;
  const remembering = rememberingVerify();
  const signature = signer.sign(utf8('a'));
  assert.equal(remembering(key.publicKey, utf8('a'), signature), true);
  assert.equal(remembering(key.publicKey, utf8('a'), signature), true);
  assert.equal(remembering(key.publicKey, utf8('b'), signature), false);
  assert.equal(remembering(changedAt(key.publicKey, 0), utf8('a'), signature), false);
  assert.equal(remembering(key.publicKey, utf8('a'), changedAt(signature, 0)), false);
});
