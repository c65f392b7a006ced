/** Longest search, in bytes of UTF-8. */
export const searchBytesMax = 4_096;
/** Most texts and values in one search. */
export const termsMax = 64;
/** How deep parentheses (and `NOT`) may nest. */
export const depthMax = 16;

/** How a test compares: equal, at the beginning, or by order. */
export type Comparison = 'is' | 'starts' | 'lt' | 'le' | 'gt' | 'ge';

/** What a field is asked for: to be there at all, or to compare with a value, which is kept as it was written. */
export type Test = { readonly op: 'present' } | { readonly op: Comparison; readonly value: string };

/**
 * A search as a tree. `parse` makes it in one form only: lists are never nested in a list of their own kind and hold at
 * least two parts, and nothing is negated twice. A tree built by hand gets that form from `and`, `or` and `not`.
 */
export type Query = { readonly kind: 'all' } | Clause;

/** A part of a search: anything but the empty search. */
export type Clause =
  | { readonly kind: 'and'; readonly parts: readonly Clause[] }
  | { readonly kind: 'or'; readonly parts: readonly Clause[] }
  | { readonly kind: 'not'; readonly part: Clause }
  | { readonly kind: 'text'; readonly text: string }
  | FieldClause;

/** True where the field passes at least one of the tests. */
export interface FieldClause {
  readonly kind: 'field';
  /** A name of `fields`, or `details.` and a path. */
  readonly field: string;
  /** At least one. */
  readonly tests: readonly Test[];
}

/** The empty search: every event. */
export const all: Query = { kind: 'all' };

/** All of them; without any, every event. */
export function and(parts: readonly Query[]): Query {
  const flat = parts.flatMap((part) => (part.kind === 'and' ? part.parts : part.kind === 'all' ? [] : [part]));
  const [first] = flat;
  if (first === undefined) return all;
  return flat.length === 1 ? first : { kind: 'and', parts: flat };
}

/** At least one of them. */
export function or(parts: readonly [Clause, ...Clause[]]): Clause {
  const flat = parts.flatMap((part) => (part.kind === 'or' ? part.parts : [part]));
  return flat.length === 1 ? parts[0] : { kind: 'or', parts: flat };
}

/** Everything but. */
export function not(part: Clause): Clause {
  return part.kind === 'not' ? part.part : { kind: 'not', part };
}
