import { SearchError, type SearchErrorCode } from './error.ts';
import { type Field, fieldNames, fieldOf, suggestField } from './fields.ts';
import { parse as parseGrammar, type Range, SyntaxError as GrammarError, type Written, type WrittenTest } from './grammar.js';
import { parseInstant } from './instant.ts';
import { all, and, type Clause, depthMax, not, or, type Query, searchBytesMax, type Test, termsMax } from './query.ts';
import { suggest } from './suggest.ts';

/** A number as JSON writes it. */
const numberPattern = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;

/** Whether a value is written as a number, and so may mean one in `details`. */
export function isNumber(value: string): boolean {
  return numberPattern.test(value);
}

/**
 * Reads a search. At most `searchBytesMax` bytes, `termsMax` terms, `depthMax` deep.
 * @throws SearchError at the first thing that is wrong
 */
export function parse(text: string): Query {
  // A UTF-16 unit takes at least a byte, so that a huge text is refused before anything is made of it.
  const bytes = text.length > searchBytesMax ? text.length : new TextEncoder().encode(text).length;
  if (bytes > searchBytesMax) {
    fail('SEARCH_TOO_LONG', `a search may have ${searchBytesMax} bytes; this one has ${bytes} or more`, { start: 0, end: text.length });
  }
  const written = parseSyntax(text);
  if (written === undefined) return all;
  checkTerms(written);
  return resolve(written);
}

function parseSyntax(text: string): Written | undefined {
  try {
    return parseGrammar(text, { depthMax, fail });
  } catch (error) {
    if (!(error instanceof GrammarError)) throw error;
    const { start, end } = error.location;
    fail('SEARCH_SYNTAX', 'this is not understood here; to search for it, quote it', { start: start.offset, end: end.offset });
  }
}

function fail(code: SearchErrorCode, message: string, at: Range, suggestion?: string): never {
  throw new SearchError(code, message, { column: at.start + 1, length: at.end - at.start }, suggestion);
}

/** Places of all texts and values, from left to right. */
function termPlaces(written: Written): Range[] {
  switch (written.kind) {
    case 'text':
      return [written.at];
    case 'field':
      return written.tests.map((test) => test.at);
    case 'not':
      return termPlaces(written.part);
    case 'and':
    case 'or':
      return written.parts.flatMap(termPlaces);
  }
}

function checkTerms(written: Written): void {
  const places = termPlaces(written);
  const first = places[termsMax];
  if (first !== undefined) fail('SEARCH_TOO_MANY_TERMS', `a search may have ${termsMax} terms; this one has ${places.length}`, first);
}

function resolve(written: Written): Clause {
  switch (written.kind) {
    case 'text':
      if (written.text === '') fail('SEARCH_BAD_VALUE', 'an empty text is in every event', written.at);
      return { kind: 'text', text: written.text };
    case 'field':
      return { kind: 'field', field: written.name.text, tests: resolveTests(written.name, written.tests) };
    case 'not':
      return not(resolve(written.part));
    case 'or': {
      const [first, ...rest] = written.parts;
      return or([resolve(first), ...rest.map(resolve)]);
    }
    case 'and': {
      const query = and(written.parts.map(resolve));
      if (query.kind === 'all') throw new TypeError('a list of clauses is never empty');
      return query;
    }
  }
}

function resolveTests(name: { readonly text: string; readonly at: Range }, tests: readonly WrittenTest[]): Test[] {
  const field = fieldOf(name.text);
  if (field === undefined) unknownField(name.text, name.at);
  return tests.map((test) => {
    if (test.op === 'present') return { op: 'present' };
    checkValue(field, test.op, test);
    return { op: test.op, value: test.value };
  });
}

function unknownField(name: string, at: Range): never {
  const suggestion = suggestField(name);
  // Most often it is a text with a colon in it: an address, a time.
  const advice = suggestion === undefined ? '; to search for a text that holds a colon, quote it' : '';
  fail('SEARCH_UNKNOWN_FIELD', `unknown field "${name}"${advice}`, at, suggestion);
}

/** Refuses what no event could ever match. */
function checkValue(field: Field, op: Exclude<WrittenTest['op'], 'present'>, { value, at }: WrittenTest): void {
  const bad = (message: string, suggestion?: string): never => fail('SEARCH_BAD_VALUE', message, at, suggestion);
  const prefix = op === 'starts';
  const inOrder = op !== 'is' && !prefix;
  switch (field.kind) {
    case 'group':
      bad(`${field.name} has parts; ask for one of them, such as ${firstPart(field.name)}, or whether it is there: ${field.name}:*`);
      break;
    case 'text':
      if (inOrder) bad(`${field.name} has no order; order is for severity, timestamp, numbers and details`);
      break;
    case 'choice':
      if (inOrder) bad(`${field.name} has no order; order is for severity, timestamp, numbers and details`);
      if (!prefix) checkChoice(field, value, bad);
      break;
    case 'ordered':
      if (prefix) bad(`${field.name} has no beginning; it is one of ${list(field)}`);
      checkChoice(field, value, bad);
      break;
    case 'number':
      if (prefix) bad(`${field.name} is a number; compare it: ${field.name}:>100`);
      if (!isNumber(value)) bad(`${field.name} is a number; "${value}" is none`);
      break;
    case 'instant':
      checkInstant(field, op, value, bad);
      break;
    case 'details':
      if (field.name === 'details')
        bad('details has parts; ask for one of them, such as details.tool:nuclei, or whether there are any: details:*');
      if (inOrder && !isNumber(value)) bad(`order in details is that of numbers; "${value}" is none`);
      break;
  }
}

type Bad = (message: string, suggestion?: string) => never;

function checkChoice(field: Field, value: string, bad: Bad): void {
  const values = field.values ?? [];
  if (!values.includes(value)) bad(`${field.name} is one of ${list(field)}; "${value}" is none of them`, suggest(value, values));
}

function list(field: Field): string {
  return (field.values ?? []).join(', ');
}

function firstPart(group: string): string {
  return fieldNames.find((name) => name.startsWith(`${group}.`) && !name.endsWith('.type')) ?? group;
}

function checkInstant(field: Field, op: WrittenTest['op'], value: string, bad: Bad): void {
  if (op === 'starts') return;
  if (parseInstant(value) === undefined) {
    const zoned = `${value}Z`;
    const suggestion = parseInstant(zoned) === undefined ? undefined : zoned;
    bad(`${field.name} is a date or an RFC 3339 time, such as 2026-11-24 or 2026-11-24T14:03:22.118Z; "${value}" is neither`, suggestion);
  }
  // A date is its first instant, which no event hits by chance.
  if (op === 'is' && !value.includes(':')) bad('a date is an instant here, midnight in UTC; for the whole day add a star', `${value}*`);
}
