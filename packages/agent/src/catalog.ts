// Event types that carry a schema. Any validator that speaks Standard Schema (https://standardschema.dev) will do.
import { type Details, type EventType, isReservedType } from '@agent-audit/log';
import { textOf } from './encode/index.ts';

/** The part of Standard Schema v1 that is used here. */
export interface StandardSchemaV1<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
  };
}

type IssuePath = readonly (PropertyKey | { readonly key: PropertyKey })[];

/** What a schema objects to. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: IssuePath | undefined;
}

/** What a schema says to a value. */
export type SchemaResult<Output> = { readonly value: Output; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** What a schema takes in. */
export type InferInput<S extends StandardSchemaV1> = NonNullable<S['~standard']['types']>['input'];

/** Event types of a program, each with the schema of its details. */
export type Catalog = Readonly<Record<string, StandardSchemaV1>>;

/** The types that may be logged: with a catalog, its own and the 25 that every agent shares; without one, any. */
export type TypeOf<C extends Catalog> = [keyof C] extends [never] ? EventType | (string & {}) : EventType | (keyof C & string);

/** The details that go with a type. */
export type DetailsOf<C extends Catalog, T extends string> = T extends keyof C ? InferInput<C[T]> : Details;

/** The last parameters of info() and its like: details may be left out where their schema allows `{}`. */
export type Tail<C extends Catalog, T extends string> =
  {} extends DetailsOf<C, T> ? [details?: DetailsOf<C, T>] : [details: DetailsOf<C, T>];

/**
 * Declares the event types of a program. An event whose details its schema objects to is recorded all the same, marked
 * `invalid`, and counted.
 * @throws TypeError for a type that is the log's own, or has no Standard Schema
 */
export function defineEvents<const C extends Catalog>(events: C): C {
  checkCatalog(events);
  return events;
}

/** @throws TypeError naming the first entry that is not a type with a schema */
export function checkCatalog(events: Catalog): void {
  for (const [type, schema] of Object.entries(events)) {
    if (isReservedType(type)) throw new TypeError(`${JSON.stringify(type)}: types that begin with "log." are the log's own`);
    if (!isSchema(schema)) throw new TypeError(`${JSON.stringify(type)} has no Standard Schema, as zod, valibot or arktype make them`);
  }
}

function isSchema(value: unknown): boolean {
  // ArkType's schemas are functions.
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || !('~standard' in value)) return false;
  const standard = value['~standard'];
  return typeof standard === 'object' && standard !== null && 'validate' in standard && typeof standard.validate === 'function';
}

/** What came of asking a schema. `async`: it wants to be waited for, and logging waits for nobody. */
export type Validation =
  | { readonly kind: 'valid' }
  | { readonly kind: 'invalid'; readonly issues: readonly string[] }
  | { readonly kind: 'async' };

const issuesMax = 16;
const valid: Validation = { kind: 'valid' };

/** What a schema says to the details of an event. It never throws. */
export function validate(schema: StandardSchemaV1, details: unknown): Validation {
  try {
    const result = schema['~standard'].validate(details ?? {});
    if ('then' in result) {
      // Nobody waits for it, and its failure is nobody's.
      result.then(undefined, () => {});
      return { kind: 'async' };
    }
    if (result.issues === undefined) return valid;
    return { kind: 'invalid', issues: result.issues.slice(0, issuesMax).map(issueText) };
  } catch (error) {
    return { kind: 'invalid', issues: [`details: the schema threw: ${textOf(error)}`] };
  }
}

function issueText({ message, path = [] }: SchemaIssue): string {
  const steps = path.map((step) => `.${String(typeof step === 'object' ? step.key : step)}`);
  return `details${steps.join('')}: ${message}`;
}
