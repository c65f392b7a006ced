// The refusals of a route, as its description lists them: those that every reading route has, and its own.
import { problemStatus, type WireProblemCode } from '@agent-audit/log';
import { type TSchema, Type } from 'typebox';

const everywhere: readonly WireProblemCode[] = [
  'REQUEST_MALFORMED',
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'SCOPE_MISSING',
  'RATE_LIMITED',
  'INTERNAL',
  'UNAVAILABLE',
  'STORE_REFUSED',
];

/** An answer in a route's description. */
export interface DescribedAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: TSchema; readonly example?: unknown }>>;
  readonly headers?: Readonly<Record<string, { readonly description: string; readonly schema: TSchema }>>;
}

/** A route's `response`: the answer in JSON, and every refusal. */
export function answers(description: string, schema: TSchema, ...codes: readonly WireProblemCode[]): Record<number, DescribedAnswer> {
  return { 200: { description, content: { 'application/json': { schema } } }, ...problemAnswers(...codes) };
}

/** Every refusal by its status. */
export function problemAnswers(...codes: readonly WireProblemCode[]): Record<number, DescribedAnswer> {
  const byStatus: Record<number, DescribedAnswer> = {};
  const all = [...new Set([...everywhere, ...codes])];
  for (const status of new Set(all.map((code) => problemStatus[code]))) {
    const own = all.filter((code) => problemStatus[code] === status);
    byStatus[status] = {
      description: own.join(', '),
      content: { 'application/problem+json': { schema: problemSchema(status, own), example: exampleOf(status, own) } },
      ...(status === 429 || status === 503 ? { headers: retryAfter } : {}),
    };
  }
  return byStatus;
}

const retryAfter = { 'Retry-After': { description: 'Seconds to wait before the next try.', schema: Type.Integer() } };

function problemSchema(status: number, codes: readonly WireProblemCode[]): TSchema {
  return Type.Object({
    type: Type.Literal('about:blank'),
    title: Type.String(),
    status: Type.Literal(status),
    code: Type.Enum([...codes], { description: 'Stable: programs may match on it.' }),
    detail: Type.String({ description: 'What happened, and what to do next.' }),
    request_id: Type.Optional(Type.String({ description: 'Under which the collector writes down what it does not tell.' })),
    needs: Type.Optional(Type.String({ description: 'SCOPE_MISSING: the scope.' })),
    search: Type.Optional(
      Type.Object(
        {
          code: Type.String(),
          column: Type.Integer({ description: 'From 1, in UTF-16 units.' }),
          length: Type.Integer(),
          suggestion: Type.Optional(Type.String({ description: 'What to write at that place instead.' })),
        },
        { description: 'SEARCH_MALFORMED: what is wrong with the search, and where.' },
      ),
    ),
  });
}

function exampleOf(status: number, codes: readonly WireProblemCode[]): unknown {
  const problem = { type: 'about:blank', status, request_id: '8f1d2c3b4a596877' };
  if (codes.includes('SEARCH_MALFORMED')) {
    const search = { code: 'SEARCH_UNKNOWN_FIELD', column: 1, length: 7, suggestion: 'severity' };
    return {
      ...problem,
      title: 'Search malformed',
      code: 'SEARCH_MALFORMED',
      detail: 'unknown field "sevrity" (did you mean severity?)',
      search,
    };
  }
  const [code = 'INTERNAL'] = codes;
  const title = code.replaceAll('_', ' ').toLowerCase();
  return { ...problem, title: title.charAt(0).toUpperCase() + title.slice(1), code, detail: 'What happened, and what to do next.' };
}
