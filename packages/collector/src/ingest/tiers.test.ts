import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Frontier, type Hash, Pairs, rootOfLeaves, utf8 } from '@agent-audit/log';
import { nodeHasher } from 'agent-audit/files';
import fc from 'fast-check';
import { growTree, leafOf } from './grow.ts';
import { eventLine, TestLog } from './log.test.support.ts';
import { rangesOf, subtreesOf, tierLeaves, Tiers } from './tiers.ts';

const leavesOf = (count: number): Hash[] => Array.from({ length: count }, (_, i) => nodeHasher.digest(utf8(String(i))));
const many = leavesOf(66_000);

function frontierOf(leaves: readonly Hash[]): Hash[] {
  const frontier = Frontier.empty();
  for (const leaf of leaves) frontier.append(leaf, nodeHasher);
  return frontier.hashes();
}

test('a tree in tiers has the root and the frontier of the tree, however it is grown and wherever it begins', () => {
  const steps = fc.array(fc.integer({ min: 1, max: 700 }), { maxLength: 12 });
  fc.assert(
    fc.property(fc.nat(2000), steps, (start, pieces) => {
      let tree = Tiers.from(start, frontierOf(many.slice(0, start)), nodeHasher);
      for (const [i, piece] of pieces.entries()) {
        if (i % 3 === 2) tree = Tiers.from(tree.size, tree.frontier(), nodeHasher);
        appendAll(tree, many.slice(tree.size, tree.size + piece));
      }
      const leaves = many.slice(0, tree.size);
      assert.deepEqual(tree.frontier(), frontierOf(leaves));
      assert.deepEqual(tree.root(), rootOfLeaves(leaves, nodeHasher));
    }),
  );
});

test('each whole tier is told once, with its root; a base begins in the middle of some', () => {
  for (const start of [0, 1, 255, 256, 65_535]) {
    const tree = Tiers.from(start, frontierOf(many.slice(0, start)), nodeHasher);
    appendAll(tree, many.slice(start));
    const expected = [];
    for (const level of [8, 16]) {
      for (let index = Math.floor(start / 2 ** level); (index + 1) * 2 ** level <= many.length; index++) expected.push({ level, index });
    }
    const told = tree.completed.toSorted((a, b) => a.level - b.level || a.index - b.index);
    assert.deepEqual(told.map(({ level, index }) => ({ level, index })), expected);
    for (const { level, index, hash } of told) {
      assert.deepEqual(hash, rootOfLeaves(many.slice(index * 2 ** level, (index + 1) * 2 ** level), nodeHasher), `${level}/${index}`);
    }
  }
});

test('sizes near 2^53 keep their tiers', () => {
  const size = Number.MAX_SAFE_INTEGER - 1;
  const hashes = leavesOf(52);
  const tree = Tiers.from(size, hashes, nodeHasher);
  assert.deepEqual(tree.frontier(), hashes);
  assert.deepEqual(tree.root(), Frontier.from(size, hashes).root(nodeHasher));
  assert.throws(() => Tiers.from(size, leavesOf(51), nodeHasher), { code: 'FRONTIER_MALFORMED' });
});

test('a frontier has its places; a range is cut into whole subtrees', () => {
  const places = subtreesOf(11, frontierOf(many.slice(0, 11))).map(({ level, index }) => [level, index]);
  assert.deepEqual(places, [[3, 0], [1, 4], [0, 10]]);
  fc.assert(
    fc.property(fc.nat(20), fc.nat(5000), (level, length) => {
      const start = 2 ** level * 3;
      let at = start;
      for (const range of rangesOf(start, start + Math.min(length, 2 ** level))) {
        assert.equal(range.index * 2 ** range.level, at);
        at += 2 ** range.level;
      }
      assert.equal(at, start + Math.min(length, 2 ** level));
    }),
  );
});

test('lines of any bytes are leaves; only the stub in its place counts as the hash that it keeps', async () => {
  const line = fc.uint8Array({ maxLength: 120 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 0x0a)));
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 600 }), fc.nat(300), async (given, start) => {
      const log = new TestLog(1);
      const before = Tiers.from(start, frontierOf(many.slice(0, start)), nodeHasher);
      const lines = given.map((bytes, i) => (i % 7 === 3 ? stubAt(start + i - (i % 2)) : Buffer.concat([bytes, Buffer.of(0x0a)])));
      assert.equal(await growTree(before, Buffer.concat([utf8('head\n'), ...lines]), 5, nodeHasher), lines.length);
      const leaves = lines.map((bytes, i) => leafOf(bytes, 0, bytes.length - 1, start + i, nodeHasher));
      assert.deepEqual(before.root(), rootOfLeaves([...many.slice(0, start), ...leaves], nodeHasher));
      assert.equal(log.size, 0);
    }),
  );
  const stub = stubAt(41);
  assert.deepEqual(leafOf(stub, 0, stub.length - 1, 41, nodeHasher), many[41]);
  assert.deepEqual(leafOf(stub, 0, stub.length - 1, 42, nodeHasher), nodeHasher.leaf(stub, 0, stub.length - 1));
});

test('a line longer than any log has is refused, and one without an end', async () => {
  const tree = (): Tiers => Tiers.from(0, [], nodeHasher);
  const longest = Buffer.concat([Buffer.alloc(65_535, 0x61), Buffer.of(0x0a)]);
  assert.equal(await growTree(tree(), Buffer.concat([eventLine(0), longest]), 0, nodeHasher), 2);
  const longer = Buffer.concat([eventLine(0), Buffer.of(0x61), longest]);
  await assert.rejects(growTree(tree(), longer, 0, nodeHasher), { code: 'BODY_TOO_LARGE' });
  await assert.rejects(growTree(tree(), eventLine(0).subarray(0, 20), 0, nodeHasher), { code: 'REQUEST_MALFORMED' });
});

function stubAt(seq: number): Uint8Array {
  const leaf = Buffer.from(many[seq] ?? new Uint8Array(32)).toString('base64');
  return utf8(`{"seq":${seq},"type":"log.erased","leaf":"${leaf}"}\n`);
}

/** In batches, as lines come, and the odd one alone. */
function appendAll(tree: Tiers, leaves: readonly Hash[]): void {
  const pairs = new Pairs(tierLeaves / 2 + 1);
  for (let at = 0; at < leaves.length; ) {
    const count = Math.min(tree.room, leaves.length - at);
    if (count === 1) {
      tree.append(leaves[at] ?? new Uint8Array(32));
    } else {
      const { place } = tree;
      for (let i = 0; i < count; i++) pairs.set(place + i, leaves[at + i] ?? new Uint8Array(32));
      tree.appendPairs(pairs, count);
    }
    at += count;
  }
}
