import assert from 'node:assert/strict';
import { test } from 'node:test';
import { types } from 'node:util';
import vm from 'node:vm';
import fc from 'fast-check';
import { Page } from './page.ts';
import { jsonOf } from './reference.test.support.ts';
import { slackBytes } from './text.ts';
import { jsonText, omitted, ValueWriter } from './values.ts';

const roomBytes = 65_536;
const page = new Page(roomBytes + slackBytes);
const writer = new ValueWriter(page);

function written(value: unknown): string | undefined {
  const end = writer.write(page, 0, roomBytes, value);
  assert.ok(end <= roomBytes);
  return end === omitted ? undefined : page.bytes.toString('utf8', 0, end);
}

/** Numbers that JSON has no form for are told here, and null in JSON.stringify. */
function toldNumber(_: string, value: unknown): unknown {
  const number = types.isNumberObject(value) ? Number(value) : value;
  return typeof number === 'number' && !Number.isFinite(number) ? String(number) : value;
}

function fail(): never {
  throw new Error('boom');
}

test('what JSON can carry is written as JSON.stringify means it', () => {
  const objects = fc.anything({ withNullPrototype: true, withBoxedValues: true, withDate: true, key: fc.string() });
  const values = fc.oneof(fc.jsonValue(), objects);
  fc.assert(
    fc.property(values, (value) => {
      assert.equal(written({ value }), jsonOf(JSON.parse(JSON.stringify({ value }, toldNumber)) as unknown));
    }),
    { numRuns: 1_000 },
  );
});

test('texts, as values and as keys, of any units', () => {
  const text = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 }).map((units) => String.fromCharCode(...units));
  fc.assert(
    fc.property(text, text, (key, value) => {
      const expected = `{${jsonOf(key)}:${jsonOf(value)},${jsonOf(`${key}.`)}:1}`;
      for (let i = 0; i < 2; i++) assert.equal(written({ [key]: value, [`${key}.`]: 1 }), expected);
    }),
  );
});

test('numbers are written as JSON.stringify writes them', () => {
  const decimals = fc.tuple(fc.integer(), fc.constantFrom(1, 10, 100, 1_000, 10_000)).map(([whole, scale]) => whole / scale);
  const edges = [2 ** 31 - 1, 2 ** 31, 2 ** 31 + 1, 2 ** 32, 2 ** 53, 1e21, 5e-324, 1e-7, 1e300];
  const some = fc.constantFrom(...edges, 0, -0, 1, 9, 10, 0.001, 0.5, 1.005, 999.999, 2_147_483.647, 4_294_968.296);
  const doubles = fc.double({ noNaN: true, noDefaultInfinity: true });
  fc.assert(
    fc.property(fc.oneof(some, decimals, fc.integer(), fc.maxSafeInteger(), doubles), (number) => {
      assert.equal(written(number), JSON.stringify(number));
      assert.equal(written(-number), JSON.stringify(-number));
    }),
    { numRuns: 2_000 },
  );
});

