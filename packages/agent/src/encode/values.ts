/**
 * Any value as JSON. What JSON can carry stands on the line as `JSON.stringify` means it (own enumerable keys in their order,
 * toJSON, boxed primitives); everything else becomes a bounded placeholder. Nothing that a value does can throw out of here,
 * each getter and toJSON runs at most once, and no value is changed.
 *
 * | value                                       | on the line                                                          |
 * |---------------------------------------------|----------------------------------------------------------------------|
 * | text                                        | itself; a lone surrogate as U+FFFD                                   |
 * | NaN, Infinity, -Infinity                    | `"NaN"`, `"Infinity"`, `"-Infinity"`                                 |
 * | bigint                                      | its decimal digits as a text; `"[BigInt]"` from 2^1024               |
 * | undefined                                   | left out of an object, `null` in an array                            |
 * | hole of a sparse array                      | `null`                                                               |
 * | function, class                             | `"[Function: name]"`                                                 |
 * | symbol                                      | `"[Symbol: description]"`                                            |
 * | what has a toJSON (Date, URL, …)            | what that returns                                                    |
 * | getter, toJSON or proxy that throws         | `"[Throws: message]"` in its place                                   |
 * | an object inside itself                     | `"[Circular]"`                                                       |
 * | object or array at depth 64                 | `"[Deep]"`                                                           |
 * | Error                                       | `{"name","message","code"?,"cause"?,"errors"?}`                      |
 * | Map                                         | an object where all keys are texts, else `[key, value]` pairs        |
 * | Set, typed array of numbers                 | an array                                                             |
 * | Buffer, Uint8Array, DataView, ArrayBuffer   | `{"bytes":N,"base64":"<the first 1,024>"}`                           |
 * | RegExp, URLSearchParams                     | its text                                                             |
 * | Promise                                     | `"[Promise]"`                                                        |
 * | `__proto__` as an own key                   | a key like any other                                                 |
 *
 * Map, Set and typed array show 1,000 entries and then `"… N more"`. Objects and arrays have no bound of their own: they end
 * where the line's room ends, and so does the work on them.
 */
import { isEndOf, noPlaces, type PathPlaces, type Redactor, stepInto } from '../redact/index.ts';
import { type Key, KeyCache } from './keys.ts';
import { writeNumber } from './number.ts';
import { Page, Prepared } from './page.ts';
import { bigintText, functionText, isKeyed, type Keyed, symbolText, throwsText } from './placeholder.ts';
import { standIn } from './stand-in.ts';
import { characterEnd, slackBytes, writeQuoted } from './text.ts';

/** How deep objects and arrays may stand inside each other. */
const depthMax = 64;
/** How much of the JSON of a value is shown where a text is wanted. */
const textBytesMax = 8_192;

/** What `write` returns for a value that JSON leaves out of an object. */
export const omitted = -1;

/** Says that an object's toJSON was not asked for yet: it may be a getter, and no getter runs twice. */
const unread = Symbol('unread');

const COMMA = 0x2c;
const COLON = 0x3a;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

const jsonNull = Prepared.of('null');
const jsonTrue = Prepared.of('true');
const jsonFalse = Prepared.of('false');

/** Writes one value after another; all that it remembers is which objects it is inside of, and how keys look. */
export class ValueWriter {
  /** Takes the secrets out; undefined where none are looked for. */
  redactor: Redactor | undefined;
  readonly #keys: KeyCache;
  readonly #ancestors: (object | undefined)[] = [];
  #lastKey: Key;
  /** Where the value that is being written is, in the paths that are redacted. */
  #places: PathPlaces = noPlaces;
  #depth = 0;
  #limit = 0;
  #page: Page;

  constructor(page: Page, redactor?: Redactor) {
    this.#page = page;
    this.redactor = redactor;
    this.#keys = new KeyCache(redactor);
    this.#lastKey = this.#keys.start;
  }

  /**
   * Writes a value at `start` and returns the place after it; beyond `limit` where it did not fit, and `omitted` for what
   * JSON leaves out.
   */
  write(page: Page, start: number, limit: number, value: unknown): number {
    this.#page = page;
    this.#limit = limit;
    this.#depth = 0;
    this.#lastKey = this.#keys.start;
    this.#places = this.redactor?.details ?? noPlaces;
    return this.#value(start, value, '');
  }

