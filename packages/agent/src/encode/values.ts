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
import { bigintText, functionText, symbolText, throwsText } from './placeholder.ts';
import { standIn } from './stand-in.ts';
import { slackBytes, writeNumber, writeQuoted } from './text.ts';

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

type Members = Readonly<Record<string, unknown>>;

/** Writes one value after another; all that it remembers is which objects it is inside of. */
export class ValueWriter {
  #bytes: Buffer = Buffer.alloc(0);
  #limit = 0;
  #depth = 0;
  readonly #ancestors: (object | undefined)[] = [];

  /**
   * Writes a value at `start` and returns the place after it; beyond `limit` where it did not fit, and `omitted` for what
   * JSON leaves out.
   */
  write(bytes: Buffer, start: number, limit: number, value: unknown): number {
    this.#bytes = bytes;
    this.#limit = limit;
    return this.#value(start, value, '');
  }

  #value(start: number, value: unknown, key: string): number {
    switch (typeof value) {
      case 'string':
        return this.#text(start, value);
      case 'number':
        return Number.isFinite(value) ? writeNumber(this.#bytes, start, value) : this.#text(start, String(value));
      case 'boolean':
        return this.#raw(start, value ? 'true' : 'false');
      case 'undefined':
        return omitted;
      case 'bigint':
        return this.#text(start, bigintText(value));
      case 'symbol':
        return this.#text(start, symbolText(value));
      default:
        return isObject(value) ? this.#guarded(start, value, key) : this.#raw(start, 'null');
    }
  }

  #text(start: number, text: string): number {
    return writeQuoted(this.#bytes, start, this.#limit, text);
  }

  #raw(start: number, text: string): number {
    const bytes = this.#bytes;
    for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i);
    return start + text.length;
  }

  /** An object or function. What its own code throws becomes a placeholder in its place. */
  #guarded(start: number, value: object, key: string): number {
    const depth = this.#depth;
    try {
      return this.#asked(start, value, key);
    } catch (thrown) {
      this.#leave(depth);
      return this.#text(start, throwsText(thrown));
    }
  }

  /** Asks for toJSON as JSON.stringify does, but not a Buffer: its toJSON lists every byte as a number. */
  #asked(start: number, value: object, key: string): number {
    if (!hasMembers(value) || ArrayBuffer.isView(value)) return this.#object(start, value, unread);
    const toJson = value['toJSON'];
    if (typeof toJson !== 'function') return this.#object(start, value, toJson);
    const converted: unknown = Reflect.apply(toJson, value, [key]);
    if (converted === value) return this.#object(start, value, toJson);
    return isObject(converted) ? this.#object(start, converted, unread) : this.#value(start, converted, key);
  }

  #object(start: number, value: object, toJson: unknown): number {
    const depth = this.#depth;
    for (let i = 0; i < depth; i++) if (this.#ancestors[i] === value) return this.#text(start, '[Circular]');
    if (depth >= depthMax) return this.#text(start, '[Deep]');
    this.#ancestors[depth] = value;
    this.#depth = depth + 1;
    const end = this.#inside(start, value, toJson);
    this.#leave(depth);
    return end;
  }

  #leave(depth: number): void {
    while (this.#depth > depth) this.#ancestors[--this.#depth] = undefined;
  }

  #inside(start: number, value: object, toJson: unknown): number {
    if (Array.isArray(value)) return this.#array(start, value);
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype || prototype === null) return this.#members(start, value, toJson);
    if (typeof value === 'function') return this.#text(start, functionText(value));
    const stand = standIn(value);
    if (stand === value) return this.#members(start, value, toJson);
    if (Array.isArray(stand)) return this.#array(start, stand);
    return isObject(stand) ? this.#members(start, stand, unread) : this.#value(start, stand, '');
  }

  #array(start: number, array: readonly unknown[]): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    // A proxy may say anything for its length; Math.min makes one number of it.
    const length = Math.min(array.length, Number.MAX_SAFE_INTEGER);
    let at = start;
    bytes[at++] = BRACKET_OPEN;
    for (let i = 0; i < length && at <= limit; i++) {
      if (i > 0) bytes[at++] = COMMA;
      at = this.#element(at, array, i);
    }
    bytes[at++] = BRACKET_CLOSE;
    return at;
  }

  #element(start: number, array: readonly unknown[], index: number): number {
    let element: unknown;
    try {
      element = array[index];
    } catch (thrown) {
      return this.#text(start, throwsText(thrown));
    }
    const end = this.#value(start, element, isObject(element) ? String(index) : '');
    return end === omitted ? this.#raw(start, 'null') : end;
  }

  #members(start: number, value: object, toJson: unknown): number {
    const bytes = this.#bytes;
    const limit = this.#limit;
    let at = start;
    bytes[at++] = BRACE_OPEN;
    for (const key of Object.keys(value)) {
      const before = at;
      if (at > start + 1) bytes[at++] = COMMA;
      at = writeQuoted(bytes, at, limit, key);
      bytes[at++] = COLON;
      if (at > limit) return at;
      at = this.#member(at, value, key, toJson);
      if (at === omitted) at = before;
      if (at > limit) return at;
    }
    bytes[at++] = BRACE_CLOSE;
    return at;
  }

  #member(start: number, value: object, key: string, toJson: unknown): number {
    let member: unknown;
    try {
      if (hasMembers(value)) member = key === 'toJSON' && toJson !== unread ? toJson : value[key];
    } catch (thrown) {
      return this.#text(start, throwsText(thrown));
    }
    return this.#value(start, member, key);
  }
}

/** The JSON of any value as a text of at most 8 KiB, for places that want a text. */
export function jsonText(value: unknown): string {
  const bytes = Buffer.allocUnsafe(textBytesMax + slackBytes);
  const end = new ValueWriter().write(bytes, 0, textBytesMax, value);
  return end === omitted ? '' : bytes.toString('utf8', 0, Math.min(end, textBytesMax));
}

/** Every object has members; whether a member can be read is another question. */
function hasMembers(value: object): value is Members {
  return typeof value === 'object' || typeof value === 'function';
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
