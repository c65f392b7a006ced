import { LogError } from './error.ts';
import { type Hash, hashBytes, type Hasher, hasher as pureHasher, type Pairs } from './hash.ts';

/**
 * The compact state of the tree over the leaves [0, size): the roots of its whole subtrees, one for each 1 in the binary
 * size. All that is needed to append and to know the root. Hashes are shared, not copied: they are never changed.
 */
export class Frontier {
  /** At k the root of the whole subtree of 2^k leaves, where the size has that bit. */
  readonly #levels: (Hash | undefined)[] = [];
  #size = 0;

  static empty(): Frontier {
    return new Frontier();
  }

  /**
   * The frontier of `size` leaves with these subtree roots, the largest subtree first, as `hashes()` gives them.
   * @throws LogError FRONTIER_MALFORMED
   */
  static from(size: number, hashes: readonly Hash[]): Frontier {
    if (!Number.isSafeInteger(size) || size < 0) throw malformed(`its size is ${size}, not an integer from 0 to 2^53-1`);
    const frontier = new Frontier();
    frontier.#size = size;
    let next = hashes.length;
    for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) {
      const hash = rest % 2 === 1 ? hashes[--next] : undefined;
      if (hash !== undefined && hash.length !== hashBytes) throw malformed(`a hash has ${hash.length} bytes, not ${hashBytes}`);
      frontier.#levels.push(hash);
    }
    if (next !== 0) throw malformed(`${hashes.length} hashes, but a tree of ${size} leaves has ${hashes.length - next} whole subtrees`);
    return frontier;
  }

  /** How many leaves the tree has: also the index of the next one. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes the next leaf.
   * @throws LogError FRONTIER_MALFORMED at 2^53-1 leaves, where the tree is full
   */
  append(leaf: Hash, hasher: Hasher = pureHasher): void {
    if (this.#size === Number.MAX_SAFE_INTEGER) throw full();
    let hash = leaf;
    let level = 0;
    for (let left = this.#levels[0]; left !== undefined; left = this.#levels[++level]) {
      hash = hasher.node(left, hash);
      this.#levels[level] = undefined;
    }
    this.#levels[level] = hash;
    this.#size++;
  }

  /** The place in Pairs of the first leaf that `appendPairs` takes: that of its index in its pair. */
  get place(): 0 | 1 {
    return this.#size % 2 === 0 ? 0 : 1;
  }

  /**
   * Takes the next `count` leaves, from place `place` on. Level by level: a subtree that waits for its right neighbour is
   * put before them, the last is kept where it has none yet, and the pairs become the next level. The pairs are used up.
   * @throws LogError FRONTIER_MALFORMED where the tree would have more than 2^53-1 leaves
   */
  appendPairs(pairs: Pairs, count: number, hasher: Hasher = pureHasher): void {
    if (this.#size + count > Number.MAX_SAFE_INTEGER) throw full();
    let index = this.#size;
    this.#size += count;
    let hashes = count;
    for (let level = 0; hashes > 0; level++) {
      const left = this.#levels[level];
      if (left !== undefined) pairs.set(0, left);
      const last = (left === undefined ? 0 : 1) + hashes;
      this.#levels[level] = last % 2 === 1 ? pairs.get(last - 1) : undefined;
      index = Math.floor(index / 2);
      hashes = Math.floor(last / 2);
      hasher.nodes(pairs, hashes, index % 2 === 0 ? 0 : 1);
    }
  }

  /** The tree's root; SHA-256 of nothing for an empty tree (RFC 9162 §2.1.1). */
  root(hasher: Hasher = pureHasher): Hash {
    let root: Hash | undefined;
    for (const hash of this.#levels) {
      if (hash !== undefined) root = root === undefined ? hash : hasher.node(hash, root);
    }
    return root ?? hasher.digest(new Uint8Array(0));
  }

  /** The roots of the whole subtrees, the largest first. */
  hashes(): Hash[] {
    return this.#levels.filter((hash) => hash !== undefined).toReversed();
  }

  /** One that goes its own way from here. */
  clone(): Frontier {
    return Frontier.from(this.#size, this.hashes());
  }
}

function malformed(why: string): LogError {
  return new LogError('FRONTIER_MALFORMED', `not a frontier: ${why}`);
}

function full(): LogError {
  return malformed('a tree has at most 2^53-1 leaves');
}
