import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { LogError } from './error.ts';
import { type Hash, hasher, Pairs } from './hash.ts';
import { consistencyProof, Frontier, inclusionProof, InclusionProver, rootOfLeaves, verifyConsistency, verifyInclusion } from './tree.ts';

/** The tree as RFC 9162 §2.1 writes it, word for word, over another SHA-256: slow, and easy to believe. */
const naive = {
  hash: (...parts: readonly Uint8Array[]): Hash => new Uint8Array(createHash('sha256').update(Buffer.concat(parts)).digest()),
  split: (n: number): number => 2 ** Math.floor(Math.log2(n - 1)),
  root(leaves: readonly Hash[]): Hash {
    const [only] = leaves;
    if (only === undefined) return naive.hash();
    if (leaves.length === 1) return only;
    const k = naive.split(leaves.length);
    return naive.hash(Uint8Array.of(1), naive.root(leaves.slice(0, k)), naive.root(leaves.slice(k)));
  },
  path(m: number, leaves: readonly Hash[]): Hash[] {
    if (leaves.length === 1) return [];
    const k = naive.split(leaves.length);
    if (m < k) return [...naive.path(m, leaves.slice(0, k)), naive.root(leaves.slice(k))];
    return [...naive.path(m - k, leaves.slice(k)), naive.root(leaves.slice(0, k))];
  },
  subproof(m: number, leaves: readonly Hash[], whole: boolean): Hash[] {
    if (m === leaves.length) return whole ? [] : [naive.root(leaves)];
    const k = naive.split(leaves.length);
    if (m <= k) return [...naive.subproof(m, leaves.slice(0, k), whole), naive.root(leaves.slice(k))];
    return [...naive.subproof(m - k, leaves.slice(k), false), naive.root(leaves.slice(0, k))];
  },
};

/** So many leaves, all different. */
function leavesOf(count: number): Hash[] {
  return Array.from({ length: count }, (_, i) => naive.hash(Uint8Array.of(0), Buffer.from(`leaf ${i}`)));
}

const maxLeaves = 80;
const allLeaves = leavesOf(maxLeaves);

/** A size from 1 on and an index below it. */
const anyLeaf = fc.integer({ min: 1, max: maxLeaves }).chain((size) => fc.record({ size: fc.constant(size), index: fc.nat(size - 1) }));
/** 0 < oldSize ≤ newSize. */
const anySizes = fc
  .integer({ min: 1, max: maxLeaves })
  .chain((newSize) => fc.record({ newSize: fc.constant(newSize), oldSize: fc.integer({ min: 1, max: newSize }) }));

function at<T>(items: readonly T[], index: number): T {
  const item = items[index];
  assert.ok(item !== undefined);
  return item;
}

function isRefused(code: string): (error: unknown) => boolean {
  return (error) => error instanceof LogError && error.code === code;
}

function flipped(hash: Hash, bit: number): Hash {
  const other = hash.slice();
  other[bit >> 3] = (other[bit >> 3] ?? 0) ^ (1 << (bit & 7));
  return other;
}

function frontierOf(leaves: readonly Hash[]): Frontier {
  const frontier = Frontier.empty();
  for (const leaf of leaves) frontier.append(leaf);
  return frontier;
}

test("RFC 6962's roots of 0 to 8 leaves", () => {
  const inputs = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'];
  const roots = [
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
    'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
    '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
    'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
    '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
  ];
  const leaves = inputs.map((hex) => Buffer.from(hex, 'hex')).map((input) => hasher.leaf(input, 0, input.length));
  roots.forEach((root, size) => {
    assert.equal(Buffer.from(rootOfLeaves(leaves.slice(0, size))).toString('hex'), root);
    assert.equal(Buffer.from(frontierOf(leaves.slice(0, size)).root()).toString('hex'), root);
  });

  const hex = (proof: readonly Hash[]): string[] => proof.map((hash) => Buffer.from(hash).toString('hex'));
  assert.deepEqual(hex(inclusionProof(leaves, 0)), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ]);
  assert.deepEqual(hex(consistencyProof(leaves, 6)), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ]);
});

test('every size has the root of the naive tree', () => {
  for (let size = 0; size <= maxLeaves; size++) {
    const leaves = allLeaves.slice(0, size);
    assert.deepEqual(rootOfLeaves(leaves), naive.root(leaves));
    assert.deepEqual(frontierOf(leaves).root(), naive.root(leaves));
  }
});

test('every inclusion proof is the naive one and holds', () => {
  fc.assert(
    fc.property(anyLeaf, ({ size, index }) => {
      const leaves = allLeaves.slice(0, size);
      const proof = inclusionProof(leaves, index);
      assert.deepEqual(proof, naive.path(index, leaves));
      const claim = { index, size, leaf: at(leaves, index), root: naive.root(leaves), proof };
      verifyInclusion(claim);
      verifyInclusion({ ...claim, index: BigInt(index), size: BigInt(size) });
    }),
  );
});

