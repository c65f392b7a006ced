// From the options to a redactor, checked once. A pattern of the caller's is a prefix and a class of characters, not an expression:
// no text can make it take more than time in proportion to its length.
import type { Finder } from './finder.ts';
import { isPlainName, normalName } from './key-names.ts';
import { pairKinds } from './pair-kinds.ts';
import { pathTree } from './paths.ts';
import { type PersonalValue, personalKinds } from './personal-kinds.ts';
import { tellsNothing } from './plain-values.ts';
import { type RedactMode, Redactor } from './redactor.ts';
import { type SecretKind, tokenKinds } from './secret-kinds.ts';

/** A shape of secrets of your own: `prefix`, then so many of `characters`. */
export interface RedactPattern {
  /** Named in the mark: `[REDACTED:<kind>]`. `a-z`, `0-9` and `-`, at most 32. */
  readonly kind: string;
  /** Exactly these characters, 2 to 64, where no letter or digit stands before. */
  readonly prefix: string;
  /** What may follow it, as ranges and characters: `A-Za-z0-9_-`. */
  readonly characters: string;
  /** How many follow it at least, 1 to 1,024. 8. */
  readonly lengthMin?: number | undefined;
  /** How many at most, up to 1,024. 256. */
  readonly lengthMax?: number | undefined;
}

/** How secrets are taken out of details, message and error. All members are optional, and add to what is looked for anyway. */
export interface RedactOptions {
  /** mask: `[REDACTED:<kind>]` in its place; remove: nothing; hmac: `[REDACTED:<kind>:<tag>]`, the same tag for the same secret. mask. */
  readonly mode?: 'mask' | 'remove' | 'hmac' | undefined;
  /** For mode hmac: 16 bytes or more that nobody who reads the log knows. */
  readonly hmacKey?: string | Uint8Array | undefined;
  /** Names of further secrets, at any depth of details, in any spelling. */
  readonly keys?: readonly string[] | undefined;
  /** Places: `details.user.ssn`, `details.rows.*.iban`, `message`, `error`. */
  readonly paths?: readonly string[] | undefined;
  readonly patterns?: readonly RedactPattern[] | undefined;
  /** Personal data: addresses of mail and of machines, numbers of payment cards. None. */
  readonly values?: readonly PersonalValue[] | undefined;
}

/** What is wrong with the options, for OPTION_INVALID. */
class RedactOptionError extends Error {}

const members: ReadonlySet<string> = new Set(['mode', 'hmacKey', 'keys', 'paths', 'patterns', 'values']);
const hmacKeyBytesMin = 16;
const patternsMax = 64;
const lengthMost = 1_024;

/**
 * Makes the redactor of these options.
 * @throws an Error naming the member and what it takes
 */
export function compileRedactor(options: RedactOptions = {}): Redactor {
  for (const name of Object.keys(options)) {
    if (!members.has(name)) throw new RedactOptionError(`${name} is none of ${[...members].join(', ')}`);
  }
  return new Redactor({
    mode: modeOf(options),
    tokens: finderOf(tokenKinds, 'g'),
    pairs: { ...finderOf(pairKinds, 'gi'), is: ({ name, secret }) => !isPlainName(name) && !tellsNothing(name, secret) },
    own: [...listOf('patterns', options.patterns).map(ownFinder), ...personalFinders(listOf('values', options.values))],
    ownNames: new Set(listOf('keys', options.keys).map((name) => ownName(name))),
    paths: pathTree(listOf('paths', options.paths).map((path) => stepsOf(path))),
  });
}

function listOf<T>(name: string, list: readonly T[] | undefined): readonly T[] {
  const given: unknown = list;
  if (given !== undefined && !Array.isArray(given)) throw new RedactOptionError(`${name} takes a list`);
  return list ?? [];
}

function modeOf({ mode = 'mask', hmacKey }: RedactOptions): RedactMode {
  if (mode === 'hmac') {
    const key = typeof hmacKey === 'string' ? Buffer.from(hmacKey) : hmacKey;
    if (key instanceof Uint8Array && key.length >= hmacKeyBytesMin) return { kind: 'hmac', key: Uint8Array.from(key) };
    throw new RedactOptionError(`mode 'hmac' takes an hmacKey of ${hmacKeyBytesMin} bytes or more`);
  }
  if (hmacKey !== undefined) throw new RedactOptionError("hmacKey goes with mode 'hmac'");
  if (mode === 'mask' || mode === 'remove') return { kind: mode };
  throw new RedactOptionError("mode takes 'mask', 'remove' or 'hmac'");
}

