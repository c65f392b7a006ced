import { detailsPrefix } from './fields.ts';
import type { Clause, Query, Test } from './query.ts';

// The characters that the grammar lets stand without quotation marks, by place.
const bareText = /^[^ \t\r\n\u00A0\u3000():"*-][^ \t\r\n\u00A0\u3000():"*]*$/;
const bareName = /^[^ \t\r\n\u00A0\u3000():"*]+$/;
const bareValue = /^[^ \t\r\n\u00A0\u3000()"*<>][^ \t\r\n\u00A0\u3000()"*]*$/;
const word = /^(?:OR|AND|NOT)$/;

/** The one text of a search: `parse` makes the same query of it, and it is never longer than what the query was parsed from. */
export function print(query: Query): string {
  return query.kind === 'all' ? '' : printClause(query);
}

function printClause(clause: Clause): string {
  switch (clause.kind) {
    case 'text':
      return bareText.test(clause.text) && !word.test(clause.text) ? clause.text : quote(clause.text);
    case 'field':
      return `${printName(clause.field)}:${printTests(clause.tests)}`;
    case 'not':
      return `-${printWithin(clause.part, ['and', 'or', 'not'])}`;
    case 'and':
      return clause.parts.map((part) => printWithin(part, ['and', 'or'])).join(' ');
    case 'or':
      return clause.parts.map((part) => printWithin(part, ['or'])).join(' OR ');
  }
}

/** A clause of one of these kinds needs parentheses where it stands. */
function printWithin(clause: Clause, loose: readonly Clause['kind'][]): string {
  return loose.includes(clause.kind) ? `(${printClause(clause)})` : printClause(clause);
}

function printName(field: string): string {
  if (!field.startsWith(detailsPrefix) || bareName.test(field)) return field;
  return `${detailsPrefix}${quote(field.slice(detailsPrefix.length))}`;
}

function printTests(tests: readonly Test[]): string {
  const printed = tests.map(printTest);
  return printed.length === 1 ? (printed[0] ?? '') : `(${printed.join(' OR ')})`;
}

function printTest(test: Test): string {
  if (test.op === 'present') return '*';
  const value = bareValue.test(test.value) ? test.value : quote(test.value);
  switch (test.op) {
    case 'is':
      return value;
    case 'starts':
      return `${value}*`;
    case 'lt':
      return `<${value}`;
    case 'le':
      return `<=${value}`;
    case 'gt':
      return `>${value}`;
    case 'ge':
      return `>=${value}`;
  }
}

function quote(text: string): string {
  return `"${text.replaceAll(/"|\\(?=["\\]|$)/g, '\\$&')}"`;
}
