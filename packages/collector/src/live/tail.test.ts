import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type TailMessage, utf8 } from '@agent-audit/log';
import { compile, parse } from '@agent-audit/search';
import { ManualClock } from 'agent-audit/testing';
import fc from 'fast-check';
import { isVisible } from '../ingest/ownership.ts';
import type { Visible } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { ArrivalsRequest, LineBatch, StoredEvent } from '../store/store.ts';
import { Live } from './live.ts';
import { liveQuery } from './recent.ts';
import type { Tail, TailPiece } from './tail.ts';

/** All that was ever stored, as a search of the store would find it: the model that tails are held against. */
class Arrivals {
  readonly events: StoredEvent[] = [];
  /** What happens while the store is at work the next time: its answer does not know of it. */
  meanwhile: () => void = () => {};

  add({ logId, origin, tenant, agent, from, bytes, receivedAtMs }: LineBatch): void {
    const lines = Buffer.from(bytes).toString().trimEnd().split('\n');
    for (const [index, line] of lines.entries())
      this.events.push({ logId, origin, tenant, agent, seq: from + index, line, receivedAtMs, timestampMs: 0, marks: [] });
  }

  async arrivals({ visible, query, receivedFromMs, after, limit }: ArrivalsRequest) {
    const matcher = compile(query);
    const found = this.events
      .filter((event) => isVisible(event, visible) && event.receivedAtMs >= receivedFromMs)
      .filter(({ line }) => query.kind === 'all' || matcher.matchesLine(line))
      .toSorted(byArrival)
      .filter((event) => after === undefined || byArrival(event, { ...after, receivedAtMs: after.receivedMs }) > 0);
    const { meanwhile } = this;
    this.meanwhile = () => {};
    meanwhile();
    return { events: found.slice(0, limit), more: found.length > limit };
  }
}

type Place = Pick<StoredEvent, 'receivedAtMs' | 'logId' | 'seq'>;
function byArrival(a: Place, b: Place): number {
  return a.receivedAtMs - b.receivedAtMs || a.logId.localeCompare(b.logId) || a.seq - b.seq;
}

