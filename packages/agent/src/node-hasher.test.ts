import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasher, Pairs } from '@agent-audit/log';
import fc from 'fast-check';
import { nodeHasher } from './node-hasher.ts';

const anyHash = fc.uint8Array({ minLength: 32, maxLength: 32 });

test('one by one it hashes as the hasher that runs anywhere', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), fc.nat(400), anyHash, anyHash, (bytes, skip, left, right) => {
      const start = Math.min(skip, bytes.length);
      assert.deepEqual(nodeHasher.digest(bytes), hasher.digest(bytes));
      assert.deepEqual(nodeHasher.leaf(bytes, start, bytes.length), hasher.leaf(bytes, start, bytes.length));
      assert.deepEqual(nodeHasher.node(left, right), hasher.node(left, right));
    }),
  );
});

test('many at once, too', () => {
  const anyLines = fc.array(fc.uint8Array({ maxLength: 400 }), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(anyLines, fc.nat(9), fc.constantFrom(0, 1), fc.constantFrom(0, 1), (lines, start, place, above) => {
      const bytes = Buffer.concat([Buffer.alloc(start, 0x0a), ...lines.flatMap((line) => [line, Buffer.of(0x0a)])]);
      const before = Buffer.from(bytes);
      const ends = new Uint32Array(lines.length);
      lines.reduce((at, line, i) => (ends[i] = at + line.length) + 1, start);

      const [ours, theirs] = [new Pairs(7), new Pairs(7)];
      nodeHasher.leaves(bytes, start, ends, lines.length, ours, place);
      hasher.leaves(bytes, start, ends, lines.length, theirs, place);
      assert.deepEqual(ours.bytes, theirs.bytes);
      assert.deepEqual(bytes, before, 'the caller keeps his bytes as they were');

      nodeHasher.nodes(ours, lines.length >> 1, above);
      hasher.nodes(theirs, lines.length >> 1, above);
      assert.deepEqual(ours.bytes, theirs.bytes);
    }),
  );
});

test('a line longer than any before', () => {
  const bytes = new Uint8Array(3_000_000).fill(0x61);
  assert.deepEqual(nodeHasher.leaf(bytes, 1, bytes.length), hasher.leaf(bytes, 1, bytes.length));
});
