// A browser that closes a page gives its requests up. That is no fault of anybody: it is not written down as one, and not counted as one.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { test, type TestContext } from 'node:test';
import type { EventStore } from '../store/store.ts';
import { journalOf, start, type Started, until } from './collector.test.support.ts';

/** Asks for a count, of a store that answers only once nobody waits for it any more, and gives the request up. */
async function giveUp(t: TestContext, failure: (signal: AbortSignal) => unknown): Promise<Started> {
  let signal: AbortSignal | undefined;
  const count: EventStore['count'] = async (wanted) => {
    const own = wanted.signal ?? assert.fail('no signal');
    signal = own;
    await new Promise((resolve) => {
      own.addEventListener('abort', resolve);
    });
    throw failure(own);
  };
  const started = await start(t, {}, {}, { count });
  const headers = { authorization: `Bearer ${started.admin}` };
  const asked = request(`${started.collector.url}/v1/events/count`, { headers, agent: false }).end();
  asked.on('error', () => {});
  await until('it is asked', () => signal !== undefined);
  asked.destroy();
  return started;
}

const faults = ({ collector }: Started): readonly Record<string, unknown>[] => journalOf(collector, 'internal_error');

async function metricsOf({ ask, admin }: Started): Promise<string> {
  return (await ask('/metrics', { token: admin })).text;
}

test('a request that its reader gave up is no fault, and counts as 499', async (t) => {
  const started = await giveUp(t, (signal) => signal.reason);
  const counted = /_count\{method="GET",route="\/v1\/events\/count",status="(\d+)"\} 1/;
  await until('it is counted', async () => counted.test(await metricsOf(started)));
  assert.equal(counted.exec(await metricsOf(started))?.[1], '499');
  assert.deepEqual(faults(started), []);
});

test('a fault is one, whoever is left to hear of it', async (t) => {
  const started = await giveUp(t, () => new TypeError('a mistake'));
  await until('it is written down', () => faults(started).length === 1);
  assert.match(String(faults(started)[0]?.['error']), /a mistake/);
});

test('a body that breaks off is no fault', async (t) => {
  const started = await start(t);
  const headers = { authorization: `Bearer ${started.admin}`, 'content-type': 'application/json', 'content-length': '99' };
  const sent = request(`${started.collector.url}/v1/tokens`, { method: 'POST', headers, agent: false });
  sent.on('error', () => {});
  await new Promise((resolve) => {
    sent.write('{"name":', resolve);
  });
  await until('it has come', async () => /_connections [1-9]/.test(await metricsOf(started)));
  sent.destroy();
  await until('it is counted', async () => /route="\/v1\/tokens",status="499"\} 1/.test(await metricsOf(started)));
  assert.deepEqual(faults(started), []);
});
