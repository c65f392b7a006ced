import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { ed25519KeyType, formatVerifierKey, originOf } from '@agent-audit/log';
import { logVkey, signerOf, witnessVkey } from './log.test.support.ts';
import { fingerprint, formatPins, isPinned, parsePins, pinnedOthers, withoutPin, withPin } from './trust.ts';

const nowMs = Date.parse('2026-11-24T14:00:00Z');

test('a fingerprint is what sha256sum says of the vkey', () => {
  assert.equal(fingerprint(logVkey).replaceAll(' ', ''), createHash('sha256').update(logVkey).digest('hex'));
  assert.match(fingerprint(logVkey), /^(?:[0-9a-f]{4} ){15}[0-9a-f]{4}$/);
});

test('a key is pinned once, kept, and let go of', () => {
  const pins = withPin(withPin([], logVkey, nowMs), logVkey, nowMs + 1);
  assert.deepEqual(pins, [{ vkey: logVkey, pinned_at: '2026-11-24T14:00:00.000Z' }]);
  assert.deepEqual(parsePins(formatPins(pins)), pins);
  assert.equal(isPinned(pins, witnessVkey), false);
  assert.deepEqual(withoutPin(pins, logVkey), []);
});

test('what is no pin is never trusted', () => {
  for (const text of [null, '', 'null', '{}', '[1,null,{}]', `[{"vkey":"x+1+y","pinned_at":"2026-11-24T14:00:00Z"}]`]) {
    assert.deepEqual(parsePins(text), []);
  }
  const almost = [{ vkey: logVkey, pinned_at: 'never' }, { vkey: `${logVkey} `, pinned_at: '2026-11-24' }];
  assert.deepEqual(parsePins(JSON.stringify(almost)), []);
});

test('another key under a pinned name is told of', () => {
  const pins = withPin([], logVkey, nowMs);
  const successor = formatVerifierKey(signerOf((publicKey) => originOf('scanner-7', publicKey), 9, ed25519KeyType).key);
  const stranger = formatVerifierKey(signerOf((publicKey) => originOf('scanner-77', publicKey), 8, ed25519KeyType).key);
  assert.deepEqual(pinnedOthers(pins, successor), pins);
  assert.deepEqual(pinnedOthers(pins, stranger), []);
  assert.deepEqual(pinnedOthers(pins, logVkey), []);
});
