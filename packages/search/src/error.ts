/** Stable codes of everything that can be wrong with a search. Scripts may match on them. */
export type SearchErrorCode =
  'SEARCH_SYNTAX' | 'SEARCH_UNKNOWN_FIELD' | 'SEARCH_BAD_VALUE' | 'SEARCH_TOO_LONG' | 'SEARCH_TOO_MANY_TERMS' | 'SEARCH_TOO_DEEP';

/** Where in the search something is wrong. */
export interface Place {
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** How many UTF-16 units it spans; 0 where something is missing. */
  readonly length: number;
}

/** A search that cannot be run: what is wrong, where, and where it can be told, what was probably meant. */
export class SearchError extends Error {
  override readonly name = 'SearchError';
  readonly code: SearchErrorCode;
  readonly column: number;
  readonly length: number;
  /** What to write at that place instead. */
  readonly suggestion: string | undefined;

  constructor(code: SearchErrorCode, message: string, place: Place, suggestion?: string) {
    super(message);
    this.code = code;
    this.column = place.column;
    this.length = place.length;
    this.suggestion = suggestion;
  }
}
