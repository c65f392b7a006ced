// The way from a line's leaf to the root, step by step, so that it can be shown. Whether it holds is for verifyInclusion to say.
import { type Hash, hasher } from '@agent-audit/log';

/** Lines [start, end) of a log: what a node of the tree stands for. */
export interface LineRange {
  readonly start: number;
  readonly end: number;
}

/** One hash of a proof, and what it makes of the node below. */
export interface MerkleStep {
  readonly sibling: Hash;
  readonly siblingRange: LineRange;
  /** On which side of our own node the sibling stands. */
  readonly side: 'left' | 'right';
  /** SHA-256(0x01 ‖ left ‖ right) */
  readonly parent: Hash;
  readonly parentRange: LineRange;
}

/** A way up. */
export interface MerklePath {
  readonly index: number;
  readonly size: number;
  readonly leaf: Hash;
  readonly steps: readonly MerkleStep[];
  /** Where it arrives. */
  readonly root: Hash;
}

/** The siblings that the proof of line `index` in a log of `size` lines must have, the lowest first: PATH of RFC 9162 §2.1.3.1. */
export function siblingRanges(index: number, size: number): LineRange[] {
  const ranges: LineRange[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    let split = 1;
    while (split * 2 < end - start) split *= 2;
    const middle = start + split;
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.toReversed();
}

/** The way that this proof leads; undefined where it has not as many hashes as the tree has levels there, or there is no such line. */
export function climb(index: number, size: number, leaf: Hash, proof: readonly Hash[]): MerklePath | undefined {
  if (index >= size) return undefined;
  const ranges = siblingRanges(index, size);
  if (ranges.length !== proof.length) return undefined;
  let hash = leaf;
  let range: LineRange = { start: index, end: index + 1 };
  const steps: MerkleStep[] = [];
  for (const [i, siblingRange] of ranges.entries()) {
    const sibling = proof[i] ?? leaf;
    const side = siblingRange.end <= range.start ? 'left' : 'right';
    hash = side === 'left' ? hasher.node(sibling, hash) : hasher.node(hash, sibling);
    range = { start: Math.min(range.start, siblingRange.start), end: Math.max(range.end, siblingRange.end) };
    steps.push({ sibling, siblingRange, side, parent: hash, parentRange: range });
  }
  return { index, size, leaf, steps, root: hash };
}