function ownName(name: unknown): string {
  const normal = typeof name === 'string' ? normalName(name) : '';
  if (normal === '') throw new RedactOptionError(`keys takes names of letters and digits, not ${JSON.stringify(name)}`);
  return normal;
}

function stepsOf(path: unknown): readonly string[] {
  const steps = typeof path === 'string' ? path.split('.') : [];
  const isPlace = steps[0] === 'details' ? steps.length > 1 : steps.length === 1 && (steps[0] === 'message' || steps[0] === 'error');
  if (isPlace && !steps.includes('')) return steps;
  throw new RedactOptionError(`paths takes 'details.…', 'message' and 'error', not ${JSON.stringify(path)}`);
}

/** One expression for all of these kinds: a text is gone through once. */
function finderOf(kinds: readonly SecretKind[], flags: string): Finder {
  const expression = new RegExp(kinds.map(({ before, secret }) => `(${before})(${secret})`).join('|'), flags);
  return { expression, kinds: kinds.map(({ kind }) => kind) };
}

function ownFinder(pattern: RedactPattern, index: number): Finder {
  if (index >= patternsMax) throw new RedactOptionError(`patterns takes ${patternsMax} at most`);
  const where = `patterns[${index}]`;
  if (pattern instanceof RegExp) {
    throw new RedactOptionError(`${where} takes { kind, prefix, characters }: a regular expression may take for ever on some text`);
  }
  const { kind, prefix, characters, lengthMin = 8, lengthMax = 256 } = pattern;
  if (typeof kind !== 'string' || !/^[a-z0-9-]{1,32}$/.test(kind)) {
    throw new RedactOptionError(`${where}.kind takes a-z, 0-9 and -, 32 at most`);
  }
  if (typeof prefix !== 'string' || prefix.length < 2 || prefix.length > 64) {
    throw new RedactOptionError(`${where}.prefix takes 2 to 64 characters`);
  }
  if (!isLength(lengthMin) || !isLength(lengthMax) || lengthMin > lengthMax) {
    throw new RedactOptionError(`${where}: lengthMin and lengthMax take whole numbers, 1 to ${lengthMost}, in this order`);
  }
  const secret = `${literal(prefix)}${classOf(where, characters)}{${lengthMin},${lengthMax}}`;
  return { expression: new RegExp(`((?<![A-Za-z0-9]))(${secret})`, 'g'), kinds: [kind] };
}

function isLength(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= lengthMost;
}

function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/-]/g, '\\$&');
}

/** A class of characters and ranges; all else in it stands for itself. */
function classOf(where: string, characters: unknown): string {
  const parts = typeof characters === 'string' ? (characters.match(/[^]-[^]|[^]/gu) ?? []) : [];
  if (parts.length === 0) throw new RedactOptionError(`${where}.characters takes ranges and characters, such as A-Za-z0-9_-`);
  const escaped = parts.map((part) => (part.length === 3 ? [part.charAt(0), part.charAt(2)] : [part]).map(escapedUnit).join('-'));
  try {
    return new RegExp(`[${escaped.join('')}]`).source;
  } catch {
    throw new RedactOptionError(`${where}.characters ${JSON.stringify(characters)}: a range ends before it begins`);
  }
}

function escapedUnit(character: string): string {
  return /[\]\\^-]/.test(character) ? `\\${character}` : character;
}

function personalFinders(values: readonly PersonalValue[]): Finder[] {
  const known = personalKinds.map(({ kind }) => kind);
  const unknown = values.find((value) => !known.includes(value));
  if (unknown !== undefined) throw new RedactOptionError(`values takes ${known.join(', ')}, not ${JSON.stringify(unknown)}`);
  return personalKinds
    .filter(({ kind }) => values.includes(kind))
    .map(({ kind, candidate, is }) => ({
      expression: new RegExp(`()(${candidate})`, 'g'),
      kinds: [kind],
      is: ({ secret }) => is(secret),
    }));
}
