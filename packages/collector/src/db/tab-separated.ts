// ClickHouse's TabSeparated: any bytes, with four of them escaped; unescaped, a carriage return at the end of the first row is refused.
// Of the formats that both clients send as bytes it is the one that carries a line without parsing it.

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const BACKSLASH = 0x5c;
const N = 0x6e;
const R = 0x72;
const T = 0x74;
/** Of a whole number, with the tab before it. */
const numberBytesMax = 24;

/** Rows, built into one buffer that grows. */
export class TabSeparatedRows {
  #buffer: Buffer;
  #length = 0;
  #isRowOpen = false;
  rows = 0;

  constructor(bytesExpected: number = 65_536) {
    this.#buffer = Buffer.allocUnsafe(Math.max(1_024, bytesExpected));
  }

  /** Adds a row. */
  add(...values: readonly (string | number | Uint8Array)[]): void {
    this.#isRowOpen = false;
    for (const value of values) this.#addValue(typeof value === 'object' ? value : Buffer.from(String(value)));
    this.#reserve(1);
    this.#buffer[this.#length++] = LF;
    this.rows++;
  }

  /** Adds a row for each line of `lines`, each with its LF: the values that all have, a number that counts from `from` on, and the line. */
  addLines(values: readonly (string | number)[], from: number, lines: Uint8Array): void {
    const shared = new TabSeparatedRows();
    shared.add(...values);
    const head = shared.#buffer.subarray(0, shared.#length - 1);
    let number = from;
    const bytes = Buffer.from(lines.buffer, lines.byteOffset, lines.length);
    const escapes = new Escapes(bytes);
    for (let start = 0, end = bytes.indexOf(LF); end >= 0; start = end + 1, end = bytes.indexOf(LF, start)) {
      this.#reserve(head.length + numberBytesMax + (end - start) * 2 + 1);
      this.#buffer.set(head, this.#length);
      this.#length += head.length;
      this.#buffer[this.#length++] = TAB;
      this.#length += this.#buffer.write(String(number++), this.#length, 'latin1');
      this.#buffer[this.#length++] = TAB;
      this.#addLine(bytes, start, end + 1, escapes);
      this.rows++;
    }
  }

  /** The rows so far; good until the next `add`. */
  body(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Copies whole pieces: going through each byte would cost as much as all else that is done to a line here. */
  #addLine(bytes: Buffer, start: number, end: number, escapes: Escapes): void {
    const buffer = this.#buffer;
    let at = this.#length;
    let from = start;
    // The LF at the end is the row's own.
    for (let next = escapes.next(); next < end; next = escapes.after(next)) {
      at += bytes.copy(buffer, at, from, next);
      buffer[at++] = BACKSLASH;
      buffer[at++] = escapeOf(bytes[next] ?? BACKSLASH) ?? BACKSLASH;
      from = next + 1;
    }
    this.#length = at + bytes.copy(buffer, at, from, end);
  }

  #addValue(value: Uint8Array): void {
    this.#reserve(value.length * 2 + 1);
    const buffer = this.#buffer;
    let at = this.#length;
    if (this.#isRowOpen) buffer[at++] = TAB;
    this.#isRowOpen = true;
    for (const byte of value) {
      // Hardly a byte needs a second look.
      const letter = byte > CR && byte !== BACKSLASH ? undefined : escapeOf(byte);
      if (letter !== undefined) buffer[at++] = BACKSLASH;
      buffer[at++] = letter ?? byte;
    }
    this.#length = at;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + bytes));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

/** What stands behind the backslash for a byte that is escaped; undefined for all others. */
function escapeOf(byte: number): number | undefined {
  switch (byte) {
    case BACKSLASH:
      return BACKSLASH;
    case LF:
      return N;
    case TAB:
      return T;
    case CR:
      return R;
    default:
      return undefined;
  }
}

/** Where the next byte of some lines stands that is to be escaped; Infinity behind the last. */
class Escapes {
  readonly #bytes: Buffer;
  #tab: number;
  #return: number;
  #backslash: number;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
    this.#tab = this.#find(TAB, 0);
    this.#return = this.#find(CR, 0);
    this.#backslash = this.#find(BACKSLASH, 0);
  }

  next(): number {
    return Math.min(this.#tab, this.#return, this.#backslash);
  }

  after(place: number): number {
    if (place === this.#tab) this.#tab = this.#find(TAB, place + 1);
    else if (place === this.#return) this.#return = this.#find(CR, place + 1);
    else this.#backslash = this.#find(BACKSLASH, place + 1);
    return this.next();
  }

  #find(byte: number, from: number): number {
    const found = this.#bytes.indexOf(byte, from);
    return found < 0 ? Infinity : found;
  }
}