  #value(start: number, value: unknown, key: string): number {
    switch (typeof value) {
      case 'string':
        return this.#text(start, value);
      case 'number':
        return Number.isFinite(value) ? writeNumber(this.#page, start, value) : this.#text(start, String(value));
      case 'boolean':
        return (value ? jsonTrue : jsonFalse).write(this.#page, start);
      case 'undefined':
        return omitted;
      case 'bigint':
        return this.#text(start, bigintText(value));
      case 'symbol':
        return this.#text(start, symbolText(value));
      default:
        return isKeyed(value) ? this.#guarded(start, value, key) : jsonNull.write(this.#page, start);
    }
  }

  #text(start: number, text: string): number {
    const page = this.#page;
    const limit = this.#limit;
    const end = writeQuoted(page, start, limit, text);
    const { redactor } = this;
    if (redactor === undefined) return end;
    const redacted = end > limit ? redactor.text(text) : redactor.written(text, page, start, end);
    return redacted === text ? end : writeQuoted(page, start, limit, redacted);
  }

  /** An object or function. What its own code throws becomes a placeholder in its place. */
  #guarded(start: number, value: Keyed, key: string): number {
    const depth = this.#depth;
    try {
      return this.#asked(start, value, key);
    } catch (thrown) {
      this.#leave(depth);
      return this.#text(start, throwsText(thrown));
    }
  }

  /** Asks for toJSON as JSON.stringify does, but not a Buffer: its toJSON lists every byte as a number. */
  #asked(start: number, value: Keyed, key: string): number {
    if (ArrayBuffer.isView(value)) return this.#object(start, value, unread);
    // Unlike a named access, this costs the same for objects of a shape never seen before, as `{ ...base, more }` makes them.
    const toJson: unknown = Reflect.get(value, 'toJSON');
    if (typeof toJson !== 'function') return this.#object(start, value, toJson);
    const converted: unknown = Reflect.apply(toJson, value, [key]);
    if (converted === value) return this.#object(start, value, toJson);
    return isKeyed(converted) ? this.#object(start, converted, unread) : this.#value(start, converted, key);
  }

  #object(start: number, value: Keyed, toJson: unknown): number {
    const depth = this.#depth;
    const ancestors = this.#ancestors;
    for (let i = 0; i < depth; i++) if (ancestors[i] === value) return this.#text(start, '[Circular]');
    if (depth >= depthMax) return this.#text(start, '[Deep]');
    ancestors[depth] = value;
    this.#depth = depth + 1;
    const end = this.#inside(start, value, toJson);
    ancestors[depth] = undefined;
    this.#depth = depth;
    return end;
  }

  #leave(depth: number): void {
    while (this.#depth > depth) this.#ancestors[--this.#depth] = undefined;
  }

  #inside(start: number, value: Keyed, toJson: unknown): number {
    if (Array.isArray(value)) return this.#array(start, value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if ((prototype === Object.prototype && isUnpolluted()) || prototype === null) return this.#plainMembers(start, value, toJson);
    if (typeof value === 'function') return this.#text(start, functionText(value));
    const stand = standIn(value);
    if (stand === value) return this.#members(start, value, toJson);
    if (Array.isArray(stand)) return this.#array(start, stand);
    return isKeyed(stand) ? this.#members(start, stand, unread) : this.#value(start, stand, '');
  }

  #array(start: number, array: readonly unknown[]): number {
    const bytes = this.#page.bytes;
    const limit = this.#limit;
    // A proxy may say anything for its length; Math.min makes one number of it.
    const length = Math.min(array.length, Number.MAX_SAFE_INTEGER);
    let at = start;
    for (let i = 0; i < length && at <= limit; i++) {
      bytes[at] = COMMA;
      at = this.#element(at + 1, array, i);
    }
    if (at === start) at++;
    bytes[start] = BRACKET_OPEN;
    bytes[at] = BRACKET_CLOSE;
    return at + 1;
  }

  #element(start: number, array: readonly unknown[], index: number): number {
    let element: unknown;
    try {
      element = array[index];
    } catch (thrown) {
      return this.#text(start, throwsText(thrown));
    }
    const step = isKeyed(element) || this.#places.length > 0 ? String(index) : '';
    const end = this.#placed(start, element, step);
    return end === omitted ? jsonNull.write(this.#page, start) : end;
  }

  /**
   * The members of an object that inherits no enumerable key: such a loop makes no list of keys. Each member is written
   * behind a comma, and the first comma becomes the brace.
   */
  #plainMembers(start: number, value: Keyed, toJson: unknown): number {
    let at = start;
    for (const key in value) {
      at = this.#member(at, value, key, toJson);
      if (at > this.#limit) break;
    }
    return this.#braces(start, at);
  }

  #members(start: number, value: Keyed, toJson: unknown): number {
    let at = start;
    for (const key of Object.keys(value)) {
      at = this.#member(at, value, key, toJson);
      if (at > this.#limit) break;
    }
    return this.#braces(start, at);
  }

  #braces(start: number, end: number): number {
    const bytes = this.#page.bytes;
    const at = end === start ? end + 1 : end;
    bytes[start] = BRACE_OPEN;
    bytes[at] = BRACE_CLOSE;
    return at + 1;
  }

  /** `,"key":value`; nothing for a value that JSON leaves out. */
  #member(start: number, value: Keyed, key: string, toJson: unknown): number {
    const at = this.#key(start, key);
    if (at > this.#limit) return at;
    let member: unknown;
    try {
      member = key === 'toJSON' && toJson !== unread ? toJson : value[key];
    } catch (thrown) {
      return this.#text(at, throwsText(thrown));
    }
    const end = this.#isSecret(key, member) ? this.#mark(at, 'key', member, key) : this.#placed(at, member, key);
    return end === omitted ? start : end;
  }

  /** Asked right after the key was written. A key that is too long to be remembered is judged anew. */
  #isSecret(key: string, member: unknown): boolean {
    const { redactor } = this;
    if (redactor === undefined) return false;
    const isName = this.#lastKey.text === key ? this.#lastKey.isSecret : redactor.isSecretName(key);
    return isName && !redactor.tellsNothing(key, member);
  }

  /** A member or an element, where paths may lead to it. */
  #placed(start: number, value: unknown, step: string): number {
    const places = this.#places;
    if (places.length === 0) return this.#value(start, value, step);
    this.#places = stepInto(places, step);
    const end = isEndOf(this.#places) ? this.#mark(start, 'path', value, step) : this.#value(start, value, step);
    this.#places = places;
    return end;
  }

  /** What stands in the place of a whole value. Nothing is no secret, and a yes or no tells none. */
  #mark(start: number, kind: string, value: unknown, key: string): number {
    const { redactor } = this;
    if (redactor === undefined || value === null || value === undefined || value === '' || typeof value === 'boolean') {
      return this.#value(start, value, key);
    }
    if (redactor.isRemoving) return omitted;
    const secret = redactor.needsSecret ? secretText(value) : '';
    return writeQuoted(this.#page, start, this.#limit, redactor.mark(kind, secret));
  }

  #key(start: number, text: string): number {
    const next = this.#lastKey.next;
    if (next !== undefined && next.text === text) {
      this.#lastKey = next;
      return next.prepared.write(this.#page, start);
    }
    const key = this.#keys.of(text);
    if (key === undefined) return this.#longKey(start, text);
    this.#lastKey.next = key;
    this.#lastKey = key;
    return key.prepared.write(this.#page, start);
  }

  #longKey(start: number, text: string): number {
    const bytes = this.#page.bytes;
    bytes[start] = COMMA;
    const end = this.#text(start + 1, text);
    bytes[end] = COLON;
    return end + 1;
  }
}

const ordinary: object = {};

/** Whether ordinary objects inherit no enumerable key, as is usual. */
function isUnpolluted(): boolean {
  for (const _ in ordinary) return false;
  return true;
}

/** What a tag is made of: the same for a secret that stands in a text. */
function secretText(value: unknown): string {
  return typeof value === 'string' ? value : jsonText(value);
}

/** The JSON of any value as a text of at most 8 KiB, for places that want a text. */
export function jsonText(value: unknown): string {
  const page = new Page(textBytesMax + slackBytes);
  const end = new ValueWriter(page).write(page, 0, textBytesMax, value);
  return end === omitted ? '' : page.bytes.toString('utf8', 0, characterEnd(page.bytes, 0, Math.min(end, textBytesMax)));
}
