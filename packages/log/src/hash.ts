import { Pairs } from './hash-pairs.ts';
import { Sha256 } from './hash-sha256.ts';

export { hashBytes, Pairs } from './hash-pairs.ts';

/** A SHA-256 hash: 32 bytes. Nobody changes one that he was given. */
export type Hash = Uint8Array;

/**
 * The one port for hashing. Everything here that hashes takes one: the default runs anywhere, `agent-audit` has one that
 * uses Node's crypto. `leaves` and `nodes` do what `leaf` and `node` do, for many at once and without an object for each.
 */
export interface Hasher {
  /** SHA-256 of the bytes. */
  digest(bytes: Uint8Array): Hash;
  /** SHA-256(0x00 ‖ bytes[start,end)): a leaf of the tree (RFC 9162 §2.1.1). */
  leaf(bytes: Uint8Array, start: number, end: number): Hash;
  /** SHA-256(0x01 ‖ left ‖ right): an inner node of the tree (RFC 9162 §2.1.1). */
  node(left: Hash, right: Hash): Hash;
  /**
   * The leaves of `count` lines that follow one another, one byte (the LF) between them: the first begins at `start`, line i
   * ends before ends[i]. Leaf i goes to place `place + i`.
   */
  leaves(bytes: Uint8Array, start: number, ends: Uint32Array, count: number, pairs: Pairs, place: 0 | 1): void;
  /** The nodes of the first `count` pairs. Node i goes to place `place + i`, where no pair lies that is still to be hashed. */
  nodes(pairs: Pairs, count: number, place: 0 | 1): void;
}

const sha256 = new Sha256();
const leafPrefix = Uint8Array.of(0x00);
const pair = new Pairs(1);

/** SHA-256 in plain JavaScript: no import, no platform. */
export const hasher: Hasher = {
  digest,
  leaf(bytes, start, end) {
    return sha256.update(leafPrefix, 0, 1).update(bytes, start, end).digest();
  },
  node(left, right) {
    pair.set(0, left);
    pair.set(1, right);
    return digest(pair.message(0));
  },
  leaves(bytes, start, ends, count, pairs, place) {
    let at = start;
    for (let i = 0; i < count; i++) {
      const end = ends[i] ?? at;
      sha256.update(leafPrefix, 0, 1).update(bytes, at, end).digestInto(pairs.bytes, pairs.at(place + i));
      at = end + 1;
    }
  },
  nodes(pairs, count, place) {
    for (let i = 0; i < count; i++) {
      const message = pairs.message(i);
      sha256.update(message, 0, message.length).digestInto(pairs.bytes, pairs.at(place + i));
    }
  },
};

function digest(bytes: Uint8Array): Hash {
  return sha256.update(bytes, 0, bytes.length).digest();
}
