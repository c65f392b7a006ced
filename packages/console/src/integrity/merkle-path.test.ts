import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hasher, inclusionProof, rootOfLeaves, utf8, verifyInclusion } from '@agent-audit/log';
import fc from 'fast-check';
import { climb, siblingRanges } from './merkle-path.ts';

const leaves = Array.from({ length: 70 }, (_, i) => hasher.digest(utf8(String(i))));

test('every way up arrives where the format’s own verifier arrives, through nodes that are the roots of their lines', () => {
  for (let size = 1; size <= leaves.length; size++) {
    const tree = leaves.slice(0, size);
    const root = rootOfLeaves(tree);
    for (const [index, leaf] of tree.entries()) {
      const proof = inclusionProof(tree, index);
      verifyInclusion({ index, size, leaf, root, proof });
      const path = climb(index, size, leaf, proof);
      assert.deepEqual(path?.root, root);
      for (const { sibling, siblingRange, parent, parentRange } of path?.steps ?? []) {
        assert.deepEqual(sibling, rootOfLeaves(tree.slice(siblingRange.start, siblingRange.end)));
        assert.deepEqual(parent, rootOfLeaves(tree.slice(parentRange.start, parentRange.end)));
      }
    }
  }
});

test('the siblings of huge logs lie side by side and are all lines but one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 53 - 1 }), fc.nat(), (size, any) => {
      const index = any % size;
      let [start, end] = [index, index + 1];
      for (const range of siblingRanges(index, size)) {
        assert.ok(range.end === start || range.start === end);
        start = Math.min(start, range.start);
        end = Math.max(end, range.end);
      }
      assert.deepEqual([start, end], [0, size]);
    }),
  );
});

test('a proof of another length leads nowhere, and neither does a line that there is not', () => {
  const proof = inclusionProof(leaves, 5);
  const leaf = leaves[5] ?? new Uint8Array(32);
  assert.equal(climb(5, 70, leaf, proof.slice(1)), undefined);
  assert.equal(climb(5, 70, leaf, [...proof, leaf]), undefined);
  assert.equal(climb(70, 70, leaf, proof), undefined);
});