class World {
  readonly clock = new ManualClock();
  readonly store = new Arrivals();
  live: Live;
  readonly #sizes = new Map<string, number>();
  readonly #received = new Map<string, number>();
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.live = this.#open();
  }

  /** Lines of a log come in, and were received a while ago. */
  come(log: number, lines: number, agoMs = 0): void {
    const logId = String(log).repeat(32);
    const from = this.#sizes.get(logId) ?? 0;
    const bytes = utf8(Array.from({ length: lines }, (_, index) => lineOf(from + index)).join(''));
    // One log's lines are received one after another, whatever those of others do.
    const receivedAtMs = Math.max(this.#received.get(logId) ?? 0, this.clock.now() - agoMs);
    this.#received.set(logId, receivedAtMs);
    const tenant = log % 2 === 0 ? 'acme' : 'globex';
    const batch = {
      logId,
      origin: `a${log}/${logId}`,
      tenant,
      agent: `a${log}`,
      from,
      bytes,
      lines,
      receivedAtMs,
    };
    this.#sizes.set(logId, from + lines);
    this.store.add(batch);
    this.live.stored([batch]);
  }

  /** The process ends, and another begins. */
  restart(): void {
    this.live.close();
    this.live = this.#open();
  }

  tail(q: string, visible: Visible, cursor?: string): TestTail {
    const query = parse(q);
    return new TestTail(this.live, { visible, query: liveQuery(query, q), ...(cursor === undefined ? {} : { cursor }) });
  }

  #open(): Live {
    return new Live({ clock: this.clock, store: this.store, recentBytesMax: this.#bytesMax });
  }
}

function lineOf(seq: number): string {
  const type = seq % 3 === 0 ? 'third' : 'other';
  return `{"seq":${seq},"timestamp":"2026-01-01T00:00:00.000Z","type":"${type}","severity":"INFO","message":"m"}\n`;
}

/** A reader that takes a piece when the test says so. */
class TestTail {
  readonly messages: TailMessage[] = [];
  readonly abort = new AbortController();
  readonly #pieces: AsyncGenerator<TailPiece, void>;
  #next: Promise<IteratorResult<TailPiece, void>> | undefined;

  constructor(live: Live, request: Omit<Parameters<Live['tail']>[0], 'signal'>) {
    const tail: Tail = live.tail({ ...request, signal: this.abort.signal });
    this.#pieces = tail.pieces();
  }

  /** Takes what there is, up to so many pieces. A piece that is not there when all else has been done does not come by itself. */
  async take(piecesMax = 1_000): Promise<void> {
    for (let count = 0; count < piecesMax; count++) {
      this.#next ??= this.#pieces.next();
      const piece = await Promise.race([this.#next, turn()]);
      if (piece === 'none') return;
      this.#next = undefined;
      if (piece.done === true) return;
      this.messages.push(...piece.value);
    }
  }

  get cursor(): string {
    return this.messages.flatMap((message) => (message.kind === 'gap' ? [] : [message.cursor])).at(-1) ?? '';
  }

  get seen(): string[] {
    return this.messages.flatMap((message) => (message.kind === 'event' ? [`${message.event.log.charAt(0)}:${message.event.seq}`] : []));
  }
}

async function turn(): Promise<'none'> {
  for (let count = 0; count < 8; count++)
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  return 'none';
}

test('a reader that is slower than what is held is told so, with the place to go on from, and misses nothing by going there', async () => {
  const world = new World(2_000);
  const slow = world.tail('', { tenant: 'acme' });
  await slow.take();
  world.come(0, 1);
  await slow.take();
  assert.deepEqual(slow.seen, ['0:0']);
  for (let count = 0; count < 20; count++) world.come(0, 5);
  await slow.take();
  const gap = slow.messages.find(({ kind }) => kind === 'gap');
  assert.ok(gap?.kind === 'gap');
  assert.ok(gap.gap.message.includes(`Last-Event-ID: ${slow.cursor}`), gap.gap.message);
  world.come(0, 1);
  await slow.take();
  assert.deepEqual(slow.seen, ['0:0', '0:101']);
  const again = world.tail('', { tenant: 'acme' }, /Last-Event-ID: (\S+)/.exec(gap.gap.message)?.[1]);
  await again.take();
  assert.deepEqual(
    again.seen,
    Array.from({ length: 101 }, (_, index) => `0:${index + 1}`),
  );
});

test('another process goes on where the last one ended', async () => {
  const world = new World(100_000);
  const first = world.tail('type:third', {});
  world.come(0, 4);
  world.come(1, 4);
  await first.take();
  assert.deepEqual(first.seen, ['0:0', '0:3', '1:0', '1:3']);
  world.come(0, 3);
  world.restart();
  world.come(1, 3);
  const second = world.tail('type:third', {}, first.cursor);
  await second.take();
  // Received in the moment of the last event: told once more, rather than not at all.
  assert.deepEqual(new Set(second.seen), new Set(['0:0', '0:3', '0:6', '1:6']));
  world.come(0, 3);
  await second.take();
  assert.deepEqual(second.seen.slice(-1), ['0:9']);
});

test('lines that are erased are not held any more', async () => {
  const world = new World(100_000);
  const tail = world.tail('', {});
  await tail.take();
  world.come(0, 3);
  const bytes = utf8('{"seq":3,"type":"log.erasure","details":{"seqs":[1]}}\n');
  const logId = '0'.repeat(32);
  world.live.stored([{ logId, origin: `a/${logId}`, tenant: 'acme', agent: 'a', from: 3, bytes, lines: 1, receivedAtMs: 0 }]);
  assert.equal(world.live.recent.start, 3);
  await tail.take();
  assert.equal(tail.messages[1]?.kind, 'gap');
});

test('a cursor that is none is refused', () => {
  const world = new World(1_000);
  for (const cursor of ['', 'x', Buffer.from('1 abc').toString('base64url')]) {
    assert.throws(
      () => world.tail('', {}, cursor),
      (error) => error instanceof Refusal && error.code === 'CURSOR_MALFORMED',
    );
  }
});

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({ kind: fc.constant('come' as const), log: fc.nat(3), lines: fc.integer({ min: 1, max: 9 }), agoMs: fc.nat(900) }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('take' as const), pieces: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('meanwhile' as const), log: fc.nat(3), times: fc.integer({ min: 1, max: 9 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(20_000) }) },
);

test('whatever is cut, restarted or let go of: a reader that comes back is told all that it may see, each log in order', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.constantFrom('', 'type:third'), async (steps, q) => {
      const world = new World(1_500);
      const visible = { tenant: 'acme' };
      const told = new Set<string>();
      let tail = world.tail(q, visible);
      await tail.take(1);
      let cursor = tail.cursor;
      const goOn = (): void => {
        for (const seen of tail.seen) told.add(seen);
        requireOrdered(tail.seen);
        tail.abort.abort();
        cursor = cursorBeforeGap(tail) ?? cursor;
        tail = world.tail(q, visible, cursor);
      };
      for (const each of steps) {
        if (each.kind === 'come') world.come(each.log, each.lines, each.agoMs);
        if (each.kind === 'take') await tail.take(each.pieces);
        if (each.kind === 'wait') world.clock.advance(each.ms);
        if (each.kind === 'restart') world.restart();
        if (each.kind === 'meanwhile') world.store.meanwhile = () => comeOften(world, each.log, each.times);
        const hasGap = tail.messages.some(({ kind }) => kind === 'gap');
        if (each.kind === 'cut' || each.kind === 'restart' || (each.kind === 'take' && hasGap)) goOn();
      }
      world.store.meanwhile = () => {};
      for (let round = 0; round < 2; round++) {
        goOn();
        await tail.take();
      }
      for (const seen of tail.seen) told.add(seen);
      const all = world.store.events.filter(({ tenant, seq }) => tenant === 'acme' && (q === '' || seq % 3 === 0));
      assert.deepEqual([...told].toSorted(), all.map(({ logId, seq }) => `${logId.charAt(0)}:${seq}`).toSorted());
    }),
    { numRuns: 60 },
  );
});

function comeOften(world: World, log: number, times: number): void {
  for (let count = 0; count < times; count++) world.come(log, 4, 100 * count);
}

/** What a reader goes on with: the place before the first gap. */
function cursorBeforeGap({ messages }: TestTail): string | undefined {
  const gap = messages.findIndex(({ kind }) => kind === 'gap');
  const before = gap < 0 ? messages : messages.slice(0, gap);
  return before.flatMap((message) => (message.kind === 'gap' ? [] : [message.cursor])).at(-1);
}

function requireOrdered(seen: readonly string[]): void {
  const next = new Map<string, number>();
  for (const each of seen) {
    const [log = '', seq = ''] = each.split(':');
    assert.ok(Number(seq) >= (next.get(log) ?? 0), `${each} comes again, or too late: ${seen.join(' ')}`);
    next.set(log, Number(seq) + 1);
  }
}
