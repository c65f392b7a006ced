// Event types that carry a schema. Any validator that speaks Standard Schema (https://standardschema.dev) will do.
import { type Details, EventType } from '@agent-audit/log';

/** The part of Standard Schema v1 that is used here. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined }[] };

/** What a schema takes in. */
export type InferInput<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['input'];

/** Event types of a program, each with the schema of its details. */
export type Catalog = Readonly<Record<string, StandardSchemaV1>>;

/** The types that may be logged: with a catalog, its own and the 25 that every agent shares; without one, any. */
export type TypeOf<C extends Catalog> = [keyof C] extends [never] ? EventType | (string & {}) : EventType | (keyof C & string);

/** The details that go with a type. */
export type DetailsOf<C extends Catalog, T extends string> = T extends keyof C ? InferInput<C[T]> : Details;

/** The last parameters of info() and its like: details may be left out where their schema allows `{}`. */
export type Tail<C extends Catalog, T extends string> = {} extends DetailsOf<C, T> ? [details?: DetailsOf<C, T>] : [details: DetailsOf<C, T>];

/**
 * Declares the event types of a program. An event whose details its schema objects to is recorded all the same, marked
 * `invalid`, and counted.
 */
export function defineEvents<const C extends Catalog>(events: C): C {
  for (const [type, schema] of Object.entries(events)) {
    if (type.startsWith('log.')) throw new TypeError(`defineEvents: ${JSON.stringify(type)}: types that begin with "log." are the log's own`);
    if (typeof schema !== 'object' && typeof schema !== 'function') throw new TypeError(`defineEvents: ${JSON.stringify(type)} has no Standard Schema`);
    if (typeof schema['~standard']?.validate !== 'function') throw new TypeError(`defineEvents: ${JSON.stringify(type)} has no Standard Schema`);
  }
  return events;
}

export type Validation = { readonly kind: 'valid' } | { readonly kind: 'invalid'; readonly issues: readonly string[] } | { readonly kind: 'async' };

const issuesMax = 16;

/** What a schema says to the details of an event. It never throws. */
export function validate(schema: StandardSchemaV1, details: unknown): Validation {
  try {
    const result = schema['~standard'].validate(details ?? {});
    if (result instanceof Promise) {
      // Nobody waits for it, and its failure is nobody's.
      result.catch(() => {});
      return { kind: 'async' };
    }
    if (result.issues === undefined) return { kind: 'valid' };
    return { kind: 'invalid', issues: result.issues.slice(0, issuesMax).map(({ message, path }) => `details${pathText(path)}: ${message}`) };
  } catch (error) {
    return { kind: 'invalid', issues: [`details: the schema threw: ${error instanceof Error ? error.message : String(error)}`] };
  }
}

function pathText(path: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined): string {
  return (path ?? []).map((part) => `.${String(typeof part === 'object' ? part.key : part)}`).join('');
}
