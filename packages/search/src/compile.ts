import { parseEvent, type WireEvent } from './event.ts';
import { headTest, type HeadTest } from './head.ts';
import { type Filter, filtersOf } from './literal.ts';
import { escapePattern, eventTest, type EventTest } from './match.ts';
import { parse } from './parse.ts';
import { print } from './print.ts';
import type { Query } from './query.ts';

/** How bytes[start,end) become text. Node's Buffer does both many times faster than what runs everywhere; it is for the caller to pass. */
export interface Decoder {
  /** One UTF-16 unit for each byte; what it makes of bytes from 0x80 to 0xff must be the same for the same byte, and never ASCII. */
  latin1(bytes: Uint8Array, start: number, end: number): string;
  /** UTF-8, U+FFFD for what is none. */
  utf8(bytes: Uint8Array, start: number, end: number): string;
}

/** Runs everywhere. */
export const decoder: Decoder = {
  latin1(bytes, start, end) {
    const pieces: string[] = [];
    for (let at = start; at < end; at += argumentsMax) {
      pieces.push(String.fromCharCode.apply(undefined, [...bytes.subarray(at, Math.min(end, at + argumentsMax))]));
    }
    return pieces.join('');
  },
  utf8(bytes, start, end) {
    return textDecoder.decode(bytes.subarray(start, end));
  },
};

/** How many arguments a call takes safely in every engine. */
const argumentsMax = 4_096;
const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

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
  scan(bytes: Uint8Array, start: number, end: number, onMatch: (start: number, end: number) => boolean): void;
}

/**
 * Makes a query ready to be asked.
 * @throws SearchError where a query that was built by hand is none that `parse` could have made
 */
export function compile(query: Query, decode: Decoder = decoder): Matcher {
  const checked = parse(print(query));
  return new LineMatcher(checked, decode);
}

/** Finds, in bytes read as Latin-1, what a filter looks for. */
function patternOf(filter: Filter): RegExp {
  const literals = filter.map((literal) => escapePattern(bytesAsText(literal.text)));
  return new RegExp([...new Set(literals), String.raw`\\u`].join('|'), filter.some((literal) => literal.anyCase) ? 'gi' : 'g');
}

function bytesAsText(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return decoder.latin1(bytes, 0, bytes.length);
}

/** How much of the first piece decides which pattern leads the search. */
const sampleChars = 65_536;

class LineMatcher implements Matcher {
  readonly matches: EventTest;
  readonly #decode: Decoder;
  readonly #patterns: readonly RegExp[];
  readonly #headTest: HeadTest | undefined;
  /** The pattern that finds least, once a first piece has shown which. */
  #lead: RegExp | undefined;

  constructor(query: Query, decode: Decoder) {
    this.matches = eventTest(query);
    this.#decode = decode;
    this.#patterns = filtersOf(query).map(patternOf);
    this.#headTest = headTest(query);
  }

  matchesLine(line: Uint8Array | string): boolean {
    const event = parseEvent(typeof line === 'string' ? line : this.#decode.utf8(line, 0, line.length));
    return event !== undefined && this.matches(event);
  }

  scan(bytes: Uint8Array, start: number, end: number, onMatch: (start: number, end: number) => boolean): void {
    const text = this.#decode.latin1(bytes, start, end);
    const lead = this.#lead ?? rarest(this.#patterns, text.slice(0, sampleChars));
    if (text.length >= sampleChars) this.#lead = lead;
    const others = this.#patterns.filter((pattern) => pattern !== lead);
    let from = 0;
    while (from < text.length) {
      const found = lead === undefined ? from : find(lead, text, from);
      if (found < 0) return;
      const lineStart = found === 0 ? 0 : text.lastIndexOf('\n', found - 1) + 1;
      const lineFeed = text.indexOf('\n', found);
      const lineEnd = lineFeed < 0 ? text.length : lineFeed;
      from = lineEnd + 1;
      const line = text.slice(lineStart, lineEnd);
      if (!others.every((pattern) => find(pattern, line, 0) >= 0)) continue;
      if (this.#headTest?.(line) === false) continue;
      const event = parseEvent(this.#decode.utf8(bytes, start + lineStart, start + lineEnd));
      if (event === undefined || !this.matches(event)) continue;
      if (!onMatch(start + lineStart, start + lineEnd)) return;
    }
  }
}

function find(pattern: RegExp, text: string, from: number): number {
  pattern.lastIndex = from;
  return pattern.exec(text)?.index ?? -1;
}

function rarest(patterns: readonly RegExp[], sample: string): RegExp | undefined {
  let lead: RegExp | undefined;
  let countMin = Infinity;
  for (const pattern of patterns) {
    const count = sample.match(pattern)?.length ?? 0;
    if (count < countMin) [lead, countMin] = [pattern, count];
  }
  return lead;
}
