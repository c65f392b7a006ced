import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { all, parse } from '@agent-audit/search';
import { cannotEmbed, kinds } from '../../db/database.test.support.ts';
import { openStore } from '../open-store.ts';
import type { EventsRequest, LineBatch, Store } from '../store.ts';

const startMs = Date.parse('2026-11-24T14:00:00.000Z');
const logOf = (agent: string): string => agent.padEnd(32, '0');

interface Told {
  readonly type?: string;
  readonly [name: string]: unknown;
}

/** Lines of an agent, a second apart. */
function batch(tenant: string, agent: string, from: number, events: readonly (Told | string)[]): LineBatch {
  const lines = events.map((event, index) => {
    if (typeof event === 'string') return event;
    const timestamp = new Date(startMs + (from + index) * 1_000).toISOString();
    const head = { seq: from + index, timestamp, type: 'scan_started', severity: 'INFO', agent_id: agent, tenant_id: tenant };
    return JSON.stringify({ ...head, ...event });
  });
  const bytes = Buffer.from(lines.map((line) => `${line}\n`).join(''));
  const place = { logId: logOf(agent), origin: `${agent}/${logOf(agent)}`, tenant, agent };
  return { ...place, from, bytes, lines: lines.length, receivedAtMs: startMs + 3_600_000 };
}

const whole: Omit<EventsRequest, 'order' | 'limit'> = { visible: { tenant: 'acme' }, query: all };

async function textOf(pieces: AsyncIterable<Uint8Array>): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const piece of pieces) chunks.push(piece);
  return Buffer.concat(chunks).toString('utf8');
}

