import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { ManualClock } from 'agent-audit/testing';
import fc from 'fast-check';
import { type Body, type BodyEncoding, readBody } from './body.ts';
import { Budget } from './budget.ts';
import { Lanes } from './lanes.ts';
import { defaultIngestLimits, type IngestLimits } from './limits.ts';
import { codeOf } from './log.test.support.ts';
import { RateLimiter } from './rate-limiter.ts';

const clock = new ManualClock();

function read(body: Body, encoding: BodyEncoding, more: Partial<IngestLimits> = {}, budget = new Budget(1 << 30)): Promise<Uint8Array> {
  const limits = { ...defaultIngestLimits, ...more };
  return readBody(body, { encoding, limits, clock, share: budget.open() });
}

/** Pieces of these bytes, and how many were asked for. */
function piecesOf(bytes: Uint8Array, pieceBytes: number): { body: AsyncIterable<Uint8Array>; asked: () => number } {
  let asked = 0;
  async function* pieces(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < bytes.length; at += pieceBytes) {
      asked++;
      yield bytes.subarray(at, at + pieceBytes);
    }
  }
  return { body: pieces(), asked: () => asked };
}

test('a body comes whole in any pieces, packed or not', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 1, max: 700 }), async (bytes, piece) => {
      assert.deepEqual(Buffer.from(await read(piecesOf(bytes, piece).body, 'identity')), Buffer.from(bytes));
      assert.deepEqual(Buffer.from(await read(piecesOf(gzipSync(bytes), piece).body, 'gzip')), Buffer.from(bytes));
      assert.deepEqual(Buffer.from(await read(gzipSync(bytes), 'gzip')), Buffer.from(bytes));
    }),
  );
});

test('reading stops at the first piece too many', async () => {
  const { body, asked } = piecesOf(new Uint8Array(10_000), 100);
  assert.equal(await codeOf(read(body, 'identity', { bodyBytesMax: 1000 })), 'BODY_TOO_LARGE');
  assert.equal(asked(), 11);
  assert.equal(await codeOf(read(new Uint8Array(1001), 'identity', { bodyBytesMax: 1000 })), 'BODY_TOO_LARGE');
});

test('a bomb is not inflated: neither beyond the bytes, nor beyond the ratio, nor beyond what it says of itself', async () => {
  const bomb = gzipSync(Buffer.alloc(20_000_000));
  assert.equal(await codeOf(read(bomb, 'gzip')), 'BODY_TOO_LARGE');
  const million = gzipSync(Buffer.alloc(4_000_000));
  assert.equal(await codeOf(read(million, 'gzip')), 'BODY_TOO_LARGE', 'a thousand to one');
  assert.equal((await read(million, 'gzip', { inflationRatioMax: 2000 })).length, 4_000_000);
  const liar = Buffer.from(bomb);
  liar.writeUInt32LE(1000, liar.length - 4);
  assert.equal(await codeOf(read(liar, 'gzip')), 'REQUEST_MALFORMED');
  const twice = Buffer.concat([gzipSync('one'), gzipSync('two')]);
  assert.equal(await codeOf(read(twice, 'gzip')), 'REQUEST_MALFORMED');
});

test('what is not gzip, is cut off or was altered is refused', async () => {
  const packed = gzipSync('{"old":0}\n'.repeat(50));
  for (const bad of [Buffer.alloc(0), Buffer.from('plain text that is no gzip'), packed.subarray(0, -1), packed.subarray(0, 30)]) {
    assert.match((await codeOf(read(bad, 'gzip'))) ?? '', /REQUEST_MALFORMED|BODY_TOO_LARGE/);
  }
  await fc.assert(
    fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
      const altered = Buffer.from(packed);
      altered[at] = (altered[at] ?? 0) ^ flip;
      const same = read(altered, 'gzip').then((bytes) => assert.equal(Buffer.from(bytes).toString(), '{"old":0}\n'.repeat(50)));
      const code = await codeOf(same);
      assert.ok(code === undefined || code === 'REQUEST_MALFORMED' || code === 'BODY_TOO_LARGE', code);
    }),
  );
});

test('a body that drips, hangs or breaks off ends at the deadline', async () => {
  const budget = new Budget(1000);
  // Never another piece: the promise that stays open is the peer that says nothing.
  const hanging: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => {
      let first = true;
      return {
        next: () => {
          if (!first) return new Promise(() => {});
          first = false;
          return Promise.resolve({ done: false, value: new Uint8Array(10) });
        },
      };
    },
  };
  const slow = codeOf(read(hanging, 'identity', {}, budget));
  await Promise.resolve();
  clock.advance(defaultIngestLimits.bodyDeadlineMs);
  assert.equal(await slow, 'UNAVAILABLE');
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield new Uint8Array(3);
    throw new Error('ECONNRESET');
  }
  assert.equal(await codeOf(read(broken(), 'identity')), 'REQUEST_MALFORMED');
});

test('bytes in flight are bounded, and come back', async () => {
  const budget = new Budget(1000);
  {
    using share = budget.open();
    share.take(600);
    assert.equal(await codeOf(read(new Uint8Array(500), 'identity', {}, budget)), 'UNAVAILABLE');
    share.give(200);
    assert.equal(budget.bytes, 400);
    assert.throws(() => budget.open().take(601), { code: 'UNAVAILABLE' });
  }
  assert.equal(budget.bytes, 0);
});

test('a token has its rate, for a while its burst, and others theirs', () => {
  const time = new ManualClock();
  const limiter = new RateLimiter(time, { perSecond: 2, burst: 3 }, 'requests');
  const takes = (key: string): string => {
    try {
      limiter.take(key);
      return 'ok';
    } catch (error) {
      return `${(error as { code: string }).code} ${(error as { retryAfterSeconds: number }).retryAfterSeconds}`;
    }
  };
  assert.deepEqual([takes('a'), takes('a'), takes('a'), takes('a'), takes('b')], ['ok', 'ok', 'ok', 'RATE_LIMITED 1', 'ok']);
  time.advance(500);
  assert.deepEqual([takes('a'), takes('a')], ['ok', 'RATE_LIMITED 1']);
  time.jump(3_600_000);
  assert.equal(takes('a'), 'RATE_LIMITED 1', 'a wall clock that is set gives nothing');
  time.advance(60_000);
  assert.deepEqual([takes('a'), takes('a'), takes('a'), takes('a')], ['ok', 'ok', 'ok', 'RATE_LIMITED 1']);
});

test('jobs of one log run one at a time, in order; of others beside it; too many bytes are refused', async () => {
  const lanes = new Lanes(100);
  const ran: string[] = [];
  let open: () => void = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const first = lanes.run('a', 200, async () => {
    await gate;
    ran.push('a1');
  });
  const second = lanes.run('a', 0, async () => {
    ran.push('a2');
    throw new Error('of its own');
  });
  assert.equal(await codeOf(lanes.run('a', 1, async () => {})), 'UNAVAILABLE');
  await lanes.run('b', 100, async () => void ran.push('b1'));
  open();
  await first;
  await assert.rejects(second, /of its own/);
  await lanes.run('a', 100, async () => void ran.push('a3'));
  await lanes.idle();
  assert.deepEqual(ran, ['b1', 'a1', 'a2', 'a3']);
});
