/** What is written in the place of objects that JSON would show as `{}`, or as far more than a line can hold. */
import { types } from 'node:util';

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
  if (types.isMap(value)) return mapEntries(value);
  if (types.isSet(value)) return shown(Set.prototype.values.call(value), value.size);
  if (types.isBoxedPrimitive(value)) return value.valueOf();
  if (types.isRegExp(value) || value instanceof URLSearchParams) return value.toString();
  if (types.isPromise(value)) return '[Promise]';
  if (types.isAnyArrayBuffer(value)) return binary(Buffer.from(value));
  if (types.isTypedArray(value) && !types.isUint8Array(value) && !types.isUint8ClampedArray(value)) return shown(value.values(), value.length);
  if (ArrayBuffer.isView(value)) return binary(Buffer.from(value.buffer, value.byteOffset, value.byteLength));
  return value;
}

function errorMembers(error: Error): object {
  const members: Record<string, unknown> = { name: error.name, message: error.message };
  for (const key of ['code', 'cause', 'errors'] as const) {
    const member: unknown = Reflect.get(error, key);
    if (member !== undefined) members[key] = member;
  }
  return members;
}

function mapEntries(map: ReadonlyMap<unknown, unknown>): object {
  const entries = shown(Map.prototype.entries.call(map), map.size);
  const keys = new Set<string>();
  for (const key of shown(Map.prototype.keys.call(map), map.size)) {
    if (typeof key !== 'string') return entries;
    keys.add(key);
  }
  // Without a prototype, `__proto__` is a key like any other.
  const members: Record<string, unknown> = Object.create(null);
  for (const key of keys) members[key] = Map.prototype.get.call(map, key);
  return members;
}

/** The first entries of what iterates, and how many more there are. */
function shown(entries: Iterator<unknown>, size: number): unknown[] {
  const list: unknown[] = [];
  for (let next = entries.next(); next.done !== true && list.length < entriesMax; next = entries.next()) list.push(next.value);
  if (size > entriesMax) list.push(`… ${size - entriesMax} more`);
  return list;
}

function binary(bytes: Buffer): object {
  return { bytes: bytes.length, base64: bytes.toString('base64', 0, Math.min(bytes.length, binaryBytesMax)) };
}