for (const { name, open } of kinds) {
  describe(`the event store, ${name}`, { skip: cannotEmbed }, () => {
    let store: Store;
    let remove: () => Promise<void>;
    const one = [
      { type: 'job_received', job_id: 'j-1' },
      { type: 'job_started', job_id: 'j-1', operation: 'start', span_id: 's1' },
      { type: 'upload_failed', job_id: 'j-1', severity: 'ERROR', error: '=cmd', duration_ms: 10, details: { tool: 'nuclei', n: 1 } },
      { type: 'job_completed', job_id: 'j-1', operation: 'end', span_id: 's1', duration_ms: 2_500, details: { findings_count: 7 } },
      { type: 'job_started', job_id: 'j-2', operation: 'start', span_id: 's2' },
      { type: 'log.close', details: { reason: 'rotate' } },
      { type: 'log.open' },
      { type: 'job_started', job_id: 'j-3', operation: 'start', span_id: 's3' },
    ];
    const two = [
      { type: 'job_started', job_id: 'k-1', operation: 'start', span_id: 't1' },
      'no JSON \ufffd',
      { type: 'log.open', tenant_id: 'other', agent_id: 'c' },
      { type: 'job_started', operation: 'start', span_id: 't2' },
      { type: 'job_timeout', operation: 'end', span_id: 't2', severity: 'ERROR', outcome: 'timeout' },
    ];
    before(async () => {
      const temporary = await open();
      remove = () => temporary.remove();
      store = await openStore({ database: temporary.database });
      // Each of 25 types once, and 20 of them once more.
      const many = Array.from({ length: 45 }, (_, index) => ({ type: `type-${String(index < 25 ? index : index - 20).padStart(2, '0')}` }));
      const batches = [
        batch('acme', 'a', 0, one), batch('acme', 'b', 0, two), batch('other', 'x', 0, [{ type: 'secret' }]), batch('busy', 'y', 0, many),
      ];
      await store.commit({ batches, nodes: [], alarms: [], records: [] });
    });
    after(async () => {
      await remove();
    });

    it('pages in both directions, and misses and repeats nothing', async () => {
      const seen: string[] = [];
      for (const order of ['asc', 'desc'] as const) {
        const places: string[] = [];
        let last: EventsRequest['after'];
        for (let more = true; more;) {
          const page = await store.events({ ...whole, order, limit: 3, ...(last === undefined ? {} : { after: last }) });
          places.push(...page.events.map(({ agent, seq }) => `${agent}${seq}`));
          last = page.events.at(-1)?.key;
          more = page.more;
        }
        assert.equal(new Set(places).size, one.length + two.length);
        seen.push(order === 'asc' ? places.join() : places.toReversed().join());
      }
      assert.equal(seen[0], seen[1]);
    });

    it('says what is to be known of a line', async () => {
      const { events } = await store.events({ ...whole, visible: { tenant: 'acme', agent: 'b' }, order: 'asc', limit: 10 });
      const marks = new Map(events.map((event) => [event.seq, event.marks]));
      assert.deepEqual(marks.get(0), []);
      assert.deepEqual(marks.get(1), ['NOT_JSON']);
      assert.deepEqual(marks.get(2), ['OTHER_TENANT', 'OTHER_AGENT']);
      const [first] = events;
      assert.equal(first?.timestampMs, startMs);
      assert.equal(first?.receivedAtMs, startMs + 3_600_000);
      assert.equal(first?.origin, `b/${logOf('b')}`);
    });

    it('shows nobody the events of another tenant or agent', async () => {
      for (const query of [all, parse('tenant_id:other'), parse('-type:x'), parse('secret OR job_started')]) {
        const { events } = await store.events({ ...whole, query, order: 'asc', limit: 100 });
        assert.ok(events.every(({ tenant }) => tenant === 'acme'));
      }
      assert.equal(await store.count({ ...whole, visible: { tenant: 'acme', agent: 'b' } }), two.length);
      assert.equal(await store.count({ ...whole, visible: {} }), one.length + two.length + 1 + 45);
    });

    it('counts', async () => {
      assert.equal(await store.count({ ...whole, query: parse('severity:>=WARN') }), 2);
      assert.equal(await store.count({ ...whole, sinceMs: startMs + 1_000, untilMs: startMs + 3_000 }), 3);
      const bars = await store.histogram({ ...whole, sinceMs: startMs, untilMs: startMs + 8_000, bars: 4, by: 'severity' });
      assert.deepEqual(
        bars.map(({ fromMs, widthMs }) => [fromMs - startMs, widthMs]),
        [0, 2_000, 4_000, 6_000].map((from) => [from, 2_000]),
      );
      assert.deepEqual(bars[1]?.counts, { INFO: 3, ERROR: 1 });
      const busy = { ...whole, visible: { tenant: 'busy' }, sinceMs: startMs, untilMs: startMs + 60_000 };
      const [early, late] = await store.histogram({ ...busy, bars: 2, by: 'type' });
      const types = ['type-05', 'type-24', 'type-00', 'other'];
      assert.deepEqual(types.map((type) => early?.counts[type]), [2, 1, undefined, 5]);
      assert.deepEqual([late?.counts['type-24'], late?.counts['other'], Object.keys(late?.counts ?? {}).length], [1, undefined, 15]);
      const facets = await store.facets({ ...whole, fields: ['severity', 'details.tool', 'details.n', 'job_id'], limit: 2 });
      assert.deepEqual(facets['severity'], [
        { value: 'INFO', count: 10 },
        { value: 'ERROR', count: 2 },
      ]);
      assert.deepEqual([facets['details.tool'], facets['details.n']], [[{ value: 'nuclei', count: 1 }], [{ value: '1', count: 1 }]]);
      assert.deepEqual(facets['job_id']?.[0], { value: 'j-1', count: 4 });
      const stats = await store.stats(whole);
      assert.equal(stats.events, one.length + two.length);
      assert.equal(stats.firstMs, startMs);
      assert.deepEqual(stats.topErrors, [{ value: '=cmd', count: 1 }]);
      assert.deepEqual(stats.durations[0], { type: 'job_completed', count: 1, medianMs: 2_500, p95Ms: 2_500, maxMs: 2_500 });
      assert.deepEqual((await store.stats({ ...whole, query: parse('type:none') })).byType, []);
    });

    it('counts what each of some logs recorded over time, in one answer', async () => {
      const time = { sinceMs: startMs, untilMs: startMs + 8_000, bars: 4 };
      const logIds = [logOf('a'), logOf('b'), logOf('x'), logOf('none')];
      const rates = await store.rates({ visible: { tenant: 'acme' }, logIds, ...time });
      // The line that is no event stands at the time when it was received.
      assert.deepEqual([rates.size, rates.get(logOf('a')), rates.get(logOf('b'))], [2, [2, 2, 2, 2], [1, 2, 1, 0]]);
      assert.deepEqual([...(await store.rates({ visible: {}, logIds: [logOf('x')], ...time }))], [[logOf('x'), [1, 0, 0, 0]]]);
      assert.equal((await store.rates({ visible: { tenant: 'acme', agent: 'b' }, logIds: [logOf('a')], ...time })).size, 0);
      assert.equal((await store.rates({ visible: {}, logIds: [], ...time })).size, 0);
      const uneven = await store.rates({ visible: {}, logIds: [logOf('a')], sinceMs: startMs + 1_000, untilMs: startMs + 6_500, bars: 3 });
      assert.deepEqual(uneven.get(logOf('a')), [2, 2, 2], 'bars of 1,834 ms: from the first second on, the end not with it');
      await assert.rejects(store.rates({ visible: {}, logIds, ...time, untilMs: startMs }), RangeError);
    });

    it('sums up jobs', async () => {
      const jobs = await store.jobs({ ...whole, limit: 10 });
      const outcomes = Object.fromEntries(jobs.map(({ jobId, outcome }) => [jobId, outcome]));
      assert.deepEqual(outcomes, { 'j-1': 'completed', 'j-2': 'running', 'j-3': 'running', 'k-1': 'unknown', t2: 'timeout' });
      const job = jobs.find(({ jobId }) => jobId === 'j-1');
      const times = { startedMs: startMs, endedMs: startMs + 3_000, tookMs: 2_500 };
      const counts = { events: 4, errors: 1, findings: 7 };
      assert.deepEqual(job, { jobId: 'j-1', tenant: 'acme', agent: 'a', outcome: 'completed', ...times, ...counts });
      assert.deepEqual(
        (await store.jobs({ ...whole, limit: 1, outcome: 'unknown' })).map(({ jobId }) => jobId),
        ['k-1'],
      );
      const found = await store.jobs({ ...whole, query: parse('nuclei'), limit: 10 });
      assert.deepEqual(
        found.map(({ jobId, events }) => [jobId, events]),
        [['j-1', 4]],
      );
    });

    it('exports the lines as they are, cells that are no formulas, and Parquet', async () => {
      const visible = { tenant: 'acme', agent: 'a' };
      assert.equal(await textOf(store.export({ ...whole, visible }, 'ndjson')), batch('acme', 'a', 0, one).bytes.toString());
      const csv = await textOf(store.export({ ...whole, visible, query: parse('type:upload_failed') }, 'csv'));
      assert.match(csv, /^seq,timestamp,.*\r\n2,2026-11-24T14:00:02\.000Z,upload_failed,ERROR,.*,'=cmd,10,/s);
      const pieces: Uint8Array[] = [];
      for await (const piece of store.export(whole, 'parquet')) pieces.push(piece);
      assert.equal(Buffer.concat(pieces).subarray(0, 4).toString(), 'PAR1');
    });
  });
}
