/** Bytes of a SHA-256 hash. */
export const hashBytes = 32;

/** 0x01 ‖ left ‖ right */
const messageBytes = 1 + 2 * hashBytes;
const nodePrefix = 0x01;

/**
 * Memory for hashes that will be hashed in pairs. Each pair lies as the very message of its node, 0x01 ‖ left ‖ right
 * (RFC 9162 §2.1.1), so that nothing is copied or allocated to hash it. Place 2i is the left of pair i, place 2i + 1 its right.
 */
export class Pairs {
  readonly bytes: Uint8Array;
  readonly #messages: readonly Uint8Array[];

  constructor(count: number) {
    this.bytes = new Uint8Array(count * messageBytes);
    this.#messages = Array.from({ length: count }, (_, pair) => {
      const message = this.bytes.subarray(pair * messageBytes, (pair + 1) * messageBytes);
      message[0] = nodePrefix;
      return message;
    });
  }

  /** The message of a pair's node: a view, not a copy. */
  message(pair: number): Uint8Array {
    const message = this.#messages[pair];
    if (message === undefined) throw new RangeError(`there is no pair ${pair} among ${this.#messages.length}`);
    return message;
  }

  /** Where in `bytes` the hash at a place begins. */
  at(place: number): number {
    return (place >> 1) * messageBytes + 1 + (place & 1) * hashBytes;
  }

  /** A copy of the hash at a place. */
  get(place: number): Uint8Array {
    const at = this.at(place);
    return this.bytes.slice(at, at + hashBytes);
  }

  set(place: number, hash: Uint8Array): void {
    this.bytes.set(hash, this.at(place));
  }
}
