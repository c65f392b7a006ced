/** Numbers from a seed, the same on every machine (mulberry32): what a test did once, it can do again. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** A whole number from `min` to `max`, both included. */
  between(min: number, max: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    const unit = ((bits ^ (bits >>> 14)) >>> 0) / 0x1_0000_0000;
    return min + Math.floor(unit * (max - min + 1));
  }

  /** True once in `n` times. */
  oneIn(n: number): boolean {
    return this.between(1, n) === 1;
  }
}

/** The seed that a variable of the environment asks for, or one that was not tried before. */
export function seedFrom(variable: string): number {
  const given = process.env[variable];
  return given === undefined ? (Date.now() ^ (process.pid << 12)) >>> 0 : Number(given);
}
