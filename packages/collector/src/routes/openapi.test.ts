import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isWireProblemCode, problemStatus } from '@agent-audit/log';
import { start } from '../server/collector.test.support.ts';

type Schema = Readonly<Record<string, unknown>>;
interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { readonly schema: Schema; readonly example?: Schema }>>;
}
interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly required?: boolean; readonly schema: Schema }[];
  readonly responses: Readonly<Record<string, Answer>>;
  readonly summary?: string;
  readonly description?: string;
}
interface Description {
  readonly openapi: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly securitySchemes: Schema };
}

const methods = ['get', 'post', 'put', 'delete', 'patch'];
/** What reads: those are described down to their parameters. */
const isRead = (path: string, method: string): boolean => method === 'get' && path.startsWith('/v1/') && !path.startsWith('/v1/tokens');

function operationsOf({ paths }: Description): readonly (readonly [string, string, Operation])[] {
  return Object.entries(paths).flatMap(([path, byMethod]) =>
    Object.entries(byMethod).map(([method, operation]) => [path, method, operation] as const),
  );
}

test('every route of /v1 is described, and nothing else is', async (t) => {
  const { ask, collector } = await start(t);
  const answer = await ask('/v1/openapi.json');
  assert.equal(answer.status, 200);
  const description = answer.json as unknown as Description;
  assert.match(description.openapi, /^3\.1\.\d+$/);
  assert.ok(description.info.title !== '' && description.info.version !== '');
  assert.deepEqual(Object.keys(description.components.securitySchemes), ['token', 'session']);
  const described = operationsOf(description).filter(([path]) => path.startsWith('/v1/'));
  const routes = collector.routes
    .filter(({ method, url }) => method !== 'HEAD' && url.startsWith('/v1/'))
    .map(({ method, url }) => `${method.toLowerCase()} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
  assert.deepEqual(new Set(described.map(([path, method]) => `${method} ${path}`)), new Set(routes));
});

test('each description is whole: parameters, answers, refusals with their codes', async (t) => {
  const { ask } = await start(t);
  const description = (await ask('/v1/openapi.json')).json as unknown as Description;
  for (const [path, method, { parameters = [], responses, summary }] of operationsOf(description)) {
    const where = `${method} ${path}`;
    assert.ok(methods.includes(method), where);
    const inPath = parameters.filter(({ in: place }) => place === 'path').map(({ name }) => name);
    const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
    if (isRead(path, method)) {
      assert.deepEqual(inPath, named, where);
      assert.ok(summary !== undefined && summary !== '', where);
    }
    for (const { schema, in: place, required } of parameters) {
      assert.equal(typeof schema, 'object', where);
      if (place === 'path') assert.equal(required, true, where);
    }
    for (const [status, { description: text, content = {} }] of Object.entries(responses)) {
      assert.match(status, /^[2-5]\d\d$/, where);
      assert.ok(text !== '', `${where} ${status}`);
      if (!isRead(path, method)) continue;
      assert.ok(Object.keys(content).length > 0 || status === '204', `${where} ${status}`);
      if (!status.startsWith('2')) checkProblem(`${where} ${status}`, Number(status), content['application/problem+json']);
    }
    assert.ok(['200', '201', '204'].some((status) => status in responses), where);
  }
});

function checkProblem(where: string, status: number, problem: { readonly schema: Schema; readonly example?: Schema } | undefined): void {
  assert.ok(problem?.example !== undefined, where);
  const { code, detail } = problem.example;
  assert.ok(typeof code === 'string' && isWireProblemCode(code) && problemStatus[code] === status, where);
  assert.equal(typeof detail, 'string', where);
  const { properties } = problem.schema as { readonly properties: { readonly code: { readonly enum: readonly string[] } } };
  for (const each of properties.code.enum) assert.ok(isWireProblemCode(each) && problemStatus[each] === status, `${where} ${each}`);
}