test('no altered inclusion proof holds', () => {
  fc.assert(
    fc.property(anyLeaf, fc.nat(255), fc.nat(), ({ size, index }, bit, pick) => {
      const leaves = allLeaves.slice(0, size);
      const proof = inclusionProof(leaves, index);
      const claim = { index, size, leaf: at(leaves, index), root: naive.root(leaves), proof };
      const chosen = pick % Math.max(proof.length, 1);
      const altered = [
        { ...claim, leaf: flipped(claim.leaf, bit) },
        { ...claim, root: flipped(claim.root, bit) },
        { ...claim, index: (index + 1 + (pick % size)) % (size + 1) },
        { ...claim, index: -1 },
        { ...claim, index: 0.5 },
        { ...claim, index: 2n ** 64n - 1n },
        { ...claim, size: index },
        { ...claim, size: 2 ** 53 },
        { ...claim, proof: [...proof, claim.root] },
        { ...claim, proof: [claim.root, ...proof] },
        { ...claim, leaf: claim.leaf.subarray(1) },
        ...(proof.length === 0 ? [] : [
          { ...claim, proof: proof.with(chosen, flipped(at(proof, chosen), bit)) },
          { ...claim, proof: proof.toSpliced(chosen, 1) },
          { ...claim, proof: proof.with(chosen, at(proof, chosen).subarray(0, 31)) },
        ]),
        ...(proof.length < 2 ? [] : [{ ...claim, proof: proof.toReversed() }]),
      ];
      for (const claimed of altered) assert.throws(() => verifyInclusion(claimed), isRefused('PROOF_INVALID'));
    }),
  );
});

test('every consistency proof is the naive one and holds', () => {
  fc.assert(
    fc.property(anySizes, ({ oldSize, newSize }) => {
      const leaves = allLeaves.slice(0, newSize);
      const proof = consistencyProof(leaves, oldSize);
      assert.deepEqual(proof, naive.subproof(oldSize, leaves, true));
      const claim = { oldSize, newSize, oldRoot: naive.root(leaves.slice(0, oldSize)), newRoot: naive.root(leaves), proof };
      verifyConsistency(claim);
      verifyConsistency({ ...claim, oldSize: BigInt(oldSize), newSize: BigInt(newSize) });
    }),
  );
});

test('no altered consistency proof holds', () => {
  fc.assert(
    fc.property(anySizes, fc.nat(255), fc.nat(), ({ oldSize, newSize }, bit, pick) => {
      const leaves = allLeaves.slice(0, newSize);
      const proof = consistencyProof(leaves, oldSize);
      const claim = { oldSize, newSize, oldRoot: naive.root(leaves.slice(0, oldSize)), newRoot: naive.root(leaves), proof };
      const chosen = pick % Math.max(proof.length, 1);
      const altered = [
        { ...claim, oldRoot: flipped(claim.oldRoot, bit) },
        { ...claim, newRoot: flipped(claim.newRoot, bit) },
        { ...claim, oldSize: 0 },
        { ...claim, oldSize: newSize + 1 },
        { ...claim, oldSize: -oldSize },
        { ...claim, newSize: newSize + 0.5 },
        { ...claim, proof: [...proof, claim.oldRoot] },
        { ...claim, proof: [claim.oldRoot, ...proof] },
        { ...claim, oldRoot: claim.oldRoot.subarray(1) },
        ...(proof.length === 0 ? [] : [
          { ...claim, proof: proof.with(chosen, flipped(at(proof, chosen), bit)) },
          { ...claim, proof: proof.toSpliced(chosen, 1) },
          { ...claim, proof: [] },
        ]),
      ];
      for (const claimed of altered) assert.throws(() => verifyConsistency(claimed), isRefused('PROOF_INVALID'));
    }),
  );
});

test('a proof that goes on beyond the root is refused, though its hashes lead to what is claimed', () => {
  const [a, b, c, d, x] = [at(allLeaves, 0), at(allLeaves, 1), at(allLeaves, 2), at(allLeaves, 3), at(allLeaves, 4)];
  const ab = hasher.node(a, b);
  assert.throws(() => verifyInclusion({ index: 0, size: 2, leaf: a, root: hasher.node(x, ab), proof: [b, x] }), /too many for leaf 0 of 2/);
  const oldRoot = hasher.node(x, hasher.node(ab, c));
  const newRoot = hasher.node(x, hasher.node(ab, hasher.node(c, d)));
  assert.throws(() => verifyConsistency({ oldSize: 3, newSize: 4, oldRoot, newRoot, proof: [c, d, ab, x] }), /too many for sizes 3 and 4/);
});

test('proofs that cannot be are refused, with their numbers', () => {
  const leaves = allLeaves.slice(0, 3);
  assert.throws(() => inclusionProof(leaves, 3), /no leaf 3 in a tree of 3/);
  assert.throws(() => inclusionProof(leaves, -1), isRefused('PROOF_INVALID'));
  assert.throws(() => inclusionProof([], 0), isRefused('PROOF_INVALID'));
  for (const oldSize of [0, 4, 1.5, -1]) assert.throws(() => consistencyProof(leaves, oldSize), isRefused('PROOF_INVALID'));
});

