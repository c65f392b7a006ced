import { LogError } from './error.ts';
import { type Hash, type Hasher, hasher as pureHasher } from './hash.ts';
import { Frontier } from './tree-frontier.ts';

/** The root of a tree of these leaf hashes. */
export function rootOfLeaves(leaves: readonly Hash[], hasher: Hasher = pureHasher): Hash {
  return rootOfRange(leaves, 0, leaves.length, hasher);
}

function rootOfRange(leaves: readonly Hash[], start: number, end: number, hasher: Hasher): Hash {
  const frontier = Frontier.empty();
  for (let i = start; i < end; i++) frontier.append(leafAt(leaves, i), hasher);
  return frontier.root(hasher);
}

function leafAt(leaves: readonly Hash[], index: number): Hash {
  const leaf = leaves[index];
  if (leaf === undefined) throw invalid(`there is no leaf ${index} in a tree of ${leaves.length}`);
  return leaf;
}

/** The largest power of two below n, for n ≥ 2: where RFC 9162 §2.1.1 splits a tree of n leaves. */
function splitOf(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

/**
 * The inclusion proof of a leaf, lowest sibling first: PATH of RFC 9162 §2.1.3.1.
 * @throws LogError PROOF_INVALID where there is no such leaf
 */
export function inclusionProof(leaves: readonly Hash[], index: number, hasher: Hasher = pureHasher): Hash[] {
  leafAt(leaves, index);
  const proof: Hash[] = [];
  let start = 0;
  let end = leaves.length;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      proof.push(rootOfRange(leaves, middle, end, hasher));
      end = middle;
    } else {
      proof.push(rootOfRange(leaves, start, middle, hasher));
      start = middle;
    }
  }
  return proof.toReversed();
}

/**
 * The proof that the tree of these leaves continues the tree of the first `oldSize` of them: PROOF of RFC 9162 §2.1.4.1.
 * Empty where the sizes are the same.
 * @throws LogError PROOF_INVALID for an old size of 0 (every tree continues the empty one) or beyond the leaves
 */
export function consistencyProof(leaves: readonly Hash[], oldSize: number, hasher: Hasher = pureHasher): Hash[] {
  if (!Number.isSafeInteger(oldSize) || oldSize < 1 || oldSize > leaves.length) {
    throw invalid(`no proof leads from a tree of ${oldSize} leaves to one of ${leaves.length}`);
  }
  const proof: Hash[] = [];
  let start = 0;
  let end = leaves.length;
  while (end !== oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      proof.push(rootOfRange(leaves, middle, end, hasher));
      end = middle;
    } else {
      proof.push(rootOfRange(leaves, start, middle, hasher));
      start = middle;
    }
  }
  // Where the old tree is a whole subtree from leaf 0, its root is known to whoever verifies and left out.
  if (start > 0) proof.push(rootOfRange(leaves, start, end, hasher));
  return proof.toReversed();
}

/**
 * Makes the inclusion proof of one leaf of a huge log whose leaves pass by once, in memory for a few hashes. A log whose
 * head was deleted begins at its base, the frontier of what is gone.
 *
 * A sibling to the left of the leaf's path is a whole subtree before the leaf: the frontier at the leaf holds it. The
 * siblings to the right are consecutive runs of the leaves that follow, each as long as its level says, the last cut short.
 */
export class InclusionProver {
  readonly #index: number;
  readonly #size: number;
  readonly #hasher: Hasher;
  readonly #before: Frontier;
  readonly #right: Hash[] = [];
  #run = Frontier.empty();
  #runLeaves: number;
  #seen: number;

  /**
   * @param index which leaf
   * @param size of how many leaves the tree is that the proof leads to
   * @param base the frontier at the first leaf that will be appended
   * @throws LogError PROOF_INVALID where base.size ≤ index < size does not hold
   */
  constructor(index: number, size: number, base: Frontier = Frontier.empty(), hasher: Hasher = pureHasher) {
    if (!Number.isSafeInteger(index) || index < 0 || !Number.isSafeInteger(size) || size <= index) {
      throw invalid(`there is no leaf ${index} in a tree of ${size}`);
    }
    if (base.size > index) throw invalid(`leaf ${index} lies before leaf ${base.size}, the first that is still there`);
    this.#index = index;
    this.#size = size;
    this.#hasher = hasher;
    this.#before = base.clone();
    this.#seen = base.size;
    this.#runLeaves = nextRun(index, 1);
  }

  /**
   * Takes the next leaf, from base.size up to size.
   * @throws LogError PROOF_INVALID where it is one too many
   */
  append(leaf: Hash): void {
    const at = this.#seen;
    if (at >= this.#size) throw invalid(`leaf ${at} was given to a proof for a tree of ${this.#size}`);
    this.#seen++;
    if (at < this.#index) this.#before.append(leaf, this.#hasher);
    if (at > this.#index) this.#run.append(leaf, this.#hasher);
    if (this.#run.size === this.#runLeaves) this.#closeRun();
  }

  /**
   * The proof, lowest sibling first.
   * @throws LogError PROOF_INVALID before all leaves were given
   */
  proof(): Hash[] {
    if (this.#seen < this.#size) throw invalid(`leaves ${this.#seen} to ${this.#size - 1} have not been given yet`);
    const left = this.#before.hashes();
    const right = this.#run.size > 0 ? [...this.#right, this.#run.root(this.#hasher)] : [...this.#right];
    const proof: Hash[] = [];
    for (let rest = this.#index; left.length > 0 || right.length > 0; rest = Math.floor(rest / 2)) {
      const sibling = rest % 2 === 1 ? left.pop() : right.shift();
      if (sibling !== undefined) proof.push(sibling);
    }
    return proof;
  }

  #closeRun(): void {
    this.#right.push(this.#run.root(this.#hasher));
    this.#run = Frontier.empty();
    this.#runLeaves = nextRun(this.#index, this.#runLeaves * 2);
  }
}

/** The number of leaves of the lowest right sibling with at least `leaves` (a power of two): where the index's bit is 0. */
function nextRun(index: number, leaves: number): number {
  let run = leaves;
  while (Math.floor(index / run) % 2 === 1) run *= 2;
  return run;
}

function invalid(why: string): LogError {
  return new LogError('PROOF_INVALID', why);
}
