export { compile, type Decoder, decoder, type Matcher, type OnMatch } from './compile.ts';
export { SearchError, type SearchErrorCode } from './error.ts';
export { parseEvent, valueAt, type WireEvent } from './event.ts';
export { type Field, type FieldKind, fieldNames, fields } from './fields.ts';
export { compareInstants, type Instant, parseInstant } from './instant.ts';
export { isInOrder } from './match.ts';
export { parse } from './parse.ts';
export { print } from './print.ts';
export {
  all,
  and,
  type Clause,
  type Comparison,
  depthMax,
  type FieldClause,
  not,
  or,
  type Query,
  searchBytesMax,
  type Test,
  termsMax,
} from './query.ts';
export { suggest } from './suggest.ts';
