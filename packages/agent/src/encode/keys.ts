import type { Redactor } from '../redact/index.ts';
import { Page, Prepared } from './page.ts';
import { slackBytes, writeQuoted } from './text.ts';

/** Keys are remembered up to this length; programs have few, but a map used as an object may have any. */
const keyUnitsMax = 64;
/** How many keys are remembered. */
const keysMax = 4_096;
/** More than a remembered key can take: six bytes for a unit, quotes, comma and colon. */
const keyBytesMax = keyUnitsMax * 6 + 4;

const COLON = 0x3a;
const COMMA = 0x2c;

/** A key of an object as it stands on a line. */
export class Key {
  readonly text: string;
  /** `,"key":`; the comma of an object's first key becomes its brace. */
  readonly prepared: Prepared;
  /** What stands under it is a secret by its name. */
  readonly isSecret: boolean;
  /** The key that came after this one the last time: mostly it comes again, which saves looking it up. */
  next: Key | undefined = undefined;

  constructor(text: string, prepared: Prepared, isSecret: boolean) {
    this.text = text;
    this.prepared = prepared;
    this.isSecret = isSecret;
  }
}

/** Remembers keys as bytes. */
export class KeyCache {
  /** Stands before the first key of a line. */
  readonly start: Key = new Key('', Prepared.of(''), false);
  readonly #page = new Page(keyBytesMax + slackBytes);
  readonly #keys = new Map<string, Key>();
  readonly #redactor: Redactor | undefined;

  constructor(redactor: Redactor | undefined) {
    this.#redactor = redactor;
  }

  /** The key, prepared; undefined where it is too long to be remembered. */
  of(text: string): Key | undefined {
    return this.#keys.get(text) ?? this.#prepare(text);
  }

  #prepare(text: string): Key | undefined {
    if (text.length > keyUnitsMax) return undefined;
    if (this.#keys.size >= keysMax) this.#keys.clear();
    const { bytes } = this.#page;
    bytes[0] = COMMA;
    const end = writeQuoted(this.#page, 1, keyBytesMax, this.#redactor?.text(text) ?? text);
    bytes[end] = COLON;
    const key = new Key(text, new Prepared(bytes.subarray(0, end + 1)), this.#redactor?.isSecretName(text) === true);
    this.#keys.set(text, key);
    return key;
  }
}
