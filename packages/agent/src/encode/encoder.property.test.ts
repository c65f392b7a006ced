import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOutcome, lineBytesMax, parseLine, Severity } from '@agent-audit/log';
import fc from 'fast-check';
import { type EncodableEvent, LineEncoder, type Scope } from './index.ts';
import { jsonOf, referenceLine } from './reference.test.support.ts';

/** Texts of every kind: plain, with escapes, beyond ASCII, with lone surrogates, and as long as the limits or longer. */
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0x20, max: 0x7e }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0x9f }) },
  { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffff }) },
  { weight: 1, arbitrary: fc.integer({ min: 0xd7f0, max: 0xe010 }) },
);
const anyUnits = fc.array(unit, { maxLength: 80 }).map((units) => String.fromCharCode(...units));
const plainText = fc.string({ maxLength: 60 });
const longText = fc
  .record({ piece: fc.oneof(anyUnits, fc.constantFrom('é', '€', '😀', '\n', '"', '\u0001', 'a', '\ud800')), times: fc.nat(9_000) })
  .map(({ piece, times }) => piece.repeat(times).slice(0, 20_000));
const text = fc.oneof({ weight: 4, arbitrary: plainText }, { weight: 3, arbitrary: anyUnits }, { weight: 1, arbitrary: longText });

const someText = fc.string({ minLength: 1 });
const party = fc.record({ id: someText, name: text, type: someText }, { requiredKeys: ['id', 'type'] });
const actor = fc.record(
  { type: fc.constantFrom('user', 'service', 'agent', 'system'), id: fc.string({ minLength: 1 }), name: text },
  { requiredKeys: ['type', 'id'] },
);
const scopeFields = {
  agentId: text,
  tenantId: text,
  jobId: text,
  reportId: text,
  traceId: text,
  spanId: text,
  parentSpanId: text,
  actor,
  target: party,
};
const scope: fc.Arbitrary<Scope> = fc.record(scopeFields, { requiredKeys: [] });
const maybeScope = fc.option(scope, { nil: undefined });
const time = fc.integer({ min: 0, max: 253_402_300_799_999 });
const detailsKey = fc.oneof(plainText, fc.constantFrom('__proto__', 'toJSON', 'é', '7', '"'));
const jsonDetails = fc.dictionary(detailsKey, fc.jsonValue({ maxDepth: 5 }));
const sha256 = fc.constantFrom('a', '0').map((digit) => digit.repeat(64));
const event: fc.Arbitrary<EncodableEvent> = fc.record(
  {
    ...scopeFields,
    type: fc.string({ minLength: 1 }),
    severity: fc.constantFrom(...Object.values(Severity)),
    message: text,
    error: text,
    durationMs: fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }),
    details: jsonDetails,
    outcome: fc.constantFrom('success', 'failure', 'denied', 'timeout', 'unknown'),
    timestamp: fc.date({ min: new Date(0), max: new Date(253_402_300_799_999), noInvalidDate: true }),
    invalid: fc.array(text, { maxLength: 3 }),
    imported: fc.record({ from: fc.constantFrom('go', 'ndjson'), fileSha256: sha256, line: fc.nat() }),
  },
  { requiredKeys: ['type', 'message'] },
);

function linesOf(encoder: LineEncoder): string[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  const all = decoder.decode(encoder.bytes.subarray(0, encoder.length));
  assert.ok(all.endsWith('\n'));
  return all.slice(0, -1).split('\n');
}

test('an event that JSON can carry is, byte for byte, the line of the reference', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), time, event, scope, scope, (seq, timeMs, given, outer, identity) => {
      const encoder = new LineEncoder({ agentId: identity.agentId, tenantId: identity.tenantId });
      const expected = referenceLine(seq, timeMs, given, outer, identity);
      fc.pre(Buffer.byteLength(expected) < lineBytesMax - 64);
      encoder.appendEvent(seq, timeMs, given, outer);
      assert.equal(encoder.bytes.toString('utf8', 0, encoder.length), expected);
      const tail = encoder.encodeTail(timeMs, given, outer);
      encoder.clear();
      encoder.appendTail(seq, tail);
      assert.equal(encoder.bytes.toString('utf8', 0, encoder.length), expected);
    }),
    { numRuns: 200 },
  );
});

test('the hot form writes the line of the reference, the second time too, when its caches are warm', () => {
  const encoder = new LineEncoder({ agentId: 'scanner-7', tenantId: 'acme' });
  const few = fc.record({ type: fc.constantFrom('a', 'job_started', 'é'), severity: fc.constantFrom(...Object.values(Severity)) });
  fc.assert(
    fc.property(fc.maxSafeNat(), time, few, event, maybeScope, (seq, timeMs, { type, severity }, given, about) => {
      const { message, error, details } = given;
      const expected = referenceLine(seq, timeMs, { type, severity, message, error, details }, about ?? {}, {
        agentId: 'scanner-7',
        tenantId: 'acme',
      });
      fc.pre(Buffer.byteLength(expected) < lineBytesMax - 64);
      for (let i = 0; i < 2; i++) {
        encoder.clear();
        encoder.append(seq, timeMs, type, severity, message, error, details, about);
        assert.equal(encoder.bytes.toString('utf8', 0, encoder.length), expected);
      }
    }),
    { numRuns: 200 },
  );
});