test('the table of placeholders', () => {
  const cycle: Record<string, unknown> = { a: 1 };
  cycle['self'] = cycle;
  const shared = { s: 1 };
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  class Named {
    x = 1;
    get derived(): number {
      return 2;
    }
  }
  const cases: [unknown, string | undefined][] = [
    [Number.NaN, '"NaN"'],
    [-Infinity, '"-Infinity"'],
    [12345678901234567890n, '"12345678901234567890"'],
    [2n ** 1024n, '"[BigInt]"'],
    [undefined, undefined],
    [{ a: undefined, b: 1 }, '{"b":1}'],
    [{ a: 1, b: undefined }, '{"a":1}'],
    [[undefined, 1], '[null,1]'],
    [Object.assign([], { 2: 1 }), '[null,null,1]'],
    [function named() {}, '"[Function: named]"'],
    [class Some {}, '"[Function: Some]"'],
    [Symbol('s'), '"[Symbol: s]"'],
    [{ [Symbol('key')]: 1 }, '{}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    [new Date(Number.NaN), 'null'],
    [new URL('http://a.example/b'), '"http://a.example/b"'],
    [new URLSearchParams('a=1'), '"a=1"'],
    [/a"b/gi, '"/a\\"b/gi"'],
    [cycle, '{"a":1,"self":"[Circular]"}'],
    [[shared, shared], '[{"s":1},{"s":1}]'],
    [new Map<unknown, unknown>([['a', 1], ['__proto__', 2]]), '{"a":1,"__proto__":2}'],
    [new Map<unknown, unknown>([[1, 'x'], ['a', cycle]]), '[[1,"x"],["a",{"a":1,"self":"[Circular]"}]]'],
    [new Set([1, 'b']), '[1,"b"]'],
    [Buffer.from('abc'), '{"bytes":3,"base64":"YWJj"}'],
    [new Uint8Array([97, 98, 99]).buffer, '{"bytes":3,"base64":"YWJj"}'],
    [new DataView(new ArrayBuffer(1)), '{"bytes":1,"base64":"AA=="}'],
    [new Float64Array([0.5, 2]), '[0.5,2]'],
    [new BigInt64Array([-5n]), '["-5"]'],
    [new TypeError('bad'), '{"name":"TypeError","message":"bad"}'],
    [Object.assign(new Error('no'), { code: 'E_NO', path: '/' }), '{"name":"Error","message":"no","code":"E_NO"}'],
    [new Error('a', { cause: new RangeError('b') }), '{"name":"Error","message":"a","cause":{"name":"RangeError","message":"b"}}'],
    [new AggregateError([1, 'x'], 'all'), '{"name":"AggregateError","message":"all","errors":[1,"x"]}'],
    [Promise.resolve(1), '"[Promise]"'],
    [Object(Symbol('boxed')), '"[Symbol: boxed]"'],
    [Object(7n), '"7"'],
    [new Named(), '{"x":1}'],
    [vm.runInNewContext('({ a: [1, { b: 2 }] })'), '{"a":[1,{"b":2}]}'],
    [JSON.parse('{"__proto__":{"a":1},"constructor":2}'), '{"__proto__":{"a":1},"constructor":2}'],
    [Object.assign(Object.create({ inherited: 1 }), { own: 2 }), '{"own":2}'],
    [{ toJSON: (key: string) => `as ${key}` }, '"as "'],
    [{ list: [{ toJSON: (key: string) => `as ${key}` }] }, '{"list":["as 0"]}'],
    [{ member: { toJSON: (key: string) => `as ${key}` } }, '{"member":"as member"}'],
    [{ toJSON: () => undefined }, undefined],
    [[{ toJSON: () => undefined }], '[null]'],
    [{ toJSON: 5, a: 1 }, '{"toJSON":5,"a":1}'],
    [Object.assign(() => 1, { toJSON: () => ({ f: 1 }) }), '{"f":1}'],
    [{ get a() { return fail(); }, b: 1 }, '{"a":"[Throws: boom]","b":1}'],
    [{ a: { toJSON: fail }, b: 1 }, '{"a":"[Throws: boom]","b":1}'],
    [{ a: { toJSON() { throw undefined; } } }, '{"a":"[Throws: undefined]"}'],
    [[proxy, 1], '["[Throws: Cannot perform \'get\' on a proxy that has been revoked]",1]'],
    [new Proxy({}, { ownKeys: fail }), '"[Throws: boom]"'],
    [new Proxy({ a: 1 }, {}), '{"a":1}'],
    [new Proxy([1, 2], {}), '[1,2]'],
    ['\u007f\u2028\u0000', '"\\u007f\u2028\\u0000"'],
    ['a\ud800b\udc00', '"a\ufffdb\ufffd"'],
  ];
  for (const [value, expected] of cases) assert.equal(written(value), expected);
});

test('an error whose own getter throws is told all the same', () => {
  const error = Object.defineProperty(new Error('x'), 'message', { get: fail });
  assert.equal(written(error), '{"name":"Error","message":"[Throws: boom]"}');
  assert.equal(written({ a: { toJSON() { throw error; } } }), '{"a":"[Throws: an object]"}');
});

test('Map, Set, typed arrays and binary data show their beginning', () => {
  const many = Array.from({ length: 1_500 }, (_, i) => i);
  assert.deepEqual(JSON.parse(written(new Set(many)) ?? ''), [...many.slice(0, 1_000), '… 500 more']);
  assert.deepEqual(JSON.parse(written(new Int32Array(many)) ?? ''), [...many.slice(0, 1_000), '… 500 more']);
  const members = JSON.parse(written(new Map(many.map((i) => [`k${i}`, i]))) ?? '') as Record<string, unknown>;
  assert.equal(Object.keys(members).length, 1_001);
  assert.equal(members['…'], '… 500 more');
  assert.equal((JSON.parse(written(new Map(many.map((i) => [i, i]))) ?? '') as unknown[]).length, 1_001);
  const binary = JSON.parse(written(Buffer.alloc(5_000, 'a')) ?? '') as { bytes: number; base64: string };
  assert.deepEqual(binary, { bytes: 5_000, base64: Buffer.alloc(1_024, 'a').toString('base64') });
});

test('depth is bounded, and an object that makes objects for ever ends', () => {
  let deep: unknown = 1;
  for (let i = 0; i < 64; i++) deep = [deep];
  assert.equal(written(deep), `${'['.repeat(64)}1${']'.repeat(64)}`);
  assert.equal(written([deep]), `${'['.repeat(64)}"[Deep]"${']'.repeat(64)}`);
  const endless = (): object => ({ toJSON: () => ({ more: endless() }) });
  assert.match(written(endless()) ?? '', /"\[Deep\]"\}+$/);
});

test('what does not fit ends beyond the limit, and stands there as a true prefix', () => {
  const values: unknown[] = [
    'é'.repeat(50_000),
    { ['k'.repeat(70_000)]: 1 },
    Array.from({ length: 30_000 }, (_, i) => i),
    Object.assign([], { length: 4_000_000_000 }),
    Object.fromEntries(Array.from({ length: 9_000 }, (_, i) => [`key${i}`, { a: [i, 'x'] }])),
    Array.from({ length: 3_000 }, () => 'text with "quotes"\n'),
  ];
  for (const value of values) {
    const end = writer.write(page, 0, roomBytes, value);
    assert.ok(end > roomBytes && end <= roomBytes + slackBytes);
    if (Array.isArray(value) && value.length > 1e9) assert.match(page.bytes.toString('utf8', 0, roomBytes), /^\[(null,)+/);
    else assert.ok(Buffer.from(JSON.stringify(value)).subarray(0, roomBytes).equals(page.bytes.subarray(0, roomBytes)));
  }
});

test('every limit, byte by byte: the prefix is the same as that of the whole', () => {
  const value = { a: ['é"\n', '😀', 12345, true, null, -1.5], ['k€y']: { long: 'x'.repeat(40), other: 'ü'.repeat(40) } };
  const whole = Buffer.from(JSON.stringify(value));
  for (let limit = 0; limit < whole.length + 2; limit++) {
    const end = writer.write(page, 0, limit, value);
    assert.equal(end > limit, whole.length > limit, `limit ${limit}`);
    const same = Math.min(limit, whole.length);
    assert.ok(page.bytes.subarray(0, same).equals(whole.subarray(0, same)), `limit ${limit}`);
  }
});

test('an inherited enumerable key is no member', () => {
  const polluted = Object.prototype as Record<string, unknown>;
  polluted['everywhere'] = 1;
  try {
    assert.equal(written({ a: { b: 1 } }), '{"a":{"b":1}}');
  } finally {
    delete polluted['everywhere'];
  }
});

test('jsonText is bounded, and ends at a character', () => {
  const text = jsonText({ a: '€'.repeat(9_000) });
  assert.ok(Buffer.byteLength(text) <= 8_192 && Buffer.byteLength(text) > 8_188);
  assert.ok(!text.includes('\ufffd'));
  assert.equal(jsonText(undefined), '');
});
