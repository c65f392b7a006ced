import { Frontier, type Hash, type Hasher, type Pairs } from '@agent-audit/log';

/** Levels of one tier: whole subtrees of 256, of 65,536, … leaves are stored. */
export const tierLevels = 8;
/** Leaves (or roots of the tier below) of one whole tier. */
export const tierLeaves: number = 2 ** tierLevels;

/** The root of the whole subtree of 2^level leaves that begins at leaf index * 2^level. */
export interface WholeSubtree {
  readonly level: number;
  readonly index: number;
  readonly hash: Hash;
}

/**
 * The tree of a log as it grows, in tiers of eight levels: the lowest takes leaves; a tier that has 256 is whole, hands its root to the
 * next, and begins anew. The roots are what a proof is made from later, so they are told as they complete.
 */
export class Tiers {
  /** The lowest first; each is the tree of its place in the tier above. */
  readonly #tiers: Frontier[];
  readonly #hasher: Hasher;
  #size: number;
  /** Subtrees of levels 8, 16, 24… that were completed since the beginning. */
  readonly completed: WholeSubtree[] = [];

  private constructor(size: number, tiers: Frontier[], hasher: Hasher) {
    this.#size = size;
    this.#tiers = tiers;
    this.#hasher = hasher;
  }

  /**
   * The tree of `size` leaves with these subtree roots, the largest first.
   * @throws LogError FRONTIER_MALFORMED
   */
  static from(size: number, frontier: readonly Hash[], hasher: Hasher): Tiers {
    // Of the whole frontier each tier has the roots of its own eight levels: the digits of the size, to the base of 256.
    Frontier.from(size, frontier);
    const tiers: Frontier[] = [];
    let end = frontier.length;
    for (let rest = size; rest > 0 || tiers.length === 0; rest = Math.floor(rest / tierLeaves)) {
      const digit = rest % tierLeaves;
      const count = digit.toString(2).replaceAll('0', '').length;
      tiers.push(Frontier.from(digit, frontier.slice(end - count, end)));
      end -= count;
    }
    return new Tiers(size, tiers, hasher);
  }

  get size(): number {
    return this.#size;
  }

  /** How many leaves may be appended at once. */
  get room(): number {
    return tierLeaves - this.#lowest.size;
  }

  /** The place in Pairs of the first leaf that `appendPairs` takes. */
  get place(): 0 | 1 {
    return this.#lowest.place;
  }

  /** Takes the next `count` leaves, at most `room`, from place `place` on. The pairs are used up. */
  appendPairs(pairs: Pairs, count: number): void {
    this.#lowest.appendPairs(pairs, count, this.#hasher);
    this.#size += count;
    this.#carry();
  }

  /** Takes one leaf. */
  append(leaf: Hash): void {
    this.#lowest.append(leaf, this.#hasher);
    this.#size++;
    this.#carry();
  }

  /** The roots of the whole subtrees, the largest first. */
  frontier(): Hash[] {
    return this.#tiers.toReversed().flatMap((tier) => tier.hashes());
  }

  root(): Hash {
    return Frontier.from(this.#size, this.frontier()).root(this.#hasher);
  }

  get #lowest(): Frontier {
    const lowest = this.#tiers[0];
    if (lowest === undefined) throw new RangeError('a tree without a tier');
    return lowest;
  }

  #carry(): void {
    let leaves = tierLeaves;
    for (let tier = 0; this.#tiers[tier]?.size === tierLeaves; tier++) {
      const hash = this.#tiers[tier]?.root(this.#hasher);
      if (hash === undefined) return;
      this.completed.push({ level: (tier + 1) * tierLevels, index: this.#size / leaves - 1, hash });
      this.#tiers[tier] = Frontier.empty();
      this.#tiers[tier + 1] ??= Frontier.empty();
      this.#tiers[tier + 1]?.append(hash, this.#hasher);
      leaves *= tierLeaves;
    }
  }
}

/** The subtrees that a frontier consists of, with their places in the tree. */
export function subtreesOf(size: number, frontier: readonly Hash[]): WholeSubtree[] {
  return rangesOf(0, size).flatMap(({ level, index }, i) => {
    const hash = frontier[i];
    return hash === undefined ? [] : [{ level, index, hash }];
  });
}

/** The whole subtrees, from left to right, that the leaves [start, end) consist of, where start is a multiple of the first one's leaves. */
export function rangesOf(start: number, end: number): { readonly level: number; readonly index: number }[] {
  const found: { level: number; index: number }[] = [];
  let at = start;
  while (at < end) {
    let level = 0;
    let leaves = 1;
    while (at % (leaves * 2) === 0 && at + leaves * 2 <= end) {
      leaves *= 2;
      level++;
    }
    found.push({ level, index: at / leaves });
    at += leaves;
  }
  return found;
}
