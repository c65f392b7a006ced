import { suggest } from '@agent-audit/search';
import { CollectorError } from './error.ts';

/** An object of a configuration, of which every key is known and every value is checked where it is read. Null counts as absent. */
export class Section {
  readonly #values: ReadonlyMap<string, unknown>;
  readonly #where: string;
  readonly #path: string;

  /**
   * @param where what holds the object, for messages: a file's path, or `options`
   * @param path the keys that lead to it, each with a dot behind it
   * @throws CollectorError CONFIG_UNKNOWN_KEY with a suggestion, CONFIG_INVALID
   */
  constructor(value: unknown, where: string, known: readonly string[], path = '') {
    this.#where = where;
    this.#path = path;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new CollectorError('CONFIG_INVALID', `${where}: ${path === '' ? 'it' : path.slice(0, -1)} is not an object`);
    }
    this.#values = new Map(Object.entries(value));
    for (const name of this.#values.keys()) if (!known.includes(name)) throw unknownKey(where, path, name, known);
  }

  text(name: string): string | undefined {
    const value = this.#value(name);
    if (value === undefined || (typeof value === 'string' && value !== '')) return value;
    throw this.refuse(name, `is ${told(value)}, not a text`);
  }

  flag(name: string): boolean | undefined {
    const value = this.#value(name);
    if (value === undefined || typeof value === 'boolean') return value;
    throw this.refuse(name, `is ${told(value)}, not true or false`);
  }

  /** A whole number. */
  count(name: string, min: number, max: number): number | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max) return value;
    throw this.refuse(name, `is ${told(value)}, not a whole number from ${min} to ${max}`);
  }

  texts(name: string): readonly string[] | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (isTexts(value)) return value;
    throw this.refuse(name, `is ${told(value)}, not a list of texts`);
  }

  section(name: string, known: readonly string[]): Section | undefined {
    const value = this.#value(name);
    return value === undefined ? undefined : new Section(value, this.#where, known, `${this.#path}${name}.`);
  }

  /** The objects of an object whose keys are names of the user's own. */
  sections(name: string, known: readonly string[]): ReadonlyMap<string, Section> | undefined {
    const value = this.#value(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw this.refuse(name, 'is not an object');
    const entries = Object.entries(value).map(([key, item]): [string, Section] => {
      return [key, new Section(item, this.#where, known, `${this.#path}${name}.${key}.`)];
    });
    return new Map(entries);
  }

  /** An error about a key. */
  refuse(name: string, why: string, options?: ErrorOptions): CollectorError {
    return new CollectorError('CONFIG_INVALID', `${this.#where}: ${this.#path}${name} ${why}`, options);
  }

  #value(name: string): unknown {
    return this.#values.get(name) ?? undefined;
  }
}

function unknownKey(where: string, path: string, name: string, known: readonly string[]): CollectorError {
  const suggestion = suggest(name, known);
  const hint = suggestion === undefined ? `; known: ${known.join(', ')}` : '';
  return new CollectorError('CONFIG_UNKNOWN_KEY', `${where}: unknown key ${JSON.stringify(path + name)}${hint}`, { suggestion });
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

/** A value in a message: short, and never a whole secret. */
function told(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : `a value of type ${typeof value}`;
}
