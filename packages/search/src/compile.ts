import { parseEvent, type WireEvent } from './event.ts';
import { headTest, type HeadTest } from './head.ts';
import { type Filter, filtersOf } from './literal.ts';
import { escapePattern, eventTest, type EventTest } from './match.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import type { Query } from './query.ts';

/** How bytes[start,end) become text. What a platform has of its own (Node's Buffer) is faster than what runs everywhere. */
export interface Decoder {
  /** One UTF-16 unit for each byte: ASCII as it is, and the bytes from 0x80 on as units that are not ASCII, each as one of its own. */
  latin1(bytes: Uint8Array, start: number, end: number): string;
  /** UTF-8, U+FFFD for what is none. */
  utf8(bytes: Uint8Array, start: number, end: number): string;
}

// What the platforms call Latin-1 is windows-1252, which has other characters for some bytes, and one for each.
const latin1Decoder = new TextDecoder('latin1');
const utf8Decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Runs everywhere. */
export const decoder: Decoder = {
  latin1: (bytes, start, end) => latin1Decoder.decode(bytes.subarray(start, end)),
  utf8: (bytes, start, end) => utf8Decoder.decode(bytes.subarray(start, end)),
};

/** Is told of a matching line; says whether to go on. */
export type OnMatch = (start: number, end: number) => boolean;

/** A query made ready to be asked of many events. */
export interface Matcher {
  /** Whether an event, parsed from its line, is one that is looked for. */
  matches(event: WireEvent): boolean;
  /** Whether a line (without LF) is one. A line that is not one JSON object never is. */
  matchesLine(line: Uint8Array | string): boolean;
  /**
   * Finds the matching lines of bytes[start,end), which must be whole lines, and calls onMatch for each, in order, with offsets
   * without LF; stops after one for which it returns false. Says exactly what matchesLine says, but parses only lines that
   * hold the bytes that a match must hold.
   */
  scan(bytes: Uint8Array, start: number, end: number, onMatch: OnMatch): void;
}

/**
 * Makes a query ready to be asked.
 * @throws SearchError where a query that was built by hand is none that `parse` could have made
 */
export function compile(query: Query, decode: Decoder = decoder): Matcher {
  const checked = parse(print(query));
  return new LineMatcher(checked, decode);
}

/** What finds, in bytes read as Latin-1, what a filter looks for. */
interface Finder {
  readonly pattern: RegExp;
  /** Numbers take a pattern that is slow to look for in all lines, and good to look for on one. */
  readonly isSlow: boolean;
}

function finderOf(filter: Filter, decode: Decoder): Finder {
  const alternatives = filter.flatMap(({ text, spelling }) => {
    const literal = escapePattern(asDecoded(text, decode));
    // A number begins where a value does; one with an exponent or a long fraction may be any number.
    return spelling === 'number' ? [`[ \\t\\r:,["]-?${literal}`, String.raw`[ \t\r:,[]-?\d[\d.]*[eE]`, String.raw`\.\d{10}`] : [literal];
  });
  const anyCase = filter.some(({ spelling }) => spelling === 'anyCase');
  const pattern = new RegExp([...new Set(alternatives), String.raw`\\u`].join('|'), anyCase ? 'gi' : 'g');
  return { pattern, isSlow: filter.some(({ spelling }) => spelling === 'number') };
}

/** What the bytes of a text in UTF-8 look like where they are searched. */
function asDecoded(text: string, decode: Decoder): string {
  const bytes = new TextEncoder().encode(text);
  return decode.latin1(bytes, 0, bytes.length);
}

/**
 * Bytes that are made a text at a time. Of a mebibyte the engine makes an object outside of its young heap, or of its heap at all,
 * and searching takes twice as long (measured in Node 20: 0.8 GB/s instead of 1.7).
 */
const pieceBytesMax = 65_536;
/** A piece of this size shows which pattern leads the search from then on. */
const sampleCharsMin = 16_384;
const LF = 0x0a;

class LineMatcher implements Matcher {
  readonly matches: EventTest;
  readonly #decode: Decoder;
  readonly #finders: readonly Finder[];
  readonly #headTest: HeadTest | undefined;
  /** The pattern that finds least, once a first piece has shown which. */
  #lead: RegExp | undefined;

  constructor(query: Query, decode: Decoder) {
    this.matches = eventTest(query);
    this.#decode = decode;
    this.#finders = filtersOf(query).map((filter) => finderOf(filter, decode));
    this.#headTest = headTest(query);
  }

  matchesLine(line: Uint8Array | string): boolean {
    const event = parseEvent(typeof line === 'string' ? line : this.#decode.utf8(line, 0, line.length));
    return event !== undefined && this.matches(event);
  }

  scan(bytes: Uint8Array, start: number, end: number, onMatch: OnMatch): void {
    for (let from = start; from < end;) {
      const to = pieceEnd(bytes, from, end);
      if (!this.#scanPiece(bytes, from, to, onMatch)) return;
      from = to;
    }
  }

  /** @returns false where onMatch ended it */
  #scanPiece(bytes: Uint8Array, start: number, end: number, onMatch: OnMatch): boolean {
    const text = this.#decode.latin1(bytes, start, end);
    const lead = this.#lead ?? rarest(this.#finders, text);
    if (text.length >= sampleCharsMin) this.#lead = lead;
    const others = this.#finders.map(({ pattern }) => pattern).filter((pattern) => pattern !== lead);
    let from = 0;
    while (from < text.length) {
      const found = lead === undefined ? from : find(lead, text, from);
      if (found < 0) break;
      const lineStart = found === 0 ? 0 : text.lastIndexOf('\n', found - 1) + 1;
      const lineFeed = text.indexOf('\n', found);
      const lineEnd = lineFeed < 0 ? text.length : lineFeed;
      from = lineEnd + 1;
      const line = text.slice(lineStart, lineEnd);
      if (!others.every((pattern) => find(pattern, line, 0) >= 0)) continue;
      if (this.#headTest?.(line) === false) continue;
      const event = parseEvent(this.#decode.utf8(bytes, start + lineStart, start + lineEnd));
      if (event === undefined || !this.matches(event)) continue;
      if (!onMatch(start + lineStart, start + lineEnd)) return false;
    }
    return true;
  }
}

/** Where the whole lines end that make up a piece: a line that is longer than a piece is one. */
function pieceEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start <= pieceBytesMax) return end;
  const last = bytes.lastIndexOf(LF, start + pieceBytesMax - 1);
  const lineFeed = last >= start ? last : bytes.indexOf(LF, start);
  return lineFeed < 0 || lineFeed >= end ? end : lineFeed + 1;
}

function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}

function rarest(finders: readonly Finder[], sample: string): RegExp | undefined {
  const fast = finders.filter(({ isSlow }) => !isSlow);
  let lead: RegExp | undefined;
  let countMin = Infinity;
  for (const { pattern } of fast.length > 0 ? fast : finders) {
    const count = sample.match(pattern)?.length ?? 0;
    if (count < countMin) [lead, countMin] = [pattern, count];
  }
  return lead;
}
