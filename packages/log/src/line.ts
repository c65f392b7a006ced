import { decodeBase64, decodeUtf8, utf8 } from './bytes.ts';
import { parseJsonObject } from './line-fields.ts';

export { isTimestamp } from './line-fields.ts';
export { type LogLine, type LogLineReading, parseLogLine } from './line-log.ts';
export { parseLine } from './line-parse.ts';

/** Longest line, in bytes, without its LF. It fits the two-byte length of a C2SP tlog-tiles entry. */
export const lineBytesMax = 65_535;

/** Why a line cannot be part of a log. */
export type LineFault = 'LINE_TOO_LONG' | 'LINE_NOT_UTF8' | 'LINE_NOT_JSON' | 'LINE_SEQ';
/** What `checkLine` found. */
export type LineCheck =
  | { readonly ok: true; readonly seq: number }
  | { readonly ok: false; readonly code: LineFault; readonly message: string };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;

const seqHead = utf8('{"seq":');
const timestampHead = utf8('"timestamp":"');
const typeHead = utf8('"type":"');
const stubHead = utf8('"type":"log.erased","leaf":"');
const stubTail = utf8('"}');
/** Length of `2026-11-24T14:03:22.118Z`, the timestamp of nearly every line. */
const timestampLength = 24;
/** Base64 of 32 bytes. */
const leafLength = 44;

function matches(bytes: Uint8Array, at: number, end: number, expected: Uint8Array): boolean {
  if (at + expected.length > end) return false;
  for (let i = 0; i < expected.length; i++) if (bytes[at + i] !== expected[i]) return false;
  return true;
}

function fault(code: LineFault, message: string): LineCheck {
  return { ok: false, code, message };
}

/**
 * The full check of one line, bytes[start,end) without its LF: at most `lineBytesMax` bytes, UTF-8, one JSON object from
 * its first byte to its last, no CR, and the seq that its place demands. Keys that stand twice are not looked for.
 */
export function checkLine(bytes: Uint8Array, start: number, end: number, seq: number): LineCheck {
  const length = end - start;
  if (length > lineBytesMax) return fault('LINE_TOO_LONG', `line ${seq} has ${length} bytes; at most ${lineBytesMax} are allowed`);
  const text = decodeUtf8(bytes.subarray(start, end));
  if (text === undefined) return fault('LINE_NOT_UTF8', `line ${seq} is not UTF-8`);
  if (!text.startsWith('{') || !text.endsWith('}') || text.includes('\r') || parseJsonObject(text) === undefined) {
    return fault('LINE_NOT_JSON', describeNotJson(text, seq));
  }
  if (!text.startsWith(`{"seq":${seq},`)) return fault('LINE_SEQ', `line ${seq} begins with ${JSON.stringify(text.slice(0, 32))}`);
  return { ok: true, seq };
}

function describeNotJson(text: string, seq: number): string {
  if (text === '') return `line ${seq} is empty`;
  if (text.includes('\0')) return `line ${seq} holds NUL bytes: a hole that a crash or a copy left`;
  if (text.includes('\r')) return `line ${seq} holds a carriage return`;
  return `line ${seq} is not one JSON object from its first byte to its last`;
}

/** Where the comma after the seq stands; -1 where the line does not begin with `{"seq":<digits>,`. */
function afterSeq(bytes: Uint8Array, start: number, end: number): number {
  if (!matches(bytes, start, end, seqHead)) return -1;
  const first = start + seqHead.length;
  let at = first;
  while (at < end) {
    const byte = bytes[at];
    if (byte === undefined || byte < DIGIT_0 || byte > DIGIT_9) break;
    at++;
  }
  return at > first && bytes[at] === COMMA ? at : -1;
}

/**
 * Where the text of the line's type begins; -1 where the line does not begin with seq, an optional timestamp, and type.
 * Looks at a few bytes only: verification calls it for every line.
 */
export function typeStart(bytes: Uint8Array, start: number, end: number): number {
  const comma = afterSeq(bytes, start, end);
  if (comma < 0) return -1;
  let at = comma + 1;
  // The second letter after the quote tells "timestamp" from "type".
  if (bytes[at + 2] === 0x69) {
    if (!matches(bytes, at, end, timestampHead)) return -1;
    at += timestampHead.length;
    const usual = afterTypeHead(bytes, at + timestampLength, end);
    if (usual >= 0) return usual;
    const close = bytes.indexOf(QUOTE, at);
    return close < 0 ? -1 : afterTypeHead(bytes, close, end);
  }
  return matches(bytes, at, end, typeHead) ? at + typeHead.length : -1;
}

/** Where the type begins if `","type":"` stands at `close`, the end of the timestamp; else -1. */
function afterTypeHead(bytes: Uint8Array, close: number, end: number): number {
  if (bytes[close] !== QUOTE || bytes[close + 1] !== COMMA) return -1;
  return matches(bytes, close + 2, end, typeHead) ? close + 2 + typeHead.length : -1;
}

/** Whether the type at `at` (from `typeStart`) is one of the log's own. */
export function isLogType(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0x6c && bytes[at + 1] === 0x6f && bytes[at + 2] === 0x67 && bytes[at + 3] === 0x2e;
}

/**
 * The type of the line bytes[start,end), from its bytes, without parsing it; '' where it does not stand in its usual place
 * or is written with escapes.
 */
export function lineType(bytes: Uint8Array, start: number, end: number): string {
  const from = typeStart(bytes, start, end);
  if (from < 0) return '';
  for (let at = from; at < end; at++) {
    const byte = bytes[at];
    if (byte === BACKSLASH) return '';
    if (byte === QUOTE) return decodeUtf8(bytes.subarray(from, at)) ?? '';
  }
  return '';
}

/**
 * The leaf hash that a `log.erased` stub keeps for the line it replaced. Undefined for every other line, and for whatever
 * is not exactly `{"seq":N,"type":"log.erased","leaf":"<base64 of 32 bytes>"}`.
 */
export function erasedLeaf(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  const comma = afterSeq(bytes, start, end);
  if (comma < 0 || !matches(bytes, comma + 1, end, stubHead)) return undefined;
  const from = comma + 1 + stubHead.length;
  if (from + leafLength + stubTail.length !== end || !matches(bytes, from + leafLength, end, stubTail)) return undefined;
  const text = decodeUtf8(bytes.subarray(from, from + leafLength));
  const leaf = text === undefined ? undefined : decodeBase64(text);
  return leaf?.length === 32 ? leaf : undefined;
}
