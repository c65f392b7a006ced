import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Refusal } from '../refusal.ts';
import { type EventsCursor, formatEventsCursor, parseEventsCursor } from './cursor.ts';

const plain = { noNullPrototype: true } as const;
const cursor: fc.Arbitrary<EventsCursor> = fc.record(
  {
    key: fc.record(
      {
        timestampMs: fc.integer({ min: -62_000_000_000_000, max: 253_402_300_799_999 }),
        nanos: fc.integer({ min: 0, max: 999_999 }),
        logId: fc.stringMatching(/^[0-9a-f]{32}$/),
        seq: fc.maxSafeNat(),
      },
      plain,
    ),
    back: fc.boolean(),
  },
  plain,
);
const isMalformed = (error: unknown): boolean => error instanceof Refusal && error.code === 'CURSOR_MALFORMED';

test('a cursor holds its place and its direction', () => {
  fc.assert(
    fc.property(cursor, fc.string(), (value, request) => {
      assert.deepEqual(parseEventsCursor(formatEventsCursor(value, request), request), value);
    }),
  );
});

test('a cursor of another request is refused', () => {
  fc.assert(
    fc.property(cursor, fc.string(), fc.string(), (value, request, other) => {
      fc.pre(request !== other);
      assert.throws(() => parseEventsCursor(formatEventsCursor(value, request), other), isMalformed);
    }),
  );
});

test('whatever else is given for a cursor is refused by its code, or is a cursor', () => {
  fc.assert(
    fc.property(cursor, fc.oneof(fc.string(), fc.nat(200)), fc.string({ maxLength: 1 }), (value, change, put) => {
      const text = formatEventsCursor(value, 'r');
      const changed = typeof change === 'string' ? change : text.slice(0, change) + put + text.slice(change + 1);
      try {
        assert.deepEqual(parseEventsCursor(changed, 'r'), value);
      } catch (error) {
        assert.ok(isMalformed(error), String(error));
      }
    }),
  );
});
