// Which bytes must stand on every line that a query matches.
//
// JSON lets a writer spell most characters of a text in more than one way, so what a text says is on its line only where no other
// spelling is possible, or where the other spelling is looked for as well. Three kinds of characters:
//
//   `"` `\` `/` and control characters have spellings without \u: a literal never holds them, it ends before and goes on after them.
//   Characters beyond ASCII stand raw or as \u; a literal holds them only where case does not change them, because a text is found
//   in any case and a pattern over bytes knows only the case of ASCII. U+FFFD is left out: it also stands for bytes that are not UTF-8.
//   Every other character stands raw or as \u.
//
// So each filter takes a line that holds any `\u` as well. Our own lines hold one only for control characters.
//
// A number can be spelled in more ways still: 404, 404.0, 4.04e2, and 403.99999999999999999, which is the same double. Of a whole number
// below a million each spelling has its digits, or an exponent, or a fraction of at least ten digits; the two latter, which are rare, pass
// such a filter as a `\u` does.
import { detailsPrefix, fieldOf, type Field } from './fields.ts';
import { isNumber } from './parse.ts';
import type { Clause, Comparison, FieldClause, Query } from './query.ts';

/** A piece of a line: as it is, in any case, or the digits of a number. */
interface Literal {
  readonly text: string;
  readonly spelling: 'exact' | 'anyCase' | 'number';
}

/** A line that matches holds at least one of these (or a `\u`). */
export type Filter = readonly Literal[];

/** What is known of every line that matches a query: each of the filters finds something on it. Often nothing is known. */
export function filtersOf(query: Query): readonly Filter[] {
  return query.kind === 'all' ? [] : clauseFilters(query);
}

function clauseFilters(clause: Clause): readonly Filter[] {
  switch (clause.kind) {
    case 'text':
      return filterOf(clause.text);
    case 'field':
      return fieldFilters(clause);
    case 'and':
      return clause.parts.flatMap(clauseFilters);
    case 'or':
      return either(clause.parts.map(clauseFilters));
    case 'not':
      return [];
  }
}

/** One of several things holds: what is known is that one of their filters finds something, if each of them has one. */
function either(alternatives: readonly (readonly Filter[])[]): readonly Filter[] {
  const best = alternatives.map(mostTelling);
  const literals = best.flatMap((filter) => filter ?? []);
  return best.includes(undefined) ? [] : [literals];
}

/** The filter that probably finds least: the one whose shortest literal is longest. */
function mostTelling(filters: readonly Filter[]): Filter | undefined {
  const shortest = (filter: Filter): number => Math.min(...filter.map((literal) => literal.text.length));
  return filters.reduce<Filter | undefined>(
    (best, filter) => (best === undefined || shortest(filter) > shortest(best) ? filter : best),
    undefined,
  );
}

function filterOf(text: string): readonly Filter[] {
  const piece = longest(piecesOf(text));
  return piece === '' ? [] : [[{ text: piece, spelling: 'anyCase' }]];
}

function fieldFilters({ field: name, tests }: FieldClause): readonly Filter[] {
  const field = fieldOf(name);
  if (field === undefined) return [];
  const valueFilters = either(tests.map((test) => (test.op === 'present' ? [] : valueFilter(field, test.op, test.value))));
  // Nearly every line has most of the other fields.
  return field.kind === 'details' ? [...valueFilters, ...keyFilters(name)] : valueFilters;
}

/** A key may hold the dots of the path, so only its end is known to be an end. */
function keyFilters(name: string): readonly Filter[] {
  const key = name === 'details' ? name : name.slice(Math.max(name.lastIndexOf('.') + 1, detailsPrefix.length));
  return filterOfEnds('', key, '"');
}

function valueFilter(field: Field, op: Comparison, value: string): readonly Filter[] {
  if (op === 'starts') return filterOfEnds('"', value, '');
  switch (field.kind) {
    case 'ordered':
      return [valuesInOrder(field, op, value).map((text) => ({ text: `"${text}"`, spelling: 'exact' }))];
    case 'text':
    case 'choice':
      return filterOfEnds('"', value, '"');
    case 'details':
      return op === 'is' ? detailFilter(value) : [];
    case 'number':
      return op === 'is' ? numberFilter(value) : [];
    case 'instant':
    case 'group':
      return [];
  }
}

/** What may be a truth or a number need not stand in quotation marks. */
function detailFilter(value: string): readonly Filter[] {
  if (isNumber(value)) return numberFilter(value);
  return value === 'true' || value === 'false' ? filterOfEnds('', value, '') : filterOfEnds('"', value, '"');
}

/** Whole numbers below it have no digits of their own only where they have an exponent or a long fraction. */
const plainNumberMax = 1_000_000;

/** A text that is written like the number may stand there as well, and holds the same digits only where it is written in the usual way. */
function numberFilter(value: string): readonly Filter[] {
  const number = Number(value);
  const isPlain = Number.isInteger(number) && Math.abs(number) < plainNumberMax && String(number) === value;
  return isPlain ? [[{ text: value, spelling: 'number' }]] : [];
}

function valuesInOrder(field: Field, op: Exclude<Comparison, 'starts'>, value: string): readonly string[] {
  const values = field.values ?? [];
  const rank = values.indexOf(value);
  switch (op) {
    case 'is':
      return values.slice(rank, rank + 1);
    case 'lt':
      return values.slice(0, rank);
    case 'le':
      return values.slice(0, rank + 1);
    case 'gt':
      return values.slice(rank + 1);
    case 'ge':
      return values.slice(rank);
  }
}

/** The longest piece of a text between its quotation marks, each of which is there to mark an end or is left out. */
function filterOfEnds(open: '"' | '', text: string, close: '"' | ''): readonly Filter[] {
  const pieces = piecesOf(text);
  const ended = pieces.map((piece, index) => `${index === 0 ? open : ''}${piece}${index === pieces.length - 1 ? close : ''}`);
  const piece = longest(ended);
  // A lone quotation mark is on every line.
  return piece === '' || piece === '"' ? [] : [[{ text: piece, spelling: 'exact' }]];
}

function longest(pieces: readonly string[]): string {
  return pieces.reduce((best, piece) => (piece.length > best.length ? piece : best), '');
}

/** What is left of a text between the characters that a literal never holds. */
function piecesOf(text: string): readonly string[] {
  const pieces = [''];
  for (const character of text) {
    if (standsRaw(character)) pieces.push(`${pieces.pop() ?? ''}${character}`);
    else pieces.push('');
  }
  return pieces;
}

function standsRaw(character: string): boolean {
  if (character < '\u0080') return character >= ' ' && !'"\\/'.includes(character);
  if (character.length > 1 || character === '\ufffd' || (character >= '\ud800' && character <= '\udfff')) return false;
  return character.toLowerCase() === character && character.toUpperCase() === character;
}
