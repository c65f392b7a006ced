// Values of rows, checked: what the database returns is parsed like anything else from outside.
import type { Row } from '../db/database.ts';

function wrong(row: Row, name: string, wanted: string): never {
  throw new TypeError(`the database returned ${JSON.stringify(row[name])} as ${name}, which is no ${wanted}`);
}

/** A text. */
export function textOf(row: Row, name: string): string {
  const value = row[name];
  return typeof value === 'string' ? value : wrong(row, name, 'text');
}

/** A number; the database writes 64-bit integers as texts. */
export function numberOf(row: Row, name: string): number {
  const value = row[name];
  const number = typeof value === 'string' && value !== '' ? Number(value) : value;
  return typeof number === 'number' && !Number.isNaN(number) ? number : wrong(row, name, 'number');
}

/** A whole number that a double holds exactly. */
export function wholeOf(row: Row, name: string): number {
  const number = numberOf(row, name);
  return Number.isSafeInteger(number) ? number : wrong(row, name, 'whole number');
}

/** The same, or undefined where there is none. */
export function optionalWholeOf(row: Row, name: string): number | undefined {
  return row[name] === null ? undefined : wholeOf(row, name);
}

/** A text, or undefined where there is none. */
export function optionalTextOf(row: Row, name: string): string | undefined {
  return row[name] === null ? undefined : textOf(row, name);
}

/** A list of texts. */
export function textsOf(row: Row, name: string): readonly string[] {
  return listOf(row, name).map((value) => (typeof value === 'string' ? value : wrong(row, name, 'list of texts')));
}

/** A list of whole numbers. */
export function wholesOf(row: Row, name: string): readonly number[] {
  return listOf(row, name).map((value) => {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : wrong(row, name, 'list of whole numbers');
  });
}

/** One of the words of a list. */
export function oneOf<W extends string>(row: Row, name: string, words: readonly W[]): W {
  return words.find((word) => word === row[name]) ?? wrong(row, name, `one of ${words.join(', ')}`);
}

function listOf(row: Row, name: string): readonly unknown[] {
  const value = row[name];
  return Array.isArray(value) ? value : wrong(row, name, 'list');
}
