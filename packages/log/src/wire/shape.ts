// A message of the wire, declared once: the same declaration reads it, strictly, and writes it, member by member. So what a type of the
// program has besides (the hash of a secret, say) never reaches the wire, and what both sides check cannot drift apart.
//
// Members that the declaration does not know are ignored: a newer collector may say more.
import { isTimestamp, parseJsonObject } from '../line-fields.ts';
import { malformed } from './entries.ts';

/** How a value stands on the wire, in both directions. */
export interface Shape<T> {
  /** `path` says where the value stands, for a refusal; `of` what message it is in. */
  read(value: unknown, path: string, of: string): T;
  write(value: T): unknown;
}

/** A whole message: a JSON object. */
export interface Message<T> {
  /** The JSON text. Only declared members are written. */
  format(value: T): string;
  /**
   * Reads the JSON text; unknown members are left out.
   * @throws LogError WIRE_MALFORMED
   */
  parse(body: string): T;
}

/** A member that may be missing. */
interface Optional<T> {
  readonly optional: Shape<T>;
}

type Members<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Shape<T[K]>;
};

/** A message; `of` names it in a refusal: `the page of events`. */
export function message<T extends object>(of: string, shape: Shape<T>): Message<T> {
  return {
    format: (value) => JSON.stringify(shape.write(value)),
    parse(body) {
      const values = parseJsonObject(body);
      if (values === undefined) throw malformed(of, 'it is not one JSON object');
      return shape.read(values, '', of);
    },
  };
}

/** A member that may be missing, or of which nothing is known. */
export function optional<T>(shape: Shape<T>): Optional<T> {
  return { optional: shape };
}

/** An object, with these members in this order. */
export function record<T extends object>(members: Members<T>): Shape<T> {
  const entries: readonly (readonly [string, Shape<unknown> | Optional<unknown>])[] = Object.entries(members);
  return {
    read(value, path, of) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw refuse(of, path, 'is not an object');
      const found: Record<string, unknown> = {};
      for (const [name, member] of entries) {
        const item: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
        const at = path === '' ? name : `${path}.${name}`;
        if (!('optional' in member)) {
          if (item === undefined) throw refuse(of, at, 'is missing');
          found[name] = member.read(item, at, of);
        } else if (item !== undefined) found[name] = member.optional.read(item, at, of);
      }
      if (!isWhole(found, members)) throw refuse(of, path, 'is not whole');
      return found;
    },
    write(value) {
      const written: [string, unknown][] = [];
      for (const [name, member] of entries) {
        const item: unknown = Reflect.get(value, name);
        if (item !== undefined) written.push([name, 'optional' in member ? member.optional.write(item) : member.write(item)]);
      }
      return Object.fromEntries(written);
    },
  };
}

/** Whether the members, each of which its own shape has read, are a T: all that must be there are. (`Members` demands a shape for each.) */
function isWhole<T extends object>(found: object, members: Members<T>): found is T {
  const entries: readonly (readonly [string, object])[] = Object.entries(members);
  return entries.every(([name, member]) => 'optional' in member || Object.hasOwn(found, name));
}

/** A list; of no more than `max` items. */
export function list<T>(item: Shape<T>, max: number = Infinity): Shape<readonly T[]> {
  return {
    read(value, path, of) {
      if (!Array.isArray(value)) throw refuse(of, path, 'is not a list');
      if (value.length > max) throw refuse(of, path, `has more than ${max} items`);
      return value.map((each: unknown, index) => item.read(each, `${path}.${index}`, of));
    },
    write: (value) => value.map((each) => item.write(each)),
  };
}

/** Any text. */
export const text: Shape<string> = checked('a text', isText);

/** A word of a set that may grow, for programs to match on: `FORK`, `NOT_JSON`. */
export const code: Shape<string> = checked('a code', (value): value is string => isText(value) && /^[A-Z][A-Z0-9_]{0,63}$/.test(value));

/** The id of a log: the 32 hex digits of its origin. */
export const logId: Shape<string> = checked('the id of a log', (value): value is string => isText(value) && /^[0-9a-f]{32}$/.test(value));

/** A time: RFC 3339, UTC with `Z`, at least milliseconds. */
export const time: Shape<string> = checked(
  'an RFC 3339 time in UTC with at least milliseconds',
  (value): value is string => isText(value) && isTimestamp(value),
);

/** Standard base64, of whatever bytes. */
export const base64: Shape<string> = checked(
  'standard base64',
  (value): value is string => isText(value) && /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value),
);

/** A whole number from 0 to 2^53-1. */
export const count: Shape<number> = checked(
  'a whole number from 0 to 2^53-1',
  (value): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0,
);

/** A number that is no NaN and not infinite. */
export const number: Shape<number> = checked('a number', (value): value is number => typeof value === 'number' && Number.isFinite(value));

/** A truth value. */
export const flag: Shape<boolean> = checked('true or false', (value): value is boolean => typeof value === 'boolean');

/** One of these words. */
export function oneOf<T extends string>(...words: readonly T[]): Shape<T> {
  return checked(`one of ${words.join(', ')}`, (value): value is T => words.some((word) => word === value));
}

/** A value of JSON that is T where `holds`. */
function checked<T>(what: string, holds: (value: unknown) => value is T): Shape<T> {
  return {
    read(value, path, of) {
      if (!holds(value)) throw refuse(of, path, `is not ${what}`);
      return value;
    },
    write: (value) => value,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function refuse(of: string, path: string, why: string): Error {
  return malformed(of, `"${path}" ${why}`);
}
