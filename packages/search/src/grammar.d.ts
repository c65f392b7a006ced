// What the build makes of grammar.peggy (`npm run generate`): dist/grammar.js.
import type { SearchErrorCode } from './error.ts';
import type { Comparison } from './query.ts';

/** A half-open range of UTF-16 offsets. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A term or a value as it was written, and where. */
export interface WrittenTest {
  readonly op: Comparison | 'present';
  readonly value: string;
  readonly at: Range;
}

/** The tree of a search before its names and values mean anything. */
export type Written =
  | { readonly kind: 'and' | 'or'; readonly parts: readonly [Written, ...Written[]] }
  | { readonly kind: 'not'; readonly part: Written }
  | { readonly kind: 'text'; readonly text: string; readonly at: Range }
  | { readonly kind: 'field'; readonly name: { readonly text: string; readonly at: Range }; readonly tests: readonly WrittenTest[] };

export interface GrammarOptions {
  readonly depthMax: number;
  /** Must throw. */
  readonly fail: (code: SearchErrorCode, message: string, at: Range, suggestion?: string) => never;
}

/** The parser's own complaint, where the grammar had no better words. */
export class SyntaxError extends Error {
  readonly location: { readonly start: { readonly offset: number }; readonly end: { readonly offset: number } };
}

/** Undefined for an empty search. */
export function parse(text: string, options: GrammarOptions): Written | undefined;
