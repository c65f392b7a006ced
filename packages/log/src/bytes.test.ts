import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  concatBytes, decodeBase64, decodeDecimal, decodeUtf8, encodeBase64, equalBytes, isWellFormed, readUint32, toHex, utf8, writeUint32,
} from './bytes.ts';

test('base64 is that of RFC 4648 §10', () => {
  const vectors = { '': '', f: 'Zg==', fo: 'Zm8=', foo: 'Zm9v', foob: 'Zm9vYg==', fooba: 'Zm9vYmE=', foobar: 'Zm9vYmFy' };
  for (const [text, base64] of Object.entries(vectors)) {
    assert.equal(encodeBase64(utf8(text)), base64);
    assert.deepEqual(decodeBase64(base64), utf8(text));
  }
});

test('base64 agrees with Node for any bytes, and comes back', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      assert.equal(encodeBase64(bytes), Buffer.from(bytes).toString('base64'));
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), Uint8Array.from(bytes));
    }),
  );
});

test('base64 that encodeBase64 would not have written is refused', () => {
  for (const text of ['Zg', 'Zg=', 'Zh==', 'Zm9=', '====', 'Z===', 'Zg==Zg==', 'Zm9v\n', ' Zm9v', 'Zm-_', 'Zm9vé===', 'Z\u0100==']) {
    assert.equal(decodeBase64(text), undefined, JSON.stringify(text));
  }
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AQgwZm9v+/=-_ ') }), (text) => {
      const bytes = decodeBase64(text);
      assert.ok(bytes === undefined || encodeBase64(bytes) === text);
    }),
    { numRuns: 2000 },
  );
});

test('a decimal has one spelling, up to 2^53-1', () => {
  assert.equal(decodeDecimal('0'), 0);
  assert.equal(decodeDecimal('9007199254740991'), Number.MAX_SAFE_INTEGER);
  for (const text of ['', '00', '01', '-1', '+1', '1.0', '1e3', ' 1', '1\n', '0x1', '٣', '9007199254740992', '10000000000000000']) {
    assert.equal(decodeDecimal(text), undefined, JSON.stringify(text));
  }
});

test('UTF-8 decodes to what encodes back to the same bytes, or not at all', () => {
  assert.equal(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61)), '\ufeffa');
  assert.equal(decodeUtf8(Uint8Array.of(0xff)), undefined);
  assert.equal(decodeUtf8(Uint8Array.of(0xed, 0xa0, 0x80)), undefined);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 12 }), (bytes) => {
      const text = decodeUtf8(bytes);
      assert.ok(text === undefined || equalBytes(utf8(text), bytes));
    }),
    { numRuns: 2000 },
  );
});

test('a text is well formed when it has no lone surrogate', () => {
  assert.ok(isWellFormed('plain, ünï, 😀'));
  for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800']) assert.equal(isWellFormed(text), false);
});

test('hexadecimal, 32-bit numbers, concatenation and comparison', () => {
  assert.equal(toHex(Uint8Array.of(0, 10, 255)), '000aff');
  assert.equal(readUint32(Uint8Array.of(9, 0xff, 0, 0, 1).subarray(1)), 0xff000001);
  assert.deepEqual(writeUint32(0xff000001), Uint8Array.of(0xff, 0, 0, 1));
  assert.deepEqual(concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3)), Uint8Array.of(1, 2, 3));
  assert.ok(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2)));
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1)), false);
  assert.equal(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3)), false);
});
