import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { overheadBytes, type WaitingEvent, WaitingEvents } from './waiting.ts';

/** What the class of an event is, told from its name here. */
const kinds = [
  { importance: 0, type: 'resource_warning', severity: 'WARN' },
  { importance: 0, type: 'scan_started', severity: 'DEBUG' },
  { importance: 1, type: 'scan_started', severity: 'INFO' },
  { importance: 1, type: 'job_failed', severity: 'ERROR' },
  { importance: 2, type: 'auth_failed', severity: 'DEBUG' },
  { importance: 2, type: 'resource_warning', severity: 'CRITICAL' },
] as const;

type Kind = (typeof kinds)[number];

/** Remembers what an event is by its time, which is its place in the order of arrival. */
class Arrivals {
  readonly kinds: Kind[] = [];

  next(kind: Kind, length: number): WaitingEvent {
    this.kinds.push(kind);
    return { tail: new Uint8Array(length), type: kind.type, severity: kind.severity, timeMs: this.kinds.length - 1 };
  }

  importanceOf({ timeMs }: WaitingEvent): number {
    return this.kinds[timeMs]?.importance ?? Number.NaN;
  }
}

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constantFrom(...kinds), length: fc.nat(600) }) },
  { weight: 1, arbitrary: fc.constant('shift' as const) },
);

test('any arrivals: within the bound, the least important go first, the oldest of them first, all else keeps its order', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 6_000 }), (steps, bytesMax) => {
      const waiting = new WaitingEvents(bytesMax);
      const arrivals = new Arrivals();
      let expected: WaitingEvent[] = [];
      for (const each of steps) {
        if (each === 'shift') {
          assert.equal(waiting.peek(), expected[0]);
          waiting.shift();
          expected = expected.slice(1);
          continue;
        }
        const event = arrivals.next(each.kind, each.length);
        const shed = waiting.push(event);
        const isKept = !shed.includes(event);
        if (!isKept) assert.deepEqual(shed, [event]);
        for (const [i, gone] of shed.entries()) {
          assert.ok(arrivals.importanceOf(gone) <= each.kind.importance);
          const others = expected.filter((other) => !shed.slice(0, i + 1).includes(other));
          const same = others.filter((other) => arrivals.importanceOf(other) === arrivals.importanceOf(gone));
          if (isKept) assert.ok(others.every((other) => arrivals.importanceOf(other) >= arrivals.importanceOf(gone)));
          if (isKept) assert.ok(same.every(({ timeMs }) => timeMs > gone.timeMs));
        }
        expected = [...expected, event].filter((other) => !shed.includes(other));
        assert.equal(waiting.count, expected.length);
        assert.equal(waiting.bytes, expected.reduce((sum, { tail }) => sum + tail.length + overheadBytes, 0));
        assert.ok(waiting.bytes <= bytesMax);
      }
      const left: WaitingEvent[] = [];
      for (let event = waiting.peek(); event !== undefined; event = waiting.peek()) {
        left.push(event);
        waiting.shift();
      }
      assert.deepEqual(left, expected);
    }),
  );
});

test('an event that no room can be made for sheds no other', () => {
  const waiting = new WaitingEvents(4_000);
  const arrivals = new Arrivals();
  for (let i = 0; i < 3; i++) assert.deepEqual(waiting.push(arrivals.next(kinds[2], 100)), []);
  const huge = arrivals.next(kinds[4], 5_000);
  assert.deepEqual(waiting.push(huge), [huge]);
  const lesser = arrivals.next(kinds[0], 2_000);
  assert.deepEqual(waiting.push(lesser), [lesser]);
  assert.equal(waiting.count, 3);
});

test('what is shed for months leaves nothing behind', () => {
  const waiting = new WaitingEvents(10 * overheadBytes);
  const arrivals = new Arrivals();
  const tail = new Uint8Array(0);
  for (let i = 0; i < 200_000; i++) waiting.push({ ...arrivals.next(kinds[i % 2 === 0 ? 0 : 4], 0), tail });
  assert.ok(waiting.places <= 2 * waiting.count + 3, String(waiting.places));
});
