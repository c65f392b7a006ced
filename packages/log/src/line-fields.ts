import { LogError } from './error.ts';

/** A parsed JSON object, of which nothing else is known. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The one JSON object that a text is; undefined where it is anything else. */
export function parseJsonObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A refusal of one line's fields. The line's bytes may be in order all the same. */
export function malformedLine(where: string, message: string): LogError {
  return new LogError(
    'LINE_MALFORMED',
    `${where}: ${message}; its bytes can still be hashed, stored and shown raw, only its fields cannot be read`,
  );
}

const timestampPattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)\.\d{3,}Z$/;

/** Whether a text is a timestamp of the format: RFC 3339, UTC with `Z`, at least milliseconds. */
export function isTimestamp(text: string): boolean {
  return timestampPattern.test(text);
}

/** Reads the fields of one object of a line. Each method throws LINE_MALFORMED, naming line and field, for a value of the wrong kind. */
export class Fields {
  readonly #values: JsonObject;
  readonly #where: string;
  readonly #path: string;

  constructor(values: JsonObject, where: string, path = '') {
    this.#values = values;
    this.#where = where;
    this.#path = path;
  }

  refuse(name: string, message: string): LogError {
    return malformedLine(this.#where, `"${this.#path}${name}" ${message}`);
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined;
  }

  optionalText(name: string): string | undefined {
    const value = this.#values[name];
    if (value === undefined || typeof value === 'string') return value;
    throw this.refuse(name, 'is not a text');
  }

  text(name: string): string {
    const value = this.optionalText(name);
    if (value === undefined) throw this.refuse(name, 'is missing');
    return value;
  }

  timestamp(name: string): string {
    const value = this.text(name);
    if (!isTimestamp(value)) throw this.refuse(name, 'is not an RFC 3339 time in UTC with at least milliseconds');
    return value;
  }

  optionalNumber(name: string): number | undefined {
    const value = this.#values[name];
    if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
    throw this.refuse(name, 'is not a finite number');
  }

  /** A whole number from 0 to 2^53-1. */
  count(name: string): number {
    const value = this.#values[name];
    if (isCount(value)) return value;
    throw this.refuse(name, 'is not a whole number from 0 to 2^53-1');
  }

  optionalCount(name: string): number | undefined {
    return this.has(name) ? this.count(name) : undefined;
  }

  optionalObject(name: string): JsonObject | undefined {
    const value = this.#values[name];
    if (value === undefined || isJsonObject(value)) return value;
    throw this.refuse(name, 'is not an object');
  }

  optionalFields(name: string): Fields | undefined {
    const value = this.optionalObject(name);
    return value && new Fields(value, this.#where, `${this.#path}${name}.`);
  }

  fields(name: string): Fields {
    const value = this.optionalFields(name);
    if (value === undefined) throw this.refuse(name, 'is missing');
    return value;
  }

  optionalTexts(name: string): readonly string[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
    throw this.refuse(name, 'is not a list of texts');
  }

  counts(name: string): readonly number[] {
    const value = this.#values[name];
    if (Array.isArray(value) && value.every(isCount)) return value;
    throw this.refuse(name, 'is not a list of whole numbers');
  }

  optionalList(name: string): readonly Fields[] | undefined {
    const value = this.#values[name];
    if (value === undefined) return undefined;
    if (!Array.isArray(value)) throw this.refuse(name, 'is not a list');
    return value.map((item: unknown, index) => {
      if (!isJsonObject(item)) throw this.refuse(`${name}.${index}`, 'is not an object');
      return new Fields(item, this.#where, `${this.#path}${name}.${index}.`);
    });
  }

  list(name: string): readonly Fields[] {
    const value = this.optionalList(name);
    if (value === undefined) throw this.refuse(name, 'is missing');
    return value;
  }
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
