import { bigintText, functionText, read, symbolText, throwsText } from './placeholder.ts';
import { jsonText } from './values.ts';

/** Longest text of one link of a chain, in UTF-16 units: beyond what a line shows, 8 KiB, so that no secret is cut before it is seen. */
const linkUnitsMax = 16_384;
/** How many links are told in all: causes, and errors of AggregateErrors. */
const linksMax = 16;

/**
 * What a thrown value says: its message, then each `cause` behind `; caused by: ` and an AggregateError's errors in brackets.
 * Takes anything that can be thrown and never throws. It tells at most 16 links and marks what it left out with `…`; an error
 * that is its own cause is told once.
 */
export function errorText(thrown: unknown): string {
  const first = readLink(thrown);
  return isMissing(first.cause) && isMissing(first.errors) ? first.text : new Chain().text(thrown, first);
}

/** A value as a text where a text is wanted: itself, an error's chain, or its JSON (at most 8 KiB). undefined and null are ''. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return isMissing(value) ? '' : errorText(value);
}

/** One error of a chain, each member read once. */
interface Link {
  readonly text: string;
  readonly cause: unknown;
  readonly errors: unknown;
}

/** What is no error is told as a text or as its JSON. */
function readLink(thrown: unknown): Link {
  const message = read(thrown, 'message');
  const text = typeof message === 'string' ? message || nameOf(thrown) : plainText(thrown);
  return { text: text.slice(0, linkUnitsMax), cause: read(thrown, 'cause'), errors: read(thrown, 'errors') };
}

class Chain {
  readonly #seen: unknown[] = [];
  #linksLeft = linksMax;

  text(thrown: unknown, first: Link): string {
    const told = [this.#link(thrown, first)];
    let { cause } = first;
    while (!isMissing(cause)) {
      if (this.#linksLeft === 0 || this.#seen.includes(cause)) {
        told.push('…');
        break;
      }
      const link = readLink(cause);
      told.push(this.#link(cause, link));
      ({ cause } = link);
    }
    return told.join('; caused by: ');
  }

  /** One error without its causes, but with the errors that it stands for. */
  #link(thrown: unknown, { text, errors }: Link): string {
    this.#linksLeft--;
    this.#seen.push(thrown);
    const told: string[] = [];
    for (const error of listOf(errors)) {
      if (this.#linksLeft <= 0 || this.#seen.includes(error)) {
        told.push('…');
        break;
      }
      told.push(this.text(error, readLink(error)));
    }
    return told.length === 0 ? text : `${text} [${told.join(' | ')}]`;
  }
}

function isMissing(value: unknown): value is null | undefined {
  return value === undefined || value === null;
}

/** An error without a message still says what it is. */
function nameOf(error: unknown): string {
  const name = read(error, 'name');
  return typeof name === 'string' ? name : '';
}

function plainText(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return value;
    case 'bigint':
      return bigintText(value);
    case 'symbol':
      return symbolText(value);
    case 'function':
      return functionText(value);
    case 'object':
      return jsonText(value);
    default:
      return String(value);
  }
}

/** The first errors of an AggregateError, of which nothing can be trusted. */
function listOf(errors: unknown): unknown[] {
  try {
    return Array.isArray(errors) ? Array.from({ length: Math.min(errors.length, linksMax) }, (_, i) => read(errors, String(i))) : [];
  } catch (thrown) {
    return [throwsText(thrown)];
  }
}
