// A search as a condition on rows. It says exactly what the matcher of @agent-audit/search says of the lines.
//
// Of a regular line the database can say it. Of another line (no JSON, a name twice, a field of another kind, lists of objects), and of
// what no statement says exactly, only the matcher can: these lines are read, asked, and named by log and seq (irregular-lines.ts).
import type { Clause, Query } from '@agent-audit/search';
import { anyOf, fieldCondition, isWellFormed, longestRaw } from './field-test.ts';
import { searched, standsOnLine, whereNeeded } from './needs.ts';
import { foldings, textPattern } from './text-pattern.ts';
import { Values } from './values.ts';

/** A search, made ready for statements. */
export interface SearchCondition {
  /** What regular lines must be; with `isExact` that they are found, without it that they may be. */
  readonly sql: string;
  readonly parameters: Values['parameters'];
  /** Whether `sql` alone decides of regular lines. Where not, the matcher is asked of each line that passes. */
  readonly isExact: boolean;
}

/** Longer ones make too large an expression. */
const patternCharsMax = 200;

/** Makes a search ready. */
export function searchCondition(query: Query): SearchCondition {
  const values = new Values('search');
  if (query.kind === 'all') return { sql: '1', parameters: {}, isExact: true };
  const exact = clauseCondition(query, values);
  if (exact !== undefined) return { sql: exact, parameters: values.parameters, isExact: true };
  const loose = new Values('search');
  return { sql: looseCondition(query, loose), parameters: loose.parameters, isExact: false };
}

/** The condition that is true of just the regular lines that the clause finds; undefined where there is none. */
function clauseCondition(clause: Clause, values: Values): string | undefined {
  switch (clause.kind) {
    case 'and':
    case 'or': {
      const parts = clause.parts.map((part) => clauseCondition(part, values));
      if (!parts.every((part) => part !== undefined)) return undefined;
      return clause.kind === 'or' ? anyOf(parts) : `(${parts.join(' AND ')})`;
    }
    case 'not': {
      const part = clauseCondition(clause.part, values);
      return part === undefined ? undefined : `NOT ${part}`;
    }
    case 'field': {
      const part = fieldCondition(clause, values);
      return part === undefined ? undefined : `(${part})`;
    }
    case 'text':
      return textCondition(clause.text, values);
  }
}

/** A condition that is true of at least the regular lines that the clause finds. */
function looseCondition(clause: Clause, values: Values): string {
  const exact = clauseCondition(clause, values);
  if (exact !== undefined) return exact;
  switch (clause.kind) {
    case 'and':
      return `(${clause.parts.map((part) => looseCondition(part, values)).join(' AND ')})`;
    case 'or':
      return anyOf(clause.parts.map((part) => looseCondition(part, values)));
    case 'text':
      return textNeeds(clause.text, values).join(' AND ') || '1';
    case 'not':
    case 'field':
      return '1';
  }
}

function textCondition(text: string, values: Values): string | undefined {
  if (!isWellFormed(text) || text.length > patternCharsMax) return undefined;
  return whereNeeded(textNeeds(text, values), `match(${searched(pieceOf(text))}, ${values.text(textPattern(text))})`);
}

/** That the longest piece of plain ASCII stands on the line. */
function textNeeds(text: string, values: Values): readonly string[] {
  const piece = pieceOf(text);
  return piece === '' ? [] : [standsOnLine(piece, values)];
}

function pieceOf(text: string): string {
  const ascii = [...text].map((character) => (foldings(character).every((unit) => unit < '\u007f') ? character : '/')).join('');
  return longestRaw(ascii);
}
