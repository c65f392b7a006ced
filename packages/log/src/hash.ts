import { Sha256 } from './hash-sha256.ts';

/** A SHA-256 hash: 32 bytes. Nobody changes one that he was given. */
export type Hash = Uint8Array;

/** The one port for hashing. Everything here that hashes takes one; Node's own is in `agent-audit`, the default runs anywhere. */
export interface Hasher {
  /** SHA-256 of the bytes. */
  digest(bytes: Uint8Array): Hash;
  /** SHA-256(0x00 ‖ bytes[start,end)): a leaf of the tree (RFC 9162 §2.1.1). */
  leaf(bytes: Uint8Array, start: number, end: number): Hash;
  /** SHA-256(0x01 ‖ left ‖ right): an inner node of the tree (RFC 9162 §2.1.1). */
  node(left: Hash, right: Hash): Hash;
}

const sha256 = new Sha256();
const leafPrefix = Uint8Array.of(0x00);
const nodePrefix = Uint8Array.of(0x01);

/** SHA-256 in plain JavaScript: no import, no platform. */
export const hasher: Hasher = {
  digest(bytes) {
    return sha256.update(bytes, 0, bytes.length).finish();
  },
  leaf(bytes, start, end) {
    return sha256.update(leafPrefix, 0, 1).update(bytes, start, end).finish();
  },
  node(left, right) {
    return sha256.update(nodePrefix, 0, 1).update(left, 0, left.length).update(right, 0, right.length).finish();
  },
};
