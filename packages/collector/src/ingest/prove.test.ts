import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  decodeBase64,
  inclusionProof,
  parsePolicy,
  parseProof,
  parseVerifierKey,
  rootOfLeaves,
  utf8,
  verifyConsistency,
  verifyProof,
} from '@agent-audit/log';
import { nodeHasher, verifyEd25519 } from 'agent-audit/files';
import fc from 'fast-check';
import { FaultyStore } from './faulty-store.test.support.ts';
import type { Ingest } from './ingest.ts';
import { codeOf, collectorOf, ownLine, principalOf, TestLog } from './log.test.support.ts';
import { MemoryStore } from './memory-store.test.support.ts';

const principal = principalOf();

/** Sends what the collector lacks, in requests of these sizes. */
async function send(ingest: Ingest, log: TestLog, pieces: readonly number[]): Promise<void> {
  for (const piece of pieces) {
    const old = ingest.log(log.logId)?.size ?? 0;
    const size = Math.min(log.size, old + piece);
    if (size > old) await ingest.entries(principal, log.body(old, size), 'identity');
  }
}

/** With the key of the log alone, and with a policy that asks for the collector's cosignature. */
function requireProof(log: TestLog, seq: number, proven: { line: Uint8Array; proof: string; vkey: string; cosigner: string }): void {
  assert.equal(proven.vkey, log.vkey);
  const policy = parsePolicy(`log ${proven.vkey}\nwitness w ${proven.cosigner}\nquorum w\n`);
  const held = verifyProof({ event: proven.line, proof: proven.proof, policy, verify: verifyEd25519 });
  assert.equal(held.index, seq);
  const { proof } = parseProof(proven.proof);
  assert.deepEqual(proof, inclusionProof(log.leaves.slice(0, held.checkpoint.size), seq, nodeHasher));
}

async function requireConsistency(ingest: Ingest, log: TestLog, oldSize: number): Promise<void> {
  const { size, oldRoot, proof } = await ingest.consistency(log.logId, oldSize);
  const decoded = proof.map((hash) => decodeBase64(hash) ?? new Uint8Array(0));
  const [old, now] = [rootOfLeaves(log.leaves.slice(0, oldSize), nodeHasher), rootOfLeaves(log.leaves.slice(0, size), nodeHasher)];
  assert.deepEqual(decodeBase64(oldRoot), old);
  verifyConsistency({ oldSize, newSize: size, oldRoot: old, newRoot: now, proof: decoded }, nodeHasher);
}

test('any line of any tree is proven, and any two sizes, as they would be from all leaves', async () => {
  const pieces = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 5 });
  const some = fc.array(fc.nat(), { minLength: 4, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 1600 }), pieces, some, async (lines, sizes, picks) => {
      const { ingest } = await collectorOf(new MemoryStore());
      const log = new TestLog(1, 'a', lines);
      await ingest.enrol(principal, log.enrolment());
      await send(ingest, log, [...sizes, lines]);
      for (const pick of picks) {
        const seq = pick % lines;
        requireProof(log, seq, await ingest.proof(log.logId, seq));
        await requireConsistency(ingest, log, seq + 1);
      }
      await ingest.close();
    }),
    { numRuns: 40 },
  );
});

test('a tree of three tiers is proven from its stored roots and few lines', async () => {
  const store = new MemoryStore();
  const { ingest } = await collectorOf(store);
  const log = new TestLog(2, 'a', 66_700);
  await ingest.enrol(principal, log.enrolment());
  await send(ingest, log, Array.from({ length: 7 }, () => 10_000));
  let read = 0;
  const lines = store.lines.bind(store);
  store.lines = (logId, from, to) => {
    read += to - from;
    return lines(logId, from, to);
  };
  for (const seq of [0, 255, 256, 65_535, 65_536, 66_000, 66_699]) {
    read = 0;
    requireProof(log, seq, await ingest.proof(log.logId, seq));
    assert.ok(read <= 1 + 2 * 256, `${read} lines for ${seq}`);
  }
  for (const oldSize of [1, 256, 65_536, 66_000]) await requireConsistency(ingest, log, oldSize);
});

