/**
 * Texts and numbers of a line, written straight into a page.
 *
 * Every writer takes the place to write at and returns the place after what it wrote. `limit` is where the line's room ends:
 * a result beyond it means "did not fit", and the bytes up to `limit` are then a true prefix of what was to stand there. The
 * page must own `slackBytes` more behind any limit, so that nothing needs to check its room byte by byte.
 */
import { notLooked, Page } from './page.ts';

/** How far a writer may run past its limit before it notices: an escaped key, a short text, a number, closing brackets. */
export const slackBytes = 1_024;

/**
 * Up to here a text is written unit by unit, at 2 ns each; a native write takes 65 ns for any usual length, and looking over
 * what it wrote less than half a nanosecond a byte.
 */
const shortUnitsMax = 36;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const hexDigits = Buffer.from('0123456789abcdef', 'latin1');

/** For each ASCII byte: 1 where it stands for itself in a JSON text. The control characters, DEL, `"` and `\` do not. */
const plain = new Uint8Array(128).fill(1, 0x20, 0x7f);
plain[QUOTE] = 0;
plain[BACKSLASH] = 0;

/** What a byte of ASCII is, for four at once: bits that all four must have. */
const standsForItself = 1;
const isUnmarked = 2;
const isOfToken = 4;
const traits = new Uint8Array(128);
for (let byte = 0; byte < 128; byte++) {
  const character = String.fromCharCode(byte);
  traits[byte] =
    (plain[byte] === 1 ? standsForItself : 0) | (':=-'.includes(character) ? 0 : isUnmarked) | (/[\w-]/.test(character) ? isOfToken : 0);
}

/** The letter of a two-character escape, 0 where there is none. */
const shortEscapes = new Uint8Array(128);
for (const [byte, letter] of [
  [0x08, 'b'],
  [0x09, 't'],
  [0x0a, 'n'],
  [0x0c, 'f'],
  [0x0d, 'r'],
  [QUOTE, '"'],
  [BACKSLASH, '\\'],
] as const) {
  shortEscapes[byte] = letter.charCodeAt(0);
}

/** What `plainBytesOf` says of four bytes that all stand for themselves. */
const allPlain = 0x80808080 | 0;

/** Where the bytes of a text wait that needs escapes. Nothing of a caller's runs meanwhile, so that one is enough for all. */
let raw = new Page(4_096);

/** Writes a text as JSON, with its quotes. A lone surrogate becomes U+FFFD. */
export function writeQuoted(page: Page, start: number, limit: number, text: string): number {
  const bytes = page.bytes;
  bytes[start] = QUOTE;
  const end = writeText(page, start + 1, limit, text);
  bytes[end] = QUOTE;
  return end + 1;
}

/** Writes a text's characters with JSON's escapes, without quotes. What a short one holds that may be a sign of secrets, `page` says. */
export function writeText(page: Page, start: number, limit: number, text: string): number {
  const length = text.length;
  page.seen = notLooked;
  if (length > shortUnitsMax) return writeLongText(page, start, limit, text);
  const { bytes, view } = page;
  let i = 0;
  let seen = 0;
  let rest = isUnmarked;
  for (; i + 4 <= length; i += 4) {
    const a = text.charCodeAt(i);
    const b = text.charCodeAt(i + 1);
    const c = text.charCodeAt(i + 2);
    const d = text.charCodeAt(i + 3);
    // What is not ASCII lies outside of the table, and undefined makes the sum 0.
    const all = (traits[a] ?? 0) & (traits[b] ?? 0) & (traits[c] ?? 0) & (traits[d] ?? 0);
    if ((all & standsForItself) === 0) return writeUnits(bytes, start + i, limit, text, i);
    seen |= (all >> 1) << (i >> 1);
    view.setInt32(start + i, a | (b << 8) | (c << 16) | (d << 24), true);
  }
  for (; i < length; i++) {
    const unit = text.charCodeAt(i);
    const trait = traits[unit] ?? 0;
    if ((trait & standsForItself) === 0) return writeUnits(bytes, start + i, limit, text, i);
    rest &= trait;
    bytes[start + i] = unit;
  }
  page.seen = seen | ((rest >> 1) << ((length >> 2) * 2));
  return start + length;
}

function writeLongText(page: Page, start: number, limit: number, text: string): number {
  // No unit takes more than 3 bytes of UTF-8: what passes here fits whole, but for its escapes.
  if (start + text.length * 3 > limit) return writeUnits(page.bytes, start, limit, text, 0);
  const end = start + page.bytes.write(text, start);
  return isPlain(page.view, start, end) ? end : escapeBytes(page, start, limit, end);
}

/** Whether bytes[start,end) stand for themselves. */
function isPlain(view: DataView, start: number, end: number): boolean {
  // So that the last word holds nothing from before.
  view.setInt32(end, 0x20202020, true);
  let yes = allPlain;
  for (let at = start; at < end; at += 4) yes &= plainBytesOf(view.getInt32(at, true));
  return yes === allPlain;
}

