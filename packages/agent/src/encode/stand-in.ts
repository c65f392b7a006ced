/** What is written in the place of objects that JSON would show as `{}`, or as far more than a line can hold. */
import { types } from 'node:util';
import { read } from './placeholder.ts';

/** How many entries of a Map, a Set or a typed array are shown. */
const entriesMax = 1_000;
/** How many bytes of binary data are shown. */
const binaryBytesMax = 1_024;

/**
 * A plain object, array or text that says what an object of a built-in class holds; the object itself where its own keys say
 * it. It runs code of the object (getters, iterators), so it may throw.
 */
export function standIn(value: object): unknown {
  if (types.isNativeError(value) || value instanceof Error) return errorMembers(value);
  if (types.isMap(value)) return mapMembers(value);
  if (types.isSet(value)) return firstOf(Set.prototype.values.call(value), value.size);
  if (types.isBoxedPrimitive(value)) return unboxed(value);
  if (types.isRegExp(value) || value instanceof URLSearchParams) return value.toString();
  if (types.isPromise(value)) return '[Promise]';
  if (types.isAnyArrayBuffer(value)) return binary(Buffer.from(value));
  if (!ArrayBuffer.isView(value)) return value;
  const isOfBytes = types.isUint8Array(value) || types.isUint8ClampedArray(value) || types.isDataView(value);
  return isOfBytes ? binary(Buffer.from(value.buffer, value.byteOffset, value.byteLength)) : numbers(value);
}

function errorMembers(error: Error): object {
  const members: Record<string, unknown> = { name: read(error, 'name'), message: read(error, 'message') };
  for (const key of ['code', 'cause', 'errors']) {
    const member = read(error, key);
    if (member !== undefined) members[key] = member;
  }
  return members;
}

/** An object where all keys are texts, pairs otherwise. */
function mapMembers(map: ReadonlyMap<unknown, unknown>): unknown {
  const pairs: (readonly [unknown, unknown])[] = [];
  for (const pair of Map.prototype.entries.call(map)) {
    if (pairs.length === entriesMax) break;
    pairs.push(pair);
  }
  const more = map.size - pairs.length;
  if (!pairs.every(([key]) => typeof key === 'string')) return more > 0 ? [...pairs, moreText(more)] : pairs;
  // fromEntries defines its keys, so that `__proto__` is one like any other.
  const members: unknown = Object.fromEntries(more > 0 ? [...pairs, ['…', moreText(more)]] : pairs);
  return members;
}

function firstOf(entries: Iterable<unknown>, size: number): unknown[] {
  const list: unknown[] = [];
  for (const entry of entries) {
    if (list.length === entriesMax) return [...list, moreText(size - entriesMax)];
    list.push(entry);
  }
  return list;
}

function moreText(count: number): string {
  return `… ${count} more`;
}

/** As JSON.stringify takes boxed primitives: a number and a text by their own conversion, the others by what they hold. */
function unboxed(box: object): unknown {
  if (types.isNumberObject(box)) return Number(box);
  return types.isStringObject(box) ? String(box) : box.valueOf();
}

function numbers(view: object): unknown {
  return types.isTypedArray(view) ? firstOf(view.values(), view.length) : {};
}

function binary(bytes: Buffer): object {
  return { bytes: bytes.length, base64: bytes.toString('base64', 0, Math.min(bytes.length, binaryBytesMax)) };
}
