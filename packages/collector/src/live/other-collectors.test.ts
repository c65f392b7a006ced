// Two collectors on one store: what one takes in, a reader of the other hears of. One process, one database: one file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { all, parse } from '@agent-audit/search';
import type { ManualClock } from 'agent-audit/testing';
import type { Database } from '../db/database.ts';
import { collectorOf, principalOf, type TestCollector, TestLog } from '../ingest/log.test.support.ts';
import { openStore } from '../store/open-store.ts';
import { cannotEmbed, temporaryDatabase } from '../store/store.test.support.ts';
import type { ArrivalsRequest, Store } from '../store/store.ts';
import { Live } from './live.ts';
import { OtherCollectors } from './other-collectors.ts';
import { liveQuery } from './recent.ts';
import type { Tail } from './tail.ts';

const skip = cannotEmbed;
const principal = principalOf();
let database: Database;
let remove = async (): Promise<void> => {};

/** One of several collectors on the database. */
class Member {
  readonly store: Store;
  readonly ingesting: TestCollector;
  readonly live: Live;
  readonly others: OtherCollectors;
  readonly troubles: string[];

  private constructor(store: Store, ingesting: TestCollector, live: Live, others: OtherCollectors, troubles: string[]) {
    this.store = store;
    this.ingesting = ingesting;
    this.live = live;
    this.others = others;
    this.troubles = troubles;
  }

  static async open(collector: string, isFailing: () => boolean = () => false): Promise<Member> {
    const store = await openStore({ database, collector, isShared: true });
    const ingesting = await collectorOf(store, { shared: true });
    const live = new Live({ clock: ingesting.clock, store });
    ingesting.ingest.onStored(live.stored);
    const troubles: string[] = [];
    const asked = {
      arrivals: (request: ArrivalsRequest) => store.arrivals(request),
      othersRecords: () => (isFailing() ? Promise.reject(new Error('no answer')) : store.othersRecords()),
    };
    const onTrouble = (code: string): void => void troubles.push(code);
    const others = await OtherCollectors.open({ store: asked, own: ingesting.ingest, live, clock: ingesting.clock, onTrouble });
    return new Member(store, ingesting, live, others, troubles);
  }

  get clock(): ManualClock {
    return this.ingesting.clock;
  }

  /** Lets time pass until something holds. */
  async until(holds: () => boolean): Promise<void> {
    for (let turn = 0; !holds(); turn++) {
      assert.ok(turn < 1_000, 'it never came');
      await this.pass();
    }
  }

  /** A second, and a while for what it begins. */
  async pass(): Promise<void> {
    this.clock.advance(1_000);
    await this.store.count({ visible: {}, query: all });
  }

  follow(q = ''): Tail {
    return this.live.tail({ visible: { tenant: 'acme' }, query: liveQuery(parse(q), q), signal: new AbortController().signal });
  }

  async close(): Promise<void> {
    await this.others.close();
    await this.ingesting.ingest.close();
  }
}

before(async () => {
  if (skip !== false) return;
  ({ database, remove } = await temporaryDatabase());
});
after(async () => remove());

/** The seqs of the next events. */
async function nextOf(pieces: ReturnType<Tail['pieces']>): Promise<readonly number[]> {
  const piece = await pieces.next();
  return (piece.value ?? []).flatMap((message) => (message.kind === 'event' ? [message.event.seq] : []));
}

test('what comes in at one is told by the other, once, and its log is known there', { skip }, async () => {
  const a = await Member.open('a');
  const b = await Member.open('b');
  const log = new TestLog(31, 'agent-1', 3);
  const pieces = a.follow().pieces();
  assert.deepEqual(await nextOf(pieces), []);
  await b.ingesting.ingest.enrol(principal, log.enrolment());
  await b.ingesting.ingest.entries(principal, log.body(0), 'identity');
  assert.deepEqual(a.others.logs({ tenant: 'acme' }), []);
  await a.until(() => a.live.recent.end === 3);
  assert.deepEqual(await nextOf(pieces), [0, 1, 2]);
  assert.deepEqual(a.others.log(log.logId)?.size, 3);
  assert.deepEqual(a.others.logs({ tenant: 'globex' }), []);
  log.write(2);
  await b.ingesting.ingest.entries(principal, log.body(3), 'identity');
  await a.until(() => a.live.recent.end === 5);
  assert.deepEqual(await nextOf(pieces), [3, 4]);
  for (let second = 0; second < 5; second++) await a.pass();
  assert.equal(a.live.recent.end, 5);
  assert.equal(b.live.recent.end, 5);
  assert.deepEqual(
    a.others.logs({ tenant: 'acme' }).map(({ size }) => size),
    [5],
  );
  await a.close();
  await b.close();
});

test('while the store does not answer nothing is lost, and it is told once', { skip }, async () => {
  let isFailing = false;
  const a = await Member.open('c', () => isFailing);
  const b = await Member.open('d');
  const log = new TestLog(32, 'agent-2', 2);
  const pieces = a.follow().pieces();
  await nextOf(pieces);
  isFailing = true;
  await b.ingesting.ingest.enrol(principal, log.enrolment());
  await b.ingesting.ingest.entries(principal, log.body(0), 'identity');
  await a.until(() => a.troubles.length > 0);
  for (let second = 0; second < 5; second++) await a.pass();
  assert.deepEqual(a.troubles, ['OTHERS_UNHEARD']);
  isFailing = false;
  await a.until(() => a.troubles.length > 1);
  assert.deepEqual(await nextOf(pieces), [0, 1]);
  assert.deepEqual(a.troubles, ['OTHERS_UNHEARD', 'OTHERS_HEARD']);
  await a.close();
  await b.close();
});