test('a prover that sees the leaves once, from any base, makes the same proof', () => {
  fc.assert(
    fc.property(anyLeaf, fc.nat(), ({ size, index }, pick) => {
      const leaves = allLeaves.slice(0, size);
      const base = pick % (index + 1);
      const prover = new InclusionProver(index, size, frontierOf(leaves.slice(0, base)));
      for (const leaf of leaves.slice(base)) prover.append(leaf);
      assert.deepEqual(prover.proof(), naive.path(index, leaves));
      assert.deepEqual(prover.proof(), naive.path(index, leaves), 'asking again changes nothing');
    }),
  );
});

test('a prover refuses what it cannot prove, a leaf too many, and to prove too early', () => {
  assert.throws(() => new InclusionProver(3, 3), isRefused('PROOF_INVALID'));
  assert.throws(() => new InclusionProver(-1, 3), isRefused('PROOF_INVALID'));
  assert.throws(() => new InclusionProver(0, 2 ** 53), isRefused('PROOF_INVALID'));
  assert.throws(() => new InclusionProver(1, 3, frontierOf(allLeaves.slice(0, 2))), /leaf 1 lies before leaf 2/);
  const base = frontierOf(allLeaves.slice(0, 1));
  const prover = new InclusionProver(1, 3, base);
  prover.append(at(allLeaves, 1));
  assert.throws(() => prover.proof(), /leaves 2 to 2 have not been given yet/);
  prover.append(at(allLeaves, 2));
  assert.throws(() => prover.append(at(allLeaves, 3)), /leaf 3 was given to a proof for a tree of 3/);
  assert.equal(prover.proof().length, 2);
  assert.equal(base.size, 1, 'the base is the caller\'s');
});

test('a frontier goes on from its hashes as if it had never stopped', () => {
  fc.assert(
    fc.property(fc.nat(maxLeaves), fc.nat(maxLeaves), (a, b) => {
      const [stop, size] = [Math.min(a, b), Math.max(a, b)];
      const first = frontierOf(allLeaves.slice(0, stop));
      const second = Frontier.from(stop, first.hashes());
      const third = first.clone();
      for (const leaf of allLeaves.slice(stop, size)) second.append(leaf);
      assert.equal(second.size, size);
      assert.deepEqual(second.root(), naive.root(allLeaves.slice(0, size)));
      assert.deepEqual(second.hashes(), frontierOf(allLeaves.slice(0, size)).hashes());
      assert.deepEqual(third.root(), naive.root(allLeaves.slice(0, stop)), 'a clone goes its own way');
    }),
  );
});

test('leaves appended in batches make the tree that they make one by one', () => {
  fc.assert(
    fc.property(fc.nat(20), fc.array(fc.nat(20), { maxLength: 3 }), (start, batches) => {
      const frontier = frontierOf(allLeaves.slice(0, start));
      const pairs = new Pairs(11);
      for (const count of batches) {
        const { size, place } = frontier;
        for (let i = 0; i < count; i++) pairs.set(place + i, at(allLeaves, size + i));
        frontier.appendPairs(pairs, count);
      }
      const expected = frontierOf(allLeaves.slice(0, frontier.size));
      assert.equal(frontier.size, start + batches.reduce((sum, count) => sum + count, 0));
      assert.deepEqual(frontier.hashes(), expected.hashes());
    }),
  );
});

test('a frontier is refused where its hashes do not fit its size', () => {
  const [first, second] = [at(allLeaves, 0), at(allLeaves, 1)];
  const refused: readonly [number, readonly Hash[]][] = [
    [0, [first]], [1, []], [1, [first, second]], [3, [first]], [4, [first, second]],
    [1, [first.subarray(1)]], [-1, []], [1.5, [first]], [2 ** 53, [first]], [NaN, []],
  ];
  for (const [size, hashes] of refused) assert.throws(() => Frontier.from(size, hashes), isRefused('FRONTIER_MALFORMED'), `${size}`);
  assert.throws(() => Frontier.from(7, [first]), /1 hashes, but a tree of 7 leaves has 3 whole subtrees/);
});

test('a tree takes 2^53-1 leaves and not one more', () => {
  const leaf = at(allLeaves, 0);
  const most = Number.MAX_SAFE_INTEGER;
  const frontier = Frontier.from(most - 1, Array.from({ length: 52 }, () => leaf));
  frontier.append(leaf);
  assert.equal(frontier.size, most);
  assert.equal(frontier.hashes().length, 53);
  assert.throws(() => frontier.append(leaf), isRefused('FRONTIER_MALFORMED'));
  assert.throws(() => frontier.appendPairs(new Pairs(1), 1), isRefused('FRONTIER_MALFORMED'));
  assert.equal(frontier.size, most);
});
