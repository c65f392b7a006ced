// Whatever bytes come: they are refused with a code, or they are what a log's key has signed. Nothing is ever stored in part.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { isWireProblemCode, utf8 } from '@agent-audit/log';
import fc from 'fast-check';
import type { Principal } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { BodyEncoding } from './body.ts';
import type { Ingest } from './ingest.ts';
import { codeOf, collectorOf, outcomeOf, principalOf, TestLog } from './log.test.support.ts';
import { MemoryStore } from './memory-store.test.support.ts';

const principal: Principal = principalOf();

interface Mutation {
  readonly kind: 'flip' | 'cut' | 'insert' | 'double';
  readonly at: number;
  readonly bytes: Uint8Array;
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('flip', 'cut', 'insert', 'double'),
  at: fc.nat(),
  bytes: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 8 }), fc.constantFrom(utf8('\n'), utf8('"'), utf8('\\u0000'), utf8('9'))),
});

function mutate(body: Uint8Array, { kind, at, bytes }: Mutation): Uint8Array {
  const place = at % Math.max(1, body.length);
  const [head, tail] = [body.subarray(0, place), body.subarray(place)];
  switch (kind) {
    case 'flip':
      return Buffer.concat([head, Buffer.of((tail[0] ?? 0) ^ (bytes[0] ?? 1) || 1), tail.subarray(1)]);
    case 'cut':
      return head;
    case 'insert':
      return Buffer.concat([head, bytes, tail]);
    case 'double':
      return Buffer.concat([head, tail.subarray(0, 100), tail]);
  }
}

async function requireWhole(ingest: Ingest, store: MemoryStore, log: TestLog, body: Uint8Array, encoding: BodyEncoding): Promise<void> {
  const before = Buffer.from(store.bytesOf(log.logId));
  const outcome = await outcomeOf(ingest.entries(principal, body, encoding));
  const after = Buffer.from(store.bytesOf(log.logId));
  if (outcome instanceof Refusal) {
    assert.ok(isWireProblemCode(outcome.code) && outcome.code !== 'INTERNAL' && outcome.code !== 'UNAVAILABLE', outcome.message);
    assert.deepEqual(after, before, 'refused, and stored in part');
  } else {
    // A mutation of what is not signed: white space in the head, say.
    assert.deepEqual(after, Buffer.from(log.bytes(0, outcome.size)));
  }
}

test('mutated bodies are refused whole, or are what was signed', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.boolean(), async (mutations, packed, outside) => {
      const store = new MemoryStore();
      const { ingest } = await collectorOf(store);
      const log = new TestLog(1, 'a', 12);
      await ingest.enrol(principal, log.enrolment());
      await ingest.entries(principal, log.body(0, 5), 'identity');
      const { cosignature } = await ingest.entries(principal, log.body(5, 5), 'identity');
      const good = log.body(5, 12, { seen: `${log.note(5)}${cosignature}\n` });
      const mutated = mutations.reduce(mutate, packed && outside ? gzipSync(good) : good);
      await requireWhole(ingest, store, log, packed && !outside ? gzipSync(mutated) : mutated, packed ? 'gzip' : 'identity');
      assert.deepEqual((await store.alarms({}, 10)).filter(({ kind }) => kind !== 'ROOT_MISMATCH'), []);
      // Whatever came: the good one is still taken, where it was not already.
      const last = await codeOf(ingest.entries(principal, good, 'identity'));
      assert.ok(last === undefined || last === 'SIZE_CONFLICT', last);
      assert.equal(ingest.log(log.logId)?.size, 12);
    }),
    { numRuns: 400 },
  );
});

test('random bytes, random heads, random texts: a code for each', async () => {
  const store = new MemoryStore();
  const { ingest } = await collectorOf(store);
  const log = new TestLog(1, 'a', 3);
  await ingest.enrol(principal, log.enrolment());
  const note = fc.oneof(fc.string(), fc.constantFrom(log.note(), log.note(2), new TestLog(2).note()));
  const count = fc.oneof(fc.nat(5), fc.integer(), fc.constant(2 ** 53));
  const base = fc.option(fc.record({ size: count, ts: fc.string(), frontier: fc.array(fc.string()), note }), { nil: undefined });
  const head = fc.record({ old: count, size: count, note, seen: fc.option(note, { nil: undefined }), base });
  const parts = fc.tuple(head, fc.uint8Array({ maxLength: 40 }));
  const headed = parts.map(([value, rest]) => Buffer.concat([utf8(`${JSON.stringify(value)}\n`), rest]));
  const bodies = fc.oneof(fc.uint8Array({ maxLength: 300 }), headed);
  const encodings = fc.constantFrom<BodyEncoding>('gzip', 'identity');
  await fc.assert(
    fc.asyncProperty(bodies, encodings, (body, encoding) => requireWhole(ingest, store, log, body, encoding)),
    { numRuns: 400 },
  );
  const enrolment = fc.record({ vkey: fc.oneof(fc.string(), fc.constant(log.vkey)), note });
  const text = fc.oneof(fc.string(), fc.json(), enrolment.map((value) => JSON.stringify(value)));
  await fc.assert(
    fc.asyncProperty(text, async (given) => {
      for (const call of [ingest.enrol(principal, given), ingest.evidence(principal, log.logId, given)]) {
        const code = await codeOf(call);
        assert.ok(code === undefined || code !== 'INTERNAL');
      }
    }),
    { numRuns: 200 },
  );
});
