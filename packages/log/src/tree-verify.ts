import { equalBytes } from './bytes.ts';
import { LogError } from './error.ts';
import { type Hash, hashBytes, type Hasher, hasher as pureHasher } from './hash.ts';

/** What an inclusion proof claims: that `leaf` stands at `index` in the tree of `size` leaves with this root. */
export interface InclusionClaim {
  readonly index: number | bigint;
  readonly size: number | bigint;
  readonly leaf: Hash;
  readonly root: Hash;
  /** Lowest sibling first. */
  readonly proof: readonly Hash[];
}

/** What a consistency proof claims: that the tree of `newSize` leaves begins with the `oldSize` leaves of the old one. */
export interface ConsistencyClaim {
  readonly oldSize: number | bigint;
  readonly newSize: number | bigint;
  readonly oldRoot: Hash;
  readonly newRoot: Hash;
  readonly proof: readonly Hash[];
}

/**
 * Checks an inclusion proof by RFC 9162 §2.1.3.2. Returning means that it holds.
 * @throws LogError PROOF_INVALID
 */
export function verifyInclusion(claim: InclusionClaim, hasher: Hasher = pureHasher): void {
  const index = integer('index', claim.index);
  const size = integer('size', claim.size);
  if (index >= size) throw invalid(`there is no leaf ${index} in a tree of ${size}`);
  checkLengths({ leaf: claim.leaf, root: claim.root }, claim.proof);

  let node = index;
  let last = size - 1n;
  let root = claim.leaf;
  for (const sibling of claim.proof) {
    if (last === 0n) throw invalid(`the proof has ${claim.proof.length} hashes, too many for leaf ${index} of ${size}`);
    if (isOdd(node) || node === last) {
      root = hasher.node(sibling, root);
      while (!isOdd(node) && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      root = hasher.node(root, sibling);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw invalid(`the proof has ${claim.proof.length} hashes, too few for leaf ${index} of ${size}`);
  if (!equalBytes(root, claim.root)) throw invalid(`leaf ${index} and the proof do not lead to the root of ${size} leaves`);
}

/**
 * Checks a consistency proof by RFC 9162 §2.1.4.2. Returning means that it holds. For the same size twice the proof is
 * empty and the roots are the same. An old size of 0 is refused: every tree continues the empty one, so nothing is proven.
 * @throws LogError PROOF_INVALID
 */
export function verifyConsistency(claim: ConsistencyClaim, hasher: Hasher = pureHasher): void {
  const oldSize = integer('old size', claim.oldSize);
  const newSize = integer('new size', claim.newSize);
  if (oldSize === 0n) throw invalid('the old tree is empty: that a tree continues it proves nothing');
  if (oldSize > newSize) throw invalid(`a tree of ${newSize} leaves cannot continue one of ${oldSize}`);
  checkLengths({ 'old root': claim.oldRoot, 'new root': claim.newRoot }, claim.proof);
  if (oldSize === newSize) {
    if (claim.proof.length > 0) throw invalid(`both sizes are ${newSize}, but the proof is not empty`);
    if (!equalBytes(claim.oldRoot, claim.newRoot)) throw invalid(`two different roots at the same size ${newSize}`);
    return;
  }
  const { oldRoot, newRoot } = rootsOf(claim, oldSize, newSize, hasher);
  if (!equalBytes(oldRoot, claim.oldRoot)) throw invalid(`the proof does not lead to the old root, of ${oldSize} leaves`);
  if (!equalBytes(newRoot, claim.newRoot)) throw invalid(`the proof does not lead to the new root, of ${newSize} leaves`);
}

/** The two roots that the proof leads to, for 0 < oldSize < newSize. */
function rootsOf(claim: ConsistencyClaim, oldSize: bigint, newSize: bigint, hasher: Hasher): { oldRoot: Hash; newRoot: Hash } {
  // An old tree that is one whole subtree is itself the first hash of the path; the proof leaves it out.
  const whole = (oldSize & (oldSize - 1n)) === 0n;
  const [first, ...path] = whole ? [claim.oldRoot, ...claim.proof] : claim.proof;
  if (first === undefined || (whole && path.length === 0)) throw invalid(`the proof is empty, but the sizes are ${oldSize} and ${newSize}`);

  let node = oldSize - 1n;
  let last = newSize - 1n;
  while (isOdd(node)) {
    node >>= 1n;
    last >>= 1n;
  }
  let oldRoot = first;
  let newRoot = first;
  for (const hash of path) {
    if (last === 0n) throw invalid(`the proof has ${claim.proof.length} hashes, too many for sizes ${oldSize} and ${newSize}`);
    if (isOdd(node) || node === last) {
      oldRoot = hasher.node(hash, oldRoot);
      newRoot = hasher.node(hash, newRoot);
      while (!isOdd(node) && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    } else {
      newRoot = hasher.node(newRoot, hash);
    }
    node >>= 1n;
    last >>= 1n;
  }
  if (last !== 0n) throw invalid(`the proof has ${claim.proof.length} hashes, too few for sizes ${oldSize} and ${newSize}`);
  return { oldRoot, newRoot };
}

function isOdd(value: bigint): boolean {
  return (value & 1n) === 1n;
}

function integer(what: string, value: number | bigint): bigint {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw invalid(`the ${what} ${value} is not an integer up to 2^53-1`);
  if (value < 0) throw invalid(`the ${what} ${value} is negative`);
  return BigInt(value);
}

function checkLengths(named: Readonly<Record<string, Hash>>, proof: readonly Hash[]): void {
  for (const [name, hash] of Object.entries(named)) checkLength(name, hash);
  for (const [i, hash] of proof.entries()) checkLength(`hash ${i} of the proof`, hash);
}

function checkLength(what: string, hash: Hash): void {
  if (hash.length !== hashBytes) throw invalid(`the ${what} has ${hash.length} bytes, not ${hashBytes}`);
}

function invalid(why: string): LogError {
  return new LogError('PROOF_INVALID', `proof does not hold: ${why}`);
}
