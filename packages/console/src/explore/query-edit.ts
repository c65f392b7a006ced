// Changes a search term by term: what a click on a value does.
import { all, and, type Clause, type FieldClause, not, parse, print, type Query, SearchError } from '@agent-audit/search';

/** A search that is understood, or what is wrong with it. */
export type Understood = { readonly ok: true; readonly query: Query } | { readonly ok: false; readonly error: SearchError };

/** Reads a search. */
export function understand(text: string): Understood {
  try {
    return { ok: true, query: parse(text) };
  } catch (error) {
    if (error instanceof SearchError) return { ok: false, error };
    throw error;
  }
}

/** How a value stands in a search: demanded, excluded, or not named at all. */
export type TermState = 'has' | 'lacks' | 'none';

function clauseOf(field: string, value: string): FieldClause {
  return { kind: 'field', field, tests: [{ op: 'is', value }] };
}

function partsOf(query: Query): readonly Clause[] {
  if (query.kind === 'all') return [];
  return query.kind === 'and' ? query.parts : [query];
}

/** The one text of a clause tells whether two are the same. */
function isSame(left: Clause, right: Clause): boolean {
  return print(left) === print(right);
}

/** How a value stands in a search. */
export function termState(query: Query, field: string, value: string): TermState {
  const clause = clauseOf(field, value);
  const parts = partsOf(query);
  if (parts.some((part) => isSame(part, clause))) return 'has';
  return parts.some((part) => isSame(part, not(clause))) ? 'lacks' : 'none';
}

/** The search in which a value stands so. */
export function withTerm(query: Query, field: string, value: string, state: TermState): string {
  const clause = clauseOf(field, value);
  const rest = partsOf(query).filter((part) => !isSame(part, clause) && !isSame(part, not(clause)));
  const added = state === 'none' ? all : state === 'has' ? clause : not(clause);
  return print(and([...rest, added]));
}

/** What a search demands of the agent, as a search; empty where it demands nothing. */
export function agentTerms(query: Query): string {
  const isOfAgent = (part: Clause): boolean => part.kind === 'field' && part.field === 'agent_id';
  return print(and(partsOf(query).filter((part) => isOfAgent(part) || (part.kind === 'not' && isOfAgent(part.part)))));
}
