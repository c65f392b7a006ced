// Whether it is worth looking for secrets in a text, and for which: a short look that spares most texts the expressions. It reads the
// bytes as they were written for the line; the text itself may be a rope, each character a search.

const ones = 0x01010101;
const highs = 0x80808080 | 0;
const colons = 0x3a3a3a3a;
const equals = 0x3d3d3d3d;
/** What `-` has not and `=` has; no other byte becomes `=` by it. */
const dashToEquals = 0x10101010;

/** So many characters of `A-Za-z0-9_-` stand in a row in every token. */
const runBytesMin = 16;

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
const EQUALS = 0x3d;
const DASH = 0x2d;
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

/** Of the bits of `Written.seen`, those that say the one and those that say the other. */
const unmarkedBits = 0x15555555;
const runBits = 0x2aaaaaaa;

/** Where a text was written, and what its writer saw of it. */
export interface Written {
  readonly bytes: Uint8Array;
  /** Over the same bytes. */
  readonly view: DataView;
  /**
   * Two bits for each four characters, from the lowest: none is `:`, `=` or `-`; all are of a token's. Negative where nobody looked.
   */
  readonly seen: number;
}

/**
 * What the text at [start,end) may hold: a long run of a token's characters; `=`, `--`, or a colon behind what may be the end of a secret's
 * name, or behind a user. Three bytes more must be there.
 */
export function signsOf(place: Written, start: number, end: number): Signs {
  const { bytes, view, seen } = place;
  if (seen < 0) return (hasRun(bytes, start, end) ? Sign.Token : 0) | (hasPair(bytes, view, start, end) ? Sign.Pair : 0);
  const runs = seen & runBits;
  // A run that is long enough covers three of these fours.
  const isToken = (runs & (runs >> 2) & (runs >> 4)) !== 0 && hasRun(bytes, start, end);
  const marked = ~seen & unmarkedBits & ((1 << (((end - start + 3) >> 2) * 2)) - 1);
  return (isToken ? Sign.Token : 0) | (marked !== 0 && hasMarkedPair(bytes, start, end, marked) ? Sign.Pair : 0);
}

/** Looks at each sixteenth byte, and back from it: where the run ends too soon, none begins before that place. */
function hasRun(bytes: Uint8Array, start: number, end: number): boolean {
  let first = start;
  while (first + runBytesMin <= end) {
    let at = first + runBytesMin - 1;
    while (at >= first && tokenBytes[bytes[at] ?? 0] === 1) at--;
    if (at < first) return true;
    first = at + 1;
  }
  return false;
}

function hasMarkedPair(bytes: Uint8Array, start: number, end: number, marked: number): boolean {
  let look: Look = Look.Plain;
  for (let left = marked; left !== 0; left &= left - 1) {
    const at = start + 2 * (31 - Math.clz32(left & -left));
    look = lookAt(bytes, start, at, Math.min(at + 4, end), look);
    if (look === Look.Pair) return true;
  }
  return false;
}

function hasPair(bytes: Uint8Array, view: DataView, start: number, end: number): boolean {
  let look: Look = Look.Plain;
  for (let at = start; at < end; at += 4) {
    const word = view.getInt32(at, true);
    const lines = (word | dashToEquals) ^ equals;
    const points = word ^ colons;
    // The highest bit of a byte that is 0 in one of them; of others only above such a byte.
    if (((((lines - ones) & ~lines) | ((points - ones) & ~points)) & highs) === 0) continue;
    look = lookAt(bytes, start, at, Math.min(at + 4, end), look);
    if (look === Look.Pair) return true;
  }
  return false;
}

/** What four bytes told, and those before them. */
const Look = { Plain: 0, Scheme: 1, Pair: 2 } as const;
type Look = (typeof Look)[keyof typeof Look];

/** Looks at bytes[at,end) of a text that begins at `start`. */
function lookAt(bytes: Uint8Array, start: number, at: number, end: number, before: Look): Look {
  let look = before;
  for (let i = at; i < end; i++) {
    const byte = bytes[i];
    if (byte === DASH ? i > start && bytes[i - 1] === DASH : byte === EQUALS) return Look.Pair;
    if (byte !== COLON) continue;
    // `https:` is no name's end; a second colon after one is what credentials have, and ports.
    if (bytes[i + 1] === SLASH) look = Look.Scheme;
    else if (look === Look.Scheme || endsName(bytes, start, i)) return Look.Pair;
  }
  return look;
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
