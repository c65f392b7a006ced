import { utf8 } from './bytes.ts';

const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

const prefix = utf8('{"seq":');
const digitsMax = String(Number.MAX_SAFE_INTEGER).length;

/** What the next line must begin with, `{"seq":N,`, kept as bytes and counted up in place: lines are compared, never parsed. */
export class LineHead {
  readonly #bytes = new Uint8Array(prefix.length + digitsMax + 1);
  #length = 0;
  #seq = 0;

  constructor(seq: number) {
    this.reset(seq);
  }

  /** The seq N. */
  get seq(): number {
    return this.#seq;
  }

  /** Bytes of the head, its comma included. */
  get length(): number {
    return this.#length;
  }

  reset(seq: number): void {
    const head = utf8(`{"seq":${seq},`);
    this.#bytes.set(head);
    this.#length = head.length;
    this.#seq = seq;
  }

  /** Whether bytes[start,end) begins with it. */
  matches(bytes: Uint8Array, start: number, end: number): boolean {
    if (end - start < this.#length) return false;
    for (let i = 0; i < this.#length; i++) if (bytes[start + i] !== this.#bytes[i]) return false;
    return true;
  }

  /** To the next seq. */
  advance(): void {
    this.#seq++;
    let at = this.#length - 2;
    while (this.#bytes[at] === DIGIT_9) this.#bytes[at--] = DIGIT_0;
    if (at < prefix.length) this.reset(this.#seq);
    else this.#bytes[at] = (this.#bytes[at] ?? 0) + 1;
  }
}