/** Objects that do what they can to hurt whoever looks at them. */
const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
    stringUnit: 'binary',
    maxDepth: 4,
  }),
  fc.constantFrom('getter', 'toJSON', 'deep', 'cycle', 'revoked', 'keys', 'length', 'symbol', 'class', 'error').map(makeHostile),
);

function makeHostile(kind: string): unknown {
  const fail = (): never => {
    throw new Error(`hostile ${kind}`);
  };
  switch (kind) {
    case 'getter':
      return Object.defineProperty({ before: 1 }, 'x', { enumerable: true, get: fail });
    case 'toJSON':
      return { toJSON: fail, [Symbol.toPrimitive]: fail, toString: fail };
    case 'deep': {
      let deep: unknown = 'end';
      for (let i = 0; i < 50_000; i++) deep = i % 2 === 0 ? { deep } : [deep];
      return deep;
    }
    case 'cycle': {
      const cycle: Record<string, unknown> = { list: [] };
      cycle['list'] = [cycle, new Map([['self', cycle]]), new Set([cycle])];
      return cycle;
    }
    case 'revoked': {
      const { proxy, revoke } = Proxy.revocable({}, {});
      revoke();
      return [proxy, { proxy }];
    }
    case 'keys':
      return new Proxy({}, { ownKeys: fail, get: fail, getPrototypeOf: fail });
    case 'length':
      return new Proxy([], { get: (_, key) => (key === 'length' ? Infinity : fail()) });
    case 'symbol':
      return [Symbol('s'), Object(Symbol('boxed')), { [Symbol.toStringTag]: 'Map' }];
    case 'class':
      return [class Named {}, fail, Object.defineProperty(new Map([['a', 1]]), 'size', { get: fail })];
    default:
      return Object.defineProperty(new Error('x', { cause: new Error('y') }), 'message', { get: fail });
  }
}

test('whatever is given, there is one line: valid UTF-8, at most its size, readable, with its seq', () => {
  fc.assert(
    fc.property(hostile, hostile, hostile, hostile, hostile, (type, severity, message, error, details) => {
      const encoder = new LineEncoder({ agentId: 'a' });
      const given = { type, severity, message, error, details } as EncodableEvent;
      encoder.append(7, 0, given.type, given.severity as Severity, given.message, error, details, undefined);
      encoder.appendEvent(8, 0, given);
      encoder.appendEvent(9, 0, details as EncodableEvent);
      encoder.appendTail(10, encoder.encodeTail(0, { ...given, timestamp: details, actor: error, durationMs: message } as EncodableEvent));
      const lines = linesOf(encoder);
      assert.equal(lines.length, 4);
      for (const [i, line] of lines.entries()) {
        assert.equal(parseLine(line).seq, 7 + i);
        assert.ok(Buffer.byteLength(line) <= lineBytesMax);
      }
    }),
    { numRuns: 200 },
  );
});

test('details of any size fit: what is cut is a prefix of their JSON, and fills the line', () => {
  const member = fc.oneof(longText, fc.array(fc.jsonValue(), { maxLength: 50 }), anyUnits);
  const big = fc.dictionary(plainText, member, { minKeys: 1, maxKeys: 40 });
  fc.assert(
    fc.property(fc.maxSafeNat(), event, big, fc.integer({ min: 0, max: 40_000 }), (seq, given, details, padding) => {
      const encoder = new LineEncoder();
      const padded = { ...details, padding: 'é"'.repeat(padding) };
      encoder.appendEvent(seq, 0, { ...given, details: padded });
      const [line = ''] = linesOf(encoder);
      const lineBytes = Buffer.byteLength(line);
      assert.ok(lineBytes <= lineBytesMax);
      const { details: kept, truncated } = parseLine(line);
      const json = jsonOf(padded);
      if (kept?.['padding'] !== undefined) {
        assert.deepEqual(kept, JSON.parse(json));
        return;
      }
      assert.ok(json.startsWith(String(kept?.['truncated'])));
      // Cut at a character of six bytes at most, with room kept for the longest seq.
      assert.ok(lineBytes + 16 - String(seq).length > lineBytesMax - 7);
      assert.ok(truncated !== undefined && truncated.bytes >= lineBytes - 100);
    }),
    { numRuns: 60 },
  );
});

test('what is not a member of an enumeration is told in invalid, and never stands in its field', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), (outcome, actorType) => {
      fc.pre(!isOutcome(outcome));
      const encoder = new LineEncoder();
      const given = { type: 't', message: '', outcome, actor: { type: `x${actorType}`, id: 'a' } };
      encoder.appendEvent(0, 0, given as unknown as EncodableEvent);
      const recorded = parseLine(linesOf(encoder)[0] ?? '');
      assert.equal(recorded.outcome, undefined);
      assert.equal(recorded.actor, undefined);
      assert.deepEqual(recorded.invalid?.map((objection) => objection.split(':')[0]), ['actor', 'outcome']);
    }),
  );
});
