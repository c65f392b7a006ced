// Whether it is worth looking for secrets in a text, and for which: a short look that spares most texts the expressions. It reads the
// bytes as they were written for the line, four at a time; the text itself may be a rope, each character a search.

const all = 0x80808080 | 0;
const low7 = 0x7f7f7f7f;
/** Added to a byte below 0x80, it sets the highest bit from `0` on: letters, digits, `_`, and a few marks that do no harm here. */
const toDigits = 0x50505050;
const dashes = 0x2d2d2d2d;
const highFive = 0xf8f8f8f8 | 0;
const eights = 0x38383838;
const colons = 0x3a3a3a3a;
const equals = 0x3d3d3d3d;

/** So many characters of `A-Za-z0-9_-` stand in a row in every token. They cover three aligned words of four. */
const runBytesMin = 16;
const runWords = 3;

/** What a text may hold: bits. */
export type Signs = number;

/** The signs there are. */
export const Sign = {
  /** A long run of a token's characters. */
  Token: 1,
  /** A name and its secret, or a user and a password in a URL. */
  Pair: 2,
} as const;

/** Of a text that nobody has looked at. */
export const allSigns: Signs = Sign.Token | Sign.Pair;

const COLON = 0x3a;
const SLASH = 0x2f;
const SPACE = 0x20;
const QUOTE = 0x22;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;

const tokenBytes = new Uint8Array(256);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-') tokenBytes[character.charCodeAt(0)] = 1;

/** What a secret's name ends with: password, token, key, secret, credentials, authorization, cookie, passphrase, otp. */
const nameEnds = new Uint8Array(256);
for (const character of 'dntysepDNTYSEP') nameEnds[character.charCodeAt(0)] = 1;

/**
 * What bytes[start,end) may hold: a long run of a token's characters; `=`, `--`, or a colon behind what may be the end of a secret's name,
 * or behind a user. `view` is over the same bytes, which must go on for three more.
 */
export function signsOf(bytes: Uint8Array, view: DataView, start: number, end: number): Signs {
  let signs = 0;
  let run = 0;
  let endsInDash = false;
  let hasScheme = false;
  for (let at = start; at < end; at += 4) {
    const word = view.getInt32(at, true);
    const dash = zeroesOf(word ^ dashes);
    const token = (((word & low7) + toDigits) & ~word) | dash;
    run = (token & all) === all ? run + 1 : 0;
    // Not at the third word alone: the marks and escapes that pass for a token's characters may stand before it.
    if (run >= runWords && (signs & Sign.Token) === 0 && isRun(bytes, start, end, at)) signs |= Sign.Token;
    if (dash !== 0 && ((dash & (dash << 8)) !== 0 || (endsInDash && (dash & 0x80) !== 0))) signs |= Sign.Pair;
    endsInDash = dash < 0;
    // `:` and `=` are two of the eight from `8` to `?`: most words have none of these.
    if (zeroesOf((word & highFive) ^ eights) === 0) continue;
    if (zeroesOf(word ^ equals) !== 0) signs |= Sign.Pair;
    if (zeroesOf(word ^ colons) === 0) continue;
    for (let i = at; i < at + 4; i++) {
      if (bytes[i] !== COLON) continue;
      // `https:` is no name's end; a second colon after one is what credentials have, and ports.
      if (bytes[i + 1] === SLASH) hasScheme = true;
      else if (hasScheme || endsName(bytes, start, i)) signs |= Sign.Pair;
    }
  }
  return signs;
}

/** Whether the run that bytes[at-8,at+4) are of is long enough. */
function isRun(bytes: Uint8Array, start: number, end: number, at: number): boolean {
  let first = at;
  while (first > start && tokenBytes[bytes[first - 1] ?? 0] === 1) first--;
  let last = at;
  while (last < end && last - first < runBytesMin && tokenBytes[bytes[last] ?? 0] === 1) last++;
  return last - first >= runBytesMin;
}

/** The highest bit of each byte that is 0. */
function zeroesOf(word: number): number {
  return ~(((word & low7) + low7) | word) & all;
}

/** Whether the last letter before a colon may be that of a name. */
function endsName(bytes: Uint8Array, start: number, colon: number): boolean {
  let at = colon - 1;
  while (at > start && isPadding(bytes[at] ?? 0)) at--;
  return nameEnds[bytes[at] ?? 0] === 1;
}

function isPadding(byte: number): boolean {
  return byte === SPACE || byte === QUOTE || byte === APOSTROPHE || byte === BACKSLASH;
}
