/**
 * Texts and numbers of a line, written straight into a buffer.
 *
 * Every writer takes the place to write at and returns the place after what it wrote. `limit` is where the line's room ends:
 * a result beyond it means "did not fit", and bytes up to `limit` are then a true prefix of what was to stand there. The
 * buffer must own `slackBytes` more behind any limit, so that nothing needs to check its room byte by byte.
 */

/** How far a writer may run past its limit before it notices: one escaped key or short text, and a number. */
export const slackBytes = 1_024;

/** At most this many UTF-16 units are written one by one; above it a native scan and copy costs less. */
const shortUnitsMax = 24;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const HEX = Buffer.from('0123456789abcdef', 'latin1');

/** For each ASCII byte: 1 where it stands for itself in a JSON text. The control characters, DEL, `"` and `\` do not. */
const isPlain = new Uint8Array(128).fill(1, 0x20, 0x7f);
isPlain[QUOTE] = 0;
isPlain[BACKSLASH] = 0;

/** The letter of a two-character escape, 0 where there is none. */
const shortEscape = new Uint8Array(128);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  shortEscape[byte] = letter.charCodeAt(0);
}

// What keeps a text from being copied as Latin-1, and from being copied as UTF-8.
const notPlainAscii = /[^\x20\x21\x23-\x5b\x5d-\x7e]/;
const needsEscape = /[\x00-\x1f"\\\x7f]/;

/** How many bytes an ASCII character takes inside a JSON text. */
function escapedAsciiBytes(unit: number): number {
  return isPlain[unit] === 1 ? 1 : shortEscape[unit] === 0 ? 6 : 2;
}

/** Writes a text's characters with JSON's escapes, without quotes. A lone surrogate becomes U+FFFD. */
export function writeText(bytes: Buffer, start: number, limit: number, text: string): number {
  const length = text.length;
  if (length > shortUnitsMax) return writeLongText(bytes, start, limit, text);
  let at = start;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    if (isPlain[unit] !== 1) return writeUnits(bytes, at, limit, text, i);
    bytes[at++] = unit;
  }
  return at;
}

function writeLongText(bytes: Buffer, start: number, limit: number, text: string): number {
  // Each unit is at most 3 bytes of UTF-8, so what passes here fits whole.
  if (start + text.length * 3 <= limit) {
    if (!notPlainAscii.test(text)) return start + bytes.write(text, start, text.length, 'latin1');
    if (!needsEscape.test(text)) return start + bytes.write(text, start, text.length * 3, 'utf8');
  }
  return writeUnits(bytes, start, limit, text, 0);
}

/** The general form, unit by unit from `from`. Stops within one character behind the limit. */
function writeUnits(bytes: Buffer, start: number, limit: number, text: string, from: number): number {
  const length = text.length;
  let at = start;
  for (let i = from; i < length && at <= limit; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) {
      at = writeAscii(bytes, at, unit);
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) === 0xd800) {
      const next = i + 1 < length ? text.charCodeAt(i + 1) : 0;
      const isPair = unit < 0xdc00 && (next & 0xfc00) === 0xdc00;
      at = isPair ? writePair(bytes, at, unit, next) : writeThree(bytes, at, 0xfffd);
      if (isPair) i++;
    } else {
      at = writeThree(bytes, at, unit);
    }
  }
  return at;
}

function writeAscii(bytes: Buffer, start: number, unit: number): number {
  let at = start;
  if (isPlain[unit] === 1) {
    bytes[at++] = unit;
    return at;
  }
  bytes[at++] = BACKSLASH;
  const letter = shortEscape[unit] ?? 0;
  if (letter !== 0) {
    bytes[at++] = letter;
    return at;
  }
  bytes[at++] = 0x75;
  bytes[at++] = 0x30;
  bytes[at++] = 0x30;
  bytes[at++] = HEX[unit >> 4] ?? 0;
  bytes[at++] = HEX[unit & 15] ?? 0;
  return at;
}

function writeThree(bytes: Buffer, at: number, unit: number): number {
  bytes[at] = 0xe0 | (unit >> 12);
  bytes[at + 1] = 0x80 | ((unit >> 6) & 0x3f);
  bytes[at + 2] = 0x80 | (unit & 0x3f);
  return at + 3;
}

function writePair(bytes: Buffer, at: number, high: number, low: number): number {
  const point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
  bytes[at] = 0xf0 | (point >> 18);
  bytes[at + 1] = 0x80 | ((point >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (point & 0x3f);
  return at + 4;
}

/** Writes a text as JSON, with its quotes. */
export function writeQuoted(bytes: Buffer, start: number, limit: number, text: string): number {
  bytes[start] = QUOTE;
  const end = writeText(bytes, start + 1, limit, text);
  bytes[end] = QUOTE;
  return end + 1;
}

/** Writes a whole number from 0 to 2^53-1 in decimal. */
export function writeCount(bytes: Buffer, start: number, count: number): number {
  if (count > 0x7fffffff) return start + bytes.write(String(count), start, 'latin1');
  let digits = 1;
  for (let power = 10; power <= count; power *= 10) digits++;
  const end = start + digits;
  let rest = count;
  for (let at = end - 1; at >= start; at--) {
    const tens = (rest / 10) | 0;
    bytes[at] = 0x30 + (rest - tens * 10);
    rest = tens;
  }
  return end;
}

/** Writes a finite number as JSON does. */
export function writeNumber(bytes: Buffer, start: number, value: number): number {
  if ((value | 0) !== value) return start + bytes.write(String(value), start, 'latin1');
  if (value >= 0) return writeCount(bytes, start, value);
  bytes[start] = 0x2d;
  return value === -0x80000000 ? start + bytes.write(String(value), start, 'latin1') : writeCount(bytes, start + 1, -value);
}

/** Copies prepared bytes. */
export function writeBytes(bytes: Buffer, at: number, prepared: Uint8Array): number {
  bytes.set(prepared, at);
  return at + prepared.length;
}

/** The last place at or before `end` where a character of bytes[start,end) ends: a cut there leaves valid UTF-8. */
export function characterEnd(bytes: Uint8Array, start: number, end: number): number {
  let lead = end - 1;
  while (lead > start && ((bytes[lead] ?? 0) & 0xc0) === 0x80) lead--;
  const byte = bytes[lead] ?? 0;
  const length = byte < 0xc0 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
  return lead < start || lead + length <= end ? end : lead;
}

/**
 * How many UTF-16 units of a text fit into `utf8BytesMax` bytes of UTF-8 and `lineBytesMax` bytes as they stand in a line,
 * escapes included, cut at a character. Two bounds, because a limit is meant for the text, and a control character of one
 * byte takes six in the line.
 */
export function unitsThatFit(text: string, utf8BytesMax: number, lineBytesMax: number): number {
  const length = text.length;
  let utf8Bytes = 0;
  let lineBytes = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    const isPair = (unit & 0xfc00) === 0xd800 && i + 1 < length && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00;
    const size = unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    utf8Bytes += size;
    lineBytes += unit < 0x80 ? escapedAsciiBytes(unit) : size;
    if (utf8Bytes > utf8BytesMax || lineBytes > lineBytesMax) return i;
    if (isPair) i++;
  }
  return length;
}
