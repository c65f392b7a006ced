// Takes secrets out of the texts of an event, before it is encoded. Compiled once; most texts hold none and cost a short look.
import { createHmac } from 'node:crypto';
import { allSigns, Sign, type Signs, signsOf, type Written } from './signs.ts';
import { type Finder, replaceFound } from './finder.ts';
import { isSecretName, normalName } from './key-names.ts';
import type { PathNode, PathPlaces } from './paths.ts';
import { stepInto } from './paths.ts';
import { tellsNothing } from './plain-values.ts';

/** What stands in a secret's place. */
export type RedactMode =
  | { readonly kind: 'mask' }
  | { readonly kind: 'remove' }
  | { readonly kind: 'hmac'; readonly key: Uint8Array };

/** All that a redactor is made of. */
export interface RedactorParts {
  readonly mode: RedactMode;
  /** What has a shape of its own. */
  readonly tokens: Finder;
  /** What stands behind a name. */
  readonly pairs: Finder;
  /** What the options ask for. */
  readonly own: readonly Finder[];
  /** Further names of secrets, normal. */
  readonly ownNames: ReadonlySet<string>;
  readonly paths: PathNode;
}

/** No secret, and no pair of a name and one, is shorter. */
const secretUnitsMin = 5;
/** Of a longer text no more than this is looked at, and told: a line shows less. */
const textUnitsMax = 262_144;
const tagHexDigits = 16;

/** Takes secrets out. It never throws, and never changes what it is given. */
export class Redactor {
  /** Where `details` begin, in every path; none where there are no paths. */
  readonly details: PathPlaces;
  readonly #parts: RedactorParts;
  readonly #fields: PathPlaces;

  constructor(parts: RedactorParts) {
    this.#parts = parts;
    this.#fields = parts.paths.next.size === 0 ? [] : [parts.paths];
    this.details = stepInto(this.#fields, 'details');
  }

  /** A text without its secrets: the same text where it has none. */
  text(text: string, signs: Signs = allSigns): string {
    if (text.length < secretUnitsMin) return text;
    const { tokens, pairs, own } = this.#parts;
    let left = text.length > textUnitsMax ? `${text.slice(0, textUnitsMax)}…` : text;
    if ((signs & Sign.Token) !== 0) left = this.#without(left, tokens);
    if ((signs & Sign.Pair) !== 0) left = this.#without(left, pairs);
    for (const finder of own) left = this.#without(left, finder);
    return left;
  }

  /** The same of a text that was just written, whole and in quotes, at [start,end): what stands there tells whether it is worth it. */
  written(text: string, place: Written, start: number, end: number): string {
    const signs = signsOf(place, start + 1, end - 1);
    return signs === 0 && this.#parts.own.length === 0 ? text : this.text(text, signs);
  }

  /** Whether a path says that the whole field goes. */
  isWholly(field: 'message' | 'error'): boolean {
    return this.#fields.length > 0 && isEndOf(stepInto(this.#fields, field));
  }

  /** The text of a field, outside of a line. */
  field(field: 'message' | 'error', text: string): string {
    return text !== '' && this.isWholly(field) ? this.mark('path', text) : this.text(text);
  }

  /** Whether what has this name is a secret. */
  isSecretName(name: string): boolean {
    return isSecretName(name, this.#parts.ownNames);
  }

  /** Whether this value tells no secret, though its name is one's. */
  tellsNothing(name: string, value: unknown): boolean {
    if (value === null || value === undefined || value === '' || typeof value === 'boolean') return true;
    if (typeof value !== 'string' && typeof value !== 'number') return false;
    return !this.#parts.ownNames.has(normalName(name)) && tellsNothing(name, String(value));
  }

  /** What stands in the place of a whole secret; '' where it is removed. */
  mark(kind: string, secret: string): string {
    const { mode } = this.#parts;
    switch (mode.kind) {
      case 'mask':
        return `[REDACTED:${kind}]`;
      case 'remove':
        return '';
      case 'hmac': {
        const tag = createHmac('sha256', mode.key).update(secret).digest('hex').slice(0, tagHexDigits);
        return `[REDACTED:${kind}:${tag}]`;
      }
    }
  }

  get isRemoving(): boolean {
    return this.#parts.mode.kind === 'remove';
  }

  get needsSecret(): boolean {
    return this.#parts.mode.kind === 'hmac';
  }

  #without(text: string, finder: Finder): string {
    return replaceFound(text, finder, (kind, secret) => this.mark(kind, secret));
  }
}

/** Whether a path ends at one of these places. */
export function isEndOf(places: PathPlaces): boolean {
  return places.some(({ isEnd }) => isEnd);
}
