// What readers meet when the store fails, hangs, or is asked for too much: the routes on a store that does what the test says.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test, type TestContext } from 'node:test';
import fastify from 'fastify';
import { ManualClock } from 'agent-audit/testing';
import { DatabaseError } from '../db/database.ts';
import { MemoryJournal } from '../ingest/log.test.support.ts';
import { Live } from '../live/live.ts';
import type { Principal } from '../principal.ts';
import { problemHandler } from '../server/problems.ts';
import type { EventStore } from '../store/store.ts';
import type { ReadParts } from './parts.ts';
import { readRoutes } from './read-routes.ts';

const principal: Principal = { tokenId: 't', name: 'reader', tenant: 'acme', scopes: ['read'] };
type TestStore = Partial<EventStore>;

interface Served {
  readonly port: number;
  readonly journal: MemoryJournal;
}

async function serve(t: TestContext, store: TestStore, limits: ReadParts['limits'] = {}): Promise<Served> {
  const clock = new ManualClock();
  const journal = new MemoryJournal();
  const app = fastify({ exposeHeadRoutes: false });
  app.setErrorHandler(problemHandler(journal));
  const whole = { ...store, alarms: async () => [], cosigners: async () => [] } as unknown as ReadParts['store'];
  const parts: ReadParts = {
    store: whole,
    logs: { log: () => undefined, logs: () => [] },
    prover: { proof: () => assert.fail('nothing is proven here') },
    authorise: () => principal,
    tokenWatch: { watch: () => () => {} },
    journal,
    clock,
    live: new Live({ clock, store: whole }),
    facts: { version: '0', store: 'embedded', tokenOf: () => assert.fail('nobody asks'), isRelay: () => false },
    limits,
  };
  await app.register(readRoutes(parts));
  await app.listen({ host: '127.0.0.1', port: 0 });
  t.after(() => app.close());
  return { port: (app.server.address() as AddressInfo).port, journal };
}

async function open({ port }: Served, path: string): Promise<{ answer: IncomingMessage; give: () => void }> {
  const asked = request({ host: '127.0.0.1', port, path, agent: false }).end();
  asked.on('error', () => {});
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => {});
  return { answer, give: () => asked.destroy() };
}

async function textOf(answer: IncomingMessage): Promise<{ text: string; isWhole: boolean }> {
  const pieces: Buffer[] = [];
  answer.on('data', (piece: Buffer) => pieces.push(piece));
  await new Promise<void>((resolve) => {
    answer.once('close', () => resolve());
  });
  return { text: Buffer.concat(pieces).toString(), isWhole: answer.complete };
}

const line = '{"seq":0,"type":"x"}\n';
const cutOff = async function* (): AsyncGenerator<Uint8Array> {
  yield Buffer.from(line);
  throw new DatabaseError('DB_UNAVAILABLE', 'gone');
};

test('an export that is cut ends in a problem, breaks off, and has no trailer', async (t) => {
  const served = await serve(t, { export: cutOff });
  const { answer } = await open(served, '/v1/export');
  const { text, isWhole } = await textOf(answer);
  assert.equal(isWhole, false);
  const [first, last = ''] = text.trimEnd().split('\n');
  assert.equal(`${first}\n`, line);
  const { code, detail } = JSON.parse(last) as Record<string, unknown>;
  assert.equal(code, 'UNAVAILABLE');
  assert.match(String(detail), /cut off after 1 events/);
  assert.deepEqual(answer.trailers, {});
  const told = served.journal.entries.map(({ message, outcome, details }) => [message, outcome, details?.['rows']]);
  assert.deepEqual(told, [
    ['Export began', 'success', 0],
    ['Export cut off', 'failure', 1],
  ]);
});

test('an export of csv that is cut breaks off as well', async (t) => {
  const { answer } = await open(await serve(t, { export: cutOff }), '/v1/export?format=csv');
  assert.equal((await textOf(answer)).isWhole, false);
});

test('an export that fails before it began is refused, and a whole one has its trailer', async (t) => {
  const store: TestStore = {
    async *export({ query }) {
      if (query.kind !== 'all') throw new DatabaseError('DB_TIMEOUT', 'too long');
      yield Buffer.from(line + line);
    },
  };
  const served = await serve(t, store);
  const refused = await open(served, '/v1/export?q=x');
  assert.equal(refused.answer.statusCode, 503);
  const whole = await open(served, '/v1/export');
  assert.deepEqual(await textOf(whole.answer), { text: line + line, isWhole: true });
  assert.equal(whole.answer.trailers['agent-audit-rows'], '2');
});

test('an export is read from the store no faster than it is taken', async (t) => {
  let pieces = 0;
  let isEnded = false;
  const store: TestStore = {
    async *export() {
      try {
        for (; pieces < 1_000; pieces++) yield Buffer.alloc(1024 * 1024, 'x');
      } finally {
        isEnded = true;
      }
    },
  };
  const { answer, give } = await open(await serve(t, store), '/v1/export');
  answer.pause();
  let known = -1;
  while (pieces !== known) {
    known = pieces;
    for (let turn = 0; turn < 200; turn++)
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
  }
  assert.ok(pieces < 100, `${pieces} MiB were read for a reader that takes nothing`);
  give();
  await until(() => isEnded);
});

test('a reader that goes away ends what the store does for it, and gives its place back', async (t) => {
  let signal: AbortSignal | undefined;
  const store: TestStore = {
    count: async (asked) => {
      signal = asked.signal;
      await once(asked.signal ?? assert.fail('no signal'), 'abort');
      throw new Error('ended');
    },
    events: async () => ({ events: [], more: false }),
  };
  const served = await serve(t, store, { atOncePerToken: 1 });
  const asked = request({ host: '127.0.0.1', port: served.port, path: '/v1/events/count', agent: false }).end();
  asked.on('error', () => {});
  await until(() => signal !== undefined);
  const second = await open(served, '/v1/events');
  assert.equal(second.answer.statusCode, 429);
  assert.equal(second.answer.headers['retry-after'], '1');
  assert.equal((JSON.parse((await textOf(second.answer)).text) as Record<string, unknown>)['code'], 'RATE_LIMITED');
  asked.destroy();
  await until(() => signal?.aborted === true);
  const third = await open(served, '/v1/events');
  assert.equal(third.answer.statusCode, 200);
});

test('so many requests of one token, then it waits', async (t) => {
  const served = await serve(t, { events: async () => ({ events: [], more: false }) }, { requests: { perSecond: 1, burst: 2 } });
  const statuses: (number | undefined)[] = [];
  for (let count = 0; count < 3; count++) {
    const { answer } = await open(served, '/v1/events');
    answer.resume();
    statuses.push(answer.statusCode);
  }
  assert.deepEqual(statuses, [200, 200, 429]);
});

async function until(holds: () => boolean): Promise<void> {
  for (let turn = 0; turn < 100_000; turn++) {
    if (holds()) return;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  assert.fail('it never came');
}
