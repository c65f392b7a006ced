import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type SchemaResult, type StandardSchemaV1, validate } from './catalog.ts';

function schemaOf(answer: (value: unknown) => unknown): StandardSchemaV1 {
  const validateValue = answer as (value: unknown) => SchemaResult<unknown>;
  return { '~standard': { version: 1, vendor: 'test', validate: validateValue } };
}

test('a schema sees the details, and {} where there are none', () => {
  const seen: unknown[] = [];
  const schema = schemaOf((value) => {
    seen.push(value);
    return { value };
  });
  const details = { a: 1 };
  for (const given of [details, undefined, null]) assert.deepEqual(validate(schema, given), { kind: 'valid' });
  assert.equal(seen[0], details);
  assert.deepEqual(seen.slice(1), [{}, {}]);
});

test('issues name the place within the details', () => {
  const issues = [
    { message: 'no path' },
    { message: 'empty path', path: [] },
    { message: 'keys', path: ['a', 0, Symbol('s')] },
    { message: 'segments', path: [{ key: 'a' }, { key: 1 }] },
  ];
  assert.deepEqual(validate(schemaOf(() => ({ issues })), {}), {
    kind: 'invalid',
    issues: ['details: no path', 'details: empty path', 'details.a.0.Symbol(s): keys', 'details.a.1: segments'],
  });
});

test('what is thrown, rejected, or no answer at all', async () => {
  const throwing = (thrown: unknown): StandardSchemaV1 =>
    schemaOf(() => {
      throw thrown;
    });
  assert.deepEqual(validate(throwing(new Error('broken')), {}), { kind: 'invalid', issues: ['details: the schema threw: broken'] });
  assert.deepEqual(validate(throwing('text'), {}), { kind: 'invalid', issues: ['details: the schema threw: text'] });
  for (const answer of [undefined, null, 5, { issues: 7 }, { issues: [null] }]) {
    assert.equal(validate(schemaOf(() => answer), {}).kind, 'invalid', JSON.stringify(answer));
  }
  assert.deepEqual(validate(schemaOf(() => Promise.reject(new Error('nobody waits'))), {}), { kind: 'async' });
  // An unhandled rejection would fail this test's process here.
  await new Promise(setImmediate);
});