test('behind gaps, with erased lines, before a gap: what is there is proven, what never came is said', async () => {
  const gap = fc.record({ sent: fc.integer({ min: 1, max: 600 }), lost: fc.integer({ min: 1, max: 600 }) });
  const some = fc.array(gap, { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(some, fc.integer({ min: 1, max: 600 }), fc.nat(), async (gaps, last, pick) => {
      const { ingest } = await collectorOf(new MemoryStore());
      const total = gaps.reduce((sum, { sent, lost }) => sum + sent + lost, 0) + last;
      const log = new TestLog(3, 'a', total);
      await ingest.enrol(principal, log.enrolment());
      let at = 0;
      const stretches: { from: number; to: number }[] = [];
      for (const { sent, lost } of [...gaps, { sent: last, lost: 0 }]) {
        const more = at > 0 ? { base: log.base(at) } : {};
        await ingest.entries(principal, log.body(at, at + sent, more), 'identity');
        stretches.push({ from: at, to: at + sent });
        at += sent + lost;
      }
      for (const { from, to } of stretches) {
        for (const seq of [from, from + (pick % (to - from)), to - 1]) requireProof(log, seq, await ingest.proof(log.logId, seq));
        if (to < total) assert.equal(await codeOf(ingest.proof(log.logId, to)), 'NOT_FOUND');
      }
      await requireConsistency(ingest, log, Math.max(1, stretches.at(-1)?.from ?? 1));
      assert.equal(await codeOf(ingest.proof(log.logId, total)), 'NOT_FOUND');
      await ingest.close();
    }),
    { numRuns: 40 },
  );
});

test('erased lines become stubs when the log says so, and are proven as what they were', async () => {
  const store = new MemoryStore();
  const { ingest } = await collectorOf(store);
  const log = new TestLog(4, 'a', 300);
  log.add(ownLine(300, 'log.erasure', { seqs: [3, 4, 299, 300, 999], why: 'request 7', by: 'dpo' })).write(20);
  await ingest.enrol(principal, log.enrolment());
  await send(ingest, log, [200, 200]);
  await ingest.idle();
  assert.deepEqual(store.erased.map(({ seq }) => seq), [3, 4, 299]);
  assert.deepEqual(ingest.log(log.logId)?.erasing, []);
  for (const seq of [3, 299]) {
    const proven = await ingest.proof(log.logId, seq);
    assert.deepEqual(Buffer.concat([proven.line, utf8('\n')]), Buffer.from(log.stub(seq)));
    requireProof(log, seq, proven);
  }
  for (const seq of [2, 300, 310]) requireProof(log, seq, await ingest.proof(log.logId, seq));
});

test('an erasure that was cut off, or that the store refused, is finished later', async () => {
  const store = new MemoryStore();
  const first = await collectorOf(store);
  const log = new TestLog(5, 'a', 10);
  log.add(ownLine(10, 'log.erasure', { seqs: [1, 2], why: 'w', by: 'b' }));
  await first.ingest.enrol(principal, log.enrolment());
  const erase = store.erase.bind(store);
  store.erase = () => Promise.reject(new Error('the store refuses'));
  await send(first.ingest, log, [11]);
  await first.ingest.idle();
  assert.deepEqual(ingestOf(first)?.erasing, [1, 2]);
  store.erase = erase;
  first.clock.advance(60_000);
  await first.ingest.idle();
  assert.deepEqual([ingestOf(first)?.erasing, store.erased.length], [[], 2]);
  await first.ingest.close();

  log.add(ownLine(11, 'log.erasure', { seqs: [5], why: 'w', by: 'b' }));
  const second = await collectorOf(store);
  store.erase = () => Promise.reject(new Error('the store refuses'));
  await send(second.ingest, log, [1]);
  await second.ingest.idle();
  store.erase = erase;
  const third = await collectorOf(store);
  await third.ingest.idle();
  assert.deepEqual([ingestOf(third)?.erasing, store.erased.at(-1)?.seq], [[], 5]);

  function ingestOf({ ingest }: { ingest: Ingest }): ReturnType<Ingest['log']> {
    return ingest.log(log.logId);
  }
});

test('an erasure of a commit whose success was not told is done when the collector has read that back', async () => {
  const memory = new MemoryStore();
  const store = new FaultyStore(memory);
  const { ingest } = await collectorOf(store);
  const log = new TestLog(7, 'a', 10);
  log.add(ownLine(10, 'log.erasure', { seqs: [1], why: 'w', by: 'b' }));
  await ingest.enrol(principal, log.enrolment());
  store.breaks = () => 'answer';
  assert.equal(await codeOf(ingest.entries(principal, log.body(0), 'identity')), 'UNAVAILABLE');
  store.breaks = () => undefined;
  assert.equal(await codeOf(ingest.entries(principal, log.body(0), 'identity')), 'SIZE_CONFLICT');
  await ingest.idle();
  assert.deepEqual([memory.erased.map(({ seq }) => seq), ingest.log(log.logId)?.erasing], [[1], []]);
});

test('rows that were changed in the store prove nothing, and pruned ones are said to be gone', async () => {
  const store = new MemoryStore();
  const { ingest, journal } = await collectorOf(store);
  const log = new TestLog(6, 'a', 100);
  await ingest.enrol(principal, log.enrolment());
  await send(ingest, log, [100]);
  store.rows.get(log.logId)?.set(7, utf8('{"seq":7,"forged":true}\n'));
  assert.equal(await codeOf(ingest.proof(log.logId, 6)), 'INTERNAL');
  assert.equal(await codeOf(ingest.proof(log.logId, 7)), 'INTERNAL');
  assert.deepEqual(journal.entries.slice(1).map(({ type, severity }) => [type, severity]), [
    ['internal_error', 'CRITICAL'],
    ['internal_error', 'CRITICAL'],
  ]);
  store.rows.get(log.logId)?.delete(7);
  assert.equal(await codeOf(ingest.proof(log.logId, 7)), 'NOT_FOUND');
  assert.equal(await codeOf(ingest.proof(log.logId, 6)), 'NOT_FOUND');
  assert.equal(await codeOf(ingest.consistency(log.logId, 101)), 'REQUEST_MALFORMED');
  assert.equal(parseVerifierKey(ingest.vkey).name, 'collector.example');
});
