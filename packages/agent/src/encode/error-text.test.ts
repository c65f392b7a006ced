import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorText } from './error-text.ts';

function fail(): never {
  throw new Error('boom');
}

test('a message, its causes, and the errors of an aggregate', () => {
  const circular: Error & { cause?: unknown } = new Error('circular');
  circular.cause = new Error('inner', { cause: circular });
  const cases: [unknown, string][] = [
    [new Error('socket hang up'), 'socket hang up'],
    [new TypeError(), 'TypeError'],
    [new Error('a', { cause: new Error('b', { cause: 'c' }) }), 'a; caused by: b; caused by: c'],
    [new AggregateError([new Error('x', { cause: 'y' }), 'z'], 'all failed'), 'all failed [x; caused by: y | z]'],
    [circular, 'circular; caused by: inner; caused by: …'],
    ['thrown text', 'thrown text'],
    [undefined, 'undefined'],
    [null, 'null'],
    [404, '404'],
    [5n, '5'],
    [Symbol('s'), '[Symbol: s]'],
    [fail, '[Function: fail]'],
    [{ message: 'like an error' }, 'like an error'],
    [{ status: 500, body: ['x'] }, '{"status":500,"body":["x"]}'],
    [Object.defineProperty(new Error('x'), 'message', { get: fail }), '[Throws: boom]'],
    [Object.defineProperty(new Error('x'), 'cause', { get: fail }), 'x; caused by: [Throws: boom]'],
    [new Proxy({}, { get: fail, getPrototypeOf: fail }), '[Throws: boom]; caused by: [Throws: boom]'],
    [{ message: 'm', errors: new Proxy([], { get: fail }) }, 'm [[Throws: boom]]'],
  ];
  for (const [thrown, expected] of cases) assert.equal(errorText(thrown), expected);
});

test('a chain without end, and an aggregate of aggregates, end', () => {
  const endless = (depth: number): object => ({ message: `m${depth}`, get cause() { return endless(depth + 1); } });
  assert.match(errorText(endless(0)), /^m0; caused by: .*m15; caused by: …$/);
  const tree = (): object => ({ message: 't', get errors() { return [tree(), tree(), tree()]; } });
  assert.ok(errorText(tree()).length < 1_000);
  assert.ok(errorText(new Error('x'.repeat(1_000_000))).length <= 16_384);
});

test('anything can be thrown', () => {
  fc.assert(fc.property(fc.anything({ withBigInt: true, withNullPrototype: true, withMap: true, withSet: true }), (thrown) => {
    assert.equal(typeof errorText(thrown), 'string');
  }));
});