/**
 * Looks at four bytes at once: bit 7 of each says whether it stands for itself. Without their own bit 7 no sum of two bytes
 * runs over into the next; with it, they are part of a character beyond ASCII, which needs no escape.
 */
function plainBytesOf(word: number): number {
  const ascii = word & 0x7f7f7f7f;
  const isNoControl = (ascii + 0x60606060) & ~(ascii + 0x01010101);
  const isNoMark = ((ascii ^ 0x22222222) + 0x7f7f7f7f) & ((ascii ^ 0x5c5c5c5c) + 0x7f7f7f7f);
  return ((isNoControl & isNoMark) | word) & allPlain;
}

/** Puts the escapes into bytes[start,end), which were written without. */
function escapeBytes(page: Page, start: number, limit: number, end: number): number {
  const { bytes, view } = page;
  const length = end - start;
  if (length > raw.bytes.length - 4) raw = new Page(length * 2);
  bytes.copy(raw.bytes, 0, start, end);
  let at = start;
  for (let from = 0; from < length && at <= limit; ) {
    const word = raw.view.getInt32(from, true);
    if (from + 4 <= length && plainBytesOf(word) === allPlain) {
      view.setInt32(at, word, true);
      at += 4;
      from += 4;
    } else {
      const byte = raw.bytes[from++] ?? 0;
      if (byte < 0x80 && plain[byte] !== 1) {
        at = writeEscape(bytes, at, byte);
      } else {
        bytes[at++] = byte;
      }
    }
  }
  return at;
}

/** The general form, unit by unit from `from`. Stops within one character behind the limit. */
function writeUnits(bytes: Buffer, start: number, limit: number, text: string, from: number): number {
  const length = text.length;
  let at = start;
  for (let i = from; i < length && at <= limit; i++) {
    const unit = text.charCodeAt(i);
    if (plain[unit] === 1) {
      bytes[at++] = unit;
    } else if (unit < 0x80) {
      at = writeEscape(bytes, at, unit);
    } else if (unit < 0x800) {
      bytes[at++] = 0xc0 | (unit >> 6);
      bytes[at++] = 0x80 | (unit & 0x3f);
    } else if ((unit & 0xf800) !== 0xd800) {
      at = writeThree(bytes, at, unit);
    } else if (startsPair(text, i)) {
      at = writeFour(bytes, at, unit, text.charCodeAt(++i));
    } else {
      at = writeThree(bytes, at, 0xfffd);
    }
  }
  return at;
}

/** Whether a surrogate pair stands at `index`. */
function startsPair(text: string, index: number): boolean {
  return (text.charCodeAt(index) & 0xfc00) === 0xd800 && index + 1 < text.length && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00;
}

function writeEscape(bytes: Buffer, at: number, unit: number): number {
  bytes[at] = BACKSLASH;
  const letter = shortEscapes[unit] ?? 0;
  if (letter !== 0) {
    bytes[at + 1] = letter;
    return at + 2;
  }
  bytes[at + 1] = 0x75;
  bytes[at + 2] = 0x30;
  bytes[at + 3] = 0x30;
  bytes[at + 4] = hexDigits[unit >> 4] ?? 0;
  bytes[at + 5] = hexDigits[unit & 15] ?? 0;
  return at + 6;
}

function writeThree(bytes: Buffer, at: number, unit: number): number {
  bytes[at] = 0xe0 | (unit >> 12);
  bytes[at + 1] = 0x80 | ((unit >> 6) & 0x3f);
  bytes[at + 2] = 0x80 | (unit & 0x3f);
  return at + 3;
}

function writeFour(bytes: Buffer, at: number, high: number, low: number): number {
  const point = 0x10000 + ((high & 0x3ff) << 10) + (low & 0x3ff);
  bytes[at] = 0xf0 | (point >> 18);
  bytes[at + 1] = 0x80 | ((point >> 12) & 0x3f);
  bytes[at + 2] = 0x80 | ((point >> 6) & 0x3f);
  bytes[at + 3] = 0x80 | (point & 0x3f);
  return at + 4;
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
 * How many UTF-16 units of a text fit into `utf8Max` bytes of UTF-8 and `lineMax` bytes as they stand in a line, escapes
 * included, cut at a character. Two bounds, because a limit is meant for the text, and a control character of one byte takes
 * six in the line.
 */
export function unitsThatFit(text: string, utf8Max: number, lineMax: number): number {
  const length = text.length;
  let utf8Bytes = 0;
  let lineBytes = 0;
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i);
    const isPair = unit >= 0xd800 && startsPair(text, i);
    const size = unit < 0x80 ? 1 : unit < 0x800 ? 2 : isPair ? 4 : 3;
    utf8Bytes += size;
    lineBytes += size > 1 || plain[unit] === 1 ? size : shortEscapes[unit] === 0 ? 6 : 2;
    if (utf8Bytes > utf8Max || lineBytes > lineMax) return i;
    if (isPair) i++;
  }
  return length;
}
