/** SHA-256's round constants (FIPS 180-4 §4.2.2): the first 32 bits of the fractional parts of the cube roots of the first 64 primes. */
const roundConstants = Int32Array.of(
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
);

/** The state before the first block (FIPS 180-4 §5.3.3). */
const initialState = Int32Array.of(
  0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
);

const blockBytes = 64;
/** Where the message's length in bits stands in its last block. */
const lengthAt = 56;

/**
 * SHA-256 (FIPS 180-4) in plain JavaScript. One instance hashes one message after another, synchronously: update as often
 * as needed, then digest, which makes it ready for the next message.
 */
export class Sha256 {
  readonly #state = Int32Array.from(initialState);
  readonly #schedule = new Int32Array(64);
  readonly #block = new Uint8Array(blockBytes);
  readonly #view = new DataView(this.#block.buffer);
  /** Bytes of the message so far. */
  #length = 0;

  /** Takes bytes[start,end) as the message's next bytes. */
  update(bytes: Uint8Array, start: number, end: number): this {
    let at = start;
    const filled = this.#length % blockBytes;
    this.#length += end - start;
    if (filled > 0) {
      at = Math.min(end, start + blockBytes - filled);
      this.#block.set(bytes.subarray(start, at), filled);
      if (filled + at - start < blockBytes) return this;
      this.#compress(this.#block, 0);
    }
    for (; at + blockBytes <= end; at += blockBytes) this.#compress(bytes, at);
    if (at < end) this.#block.set(bytes.subarray(at, end));
    return this;
  }

  /** The hash of the message, in 32 new bytes. */
  digest(): Uint8Array<ArrayBuffer> {
    const hash = new Uint8Array(32);
    this.digestInto(hash, 0);
    return hash;
  }

  /** The hash of the message, into out[at, at + 32). */
  digestInto(out: Uint8Array, at: number): void {
    const filled = this.#length % blockBytes;
    this.#block.fill(0, filled);
    this.#block[filled] = 0x80;
    if (filled >= lengthAt) {
      this.#compress(this.#block, 0);
      this.#block.fill(0);
    }
    this.#view.setUint32(lengthAt, Math.floor(this.#length / 2 ** 29));
    this.#view.setUint32(lengthAt + 4, (this.#length << 3) >>> 0);
    this.#compress(this.#block, 0);
    for (let i = 0; i < 8; i++) {
      const word = this.#state[i] ?? 0;
      out[at + 4 * i] = word >>> 24;
      out[at + 4 * i + 1] = word >>> 16;
      out[at + 4 * i + 2] = word >>> 8;
      out[at + 4 * i + 3] = word;
    }
    this.#state.set(initialState);
    this.#length = 0;
  }

  /** One block, the 64 bytes at `at`, into the state (FIPS 180-4 §6.2.2). */
  #compress(bytes: Uint8Array, at: number): void {
    const w = this.#schedule;
    for (let t = 0, i = at; t < 16; t++, i += 4) {
      w[t] = ((bytes[i] ?? 0) << 24) | ((bytes[i + 1] ?? 0) << 16) | ((bytes[i + 2] ?? 0) << 8) | (bytes[i + 3] ?? 0);
    }
    for (let t = 16; t < 64; t++) {
      const w15 = w[t - 15] ?? 0;
      const w2 = w[t - 2] ?? 0;
      const s0 = ((w15 >>> 7) | (w15 << 25)) ^ ((w15 >>> 18) | (w15 << 14)) ^ (w15 >>> 3);
      const s1 = ((w2 >>> 17) | (w2 << 15)) ^ ((w2 >>> 19) | (w2 << 13)) ^ (w2 >>> 10);
      w[t] = (s1 + (w[t - 7] ?? 0) + s0 + (w[t - 16] ?? 0)) | 0;
    }
    const state = this.#state;
    let a = state[0] ?? 0, b = state[1] ?? 0, c = state[2] ?? 0, d = state[3] ?? 0;
    let e = state[4] ?? 0, f = state[5] ?? 0, g = state[6] ?? 0, h = state[7] ?? 0;
    for (let t = 0; t < 64; t++) {
      const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const choice = g ^ (e & (f ^ g));
      const t1 = (h + s1 + choice + (roundConstants[t] ?? 0) + (w[t] ?? 0)) | 0;
      const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const majority = (a & b) ^ (c & (a ^ b));
      h = g;
      g = f;
      f = e;
      e = (d + t1) | 0;
      d = c;
      c = b;
      b = a;
      a = (t1 + s0 + majority) | 0;
    }
    state[0] = ((state[0] ?? 0) + a) | 0;
    state[1] = ((state[1] ?? 0) + b) | 0;
    state[2] = ((state[2] ?? 0) + c) | 0;
    state[3] = ((state[3] ?? 0) + d) | 0;
    state[4] = ((state[4] ?? 0) + e) | 0;
    state[5] = ((state[5] ?? 0) + f) | 0;
    state[6] = ((state[6] ?? 0) + g) | 0;
    state[7] = ((state[7] ?? 0) + h) | 0;
  }
}
