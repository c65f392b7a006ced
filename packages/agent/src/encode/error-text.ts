import { bigintText, functionText, read, symbolText, throwsText } from './placeholder.ts';
import { jsonText } from './values.ts';

/** Longest text of one link of a chain, in UTF-16 units; a whole error is cut to 8 KiB by the line's own limit. */
const linkUnitsMax = 8_192;
/** How many links are told in all: causes, and errors of AggregateErrors. */
const linksMax = 16;

/**
 * What a thrown value says: its message, then each `cause` behind `; caused by: ` and an AggregateError's errors in brackets.
 * Takes anything that can be thrown and never throws. It tells at most 16 links and marks what it left out with `…`; an error
 * that is its own cause is told once.
 */
export function errorText(thrown: unknown): string {
  return new Chain().text(thrown);
}

/** A value as a text where a text is wanted: itself, an error's chain, or its JSON (at most 8 KiB). undefined and null are ''. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined || value === null ? '' : errorText(value);
}

class Chain {
  readonly #seen: unknown[] = [];
  #linksLeft = linksMax;

  text(thrown: unknown): string {
    const links: string[] = [];
    for (let link = thrown; link !== undefined && link !== null; link = read(link, 'cause')) {
      if (this.#linksLeft === 0 || this.#seen.includes(link)) {
        links.push('…');
        break;
      }
      this.#linksLeft--;
      this.#seen.push(link);
      links.push(this.#link(link));
    }
    return links.length === 0 ? String(thrown) : links.join('; caused by: ');
  }

  /** One error without its causes. What is no error is told as a text or as its JSON. */
  #link(link: unknown): string {
    const message = read(link, 'message');
    const text = typeof message === 'string' ? message || nameOf(link) : plainText(link);
    const errors = listOf(read(link, 'errors'));
    const told = errors.map((error) => this.text(error));
    return text.slice(0, linkUnitsMax) + (told.length === 0 ? '' : ` [${told.join(' | ')}]`);
  }
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
