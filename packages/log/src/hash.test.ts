import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { concatBytes, toHex, utf8 } from './bytes.ts';
import { type Hash, hasher, Pairs } from './hash.ts';
import { Sha256 } from './hash-sha256.ts';

function sha256(...parts: readonly Uint8Array[]): Hash {
  return new Uint8Array(createHash('sha256').update(concatBytes(...parts)).digest());
}

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('SHA-256 of the examples of FIPS 180-4', () => {
  const examples: readonly [string, string][] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    ['abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq', '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1'],
    [
      'abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu',
      'cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ];
  for (const [message, hash] of examples) assert.equal(toHex(hasher.digest(utf8(message))), hash);
});

test('messages of every length around the ends of blocks, at any offset', () => {
  const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 151) ^ (i >> 3));
  for (let length = 0; length < 260; length++) {
    const message = bytes.subarray(length % 40, (length % 40) + length);
    assert.deepEqual(hasher.digest(message), sha256(message), `${length} bytes`);
  }
});

test('a message may come in any pieces, and one message leaves nothing behind for the next', () => {
  const sha = new Sha256();
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 6 }), (pieces) => {
      for (const piece of pieces) sha.update(concatBytes(Uint8Array.of(1), piece, Uint8Array.of(2)), 1, 1 + piece.length);
      assert.deepEqual(sha.digest(), sha256(...pieces));
    }),
  );
});

test('leaf and node put their prefix before what they hash', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(20), anyHash, anyHash, (bytes, skip, left, right) => {
      const start = Math.min(skip, bytes.length);
      assert.deepEqual(hasher.leaf(bytes, start, bytes.length), sha256(Uint8Array.of(0), bytes.subarray(start)));
      assert.deepEqual(hasher.node(left, right), sha256(Uint8Array.of(1), left, right));
    }),
  );
});

test('leaves puts the leaf of each line in its place', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 150 }), { minLength: 1, maxLength: 9 }), fc.constantFrom(0, 1), (lines, place) => {
      const bytes = concatBytes(utf8('before'), ...lines.flatMap((line) => [line, Uint8Array.of(0x0a)]));
      const ends = new Uint32Array(lines.length);
      let at = 6;
      lines.forEach((line, i) => {
        ends[i] = at + line.length;
        at += line.length + 1;
      });
      const pairs = new Pairs(5);
      hasher.leaves(bytes, 6, ends, lines.length, pairs, place);
      lines.forEach((line, i) => assert.deepEqual(pairs.get(place + i), hasher.leaf(line, 0, line.length)));
    }),
  );
});

test('nodes hashes pairs where they lie, from either place on', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(anyHash, anyHash), { maxLength: 9 }), fc.constantFrom(0, 1), (hashes, place) => {
      const pairs = new Pairs(10);
      hashes.forEach(([left, right], i) => {
        pairs.set(2 * i, left);
        pairs.set(2 * i + 1, right);
      });
      hasher.nodes(pairs, hashes.length, place);
      hashes.forEach(([left, right], i) => assert.deepEqual(pairs.get(place + i), hasher.node(left, right)));
    }),
  );
});

test('a pair beyond the memory is refused', () => {
  assert.throws(() => new Pairs(2).message(2), RangeError);
});
