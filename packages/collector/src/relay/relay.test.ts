import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { gzipSync } from 'node:zlib';
import { verifyLogFile } from 'agent-audit/files';
import { ManualClock } from 'agent-audit/testing';
import { type Answer, post, start, type Started } from '../server/collector.test.support.ts';
import { readEventsBody } from './events-body.ts';
import { Answers } from './idempotency.ts';

interface Line {
  readonly seq: number;
  readonly type: string;
  readonly agent_id?: string;
  readonly tenant_id?: string;
  readonly timestamp: string;
  readonly duration_ms?: number;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What the relay's log of a tenant holds, but for its own lines. */
function recorded({ collector }: Started, tenant = 'default'): Line[] {
  const text = readFileSync(join(collector.config.dataFolder, 'relayed', `${tenant}.log`), 'utf8');
  const lines = text.trimEnd().split('\n').map((line) => JSON.parse(line) as Line);
  return lines.filter(({ type }) => !type.startsWith('log.'));
}

type Send = (body: unknown, options?: RequestInit, query?: string) => Promise<Answer>;

async function setUp(t: TestContext): Promise<Started & { readonly send: Send }> {
  const started = await start(t);
  return {
    ...started,
    send: async (body, options = {}, query = '') => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return started.ask(`/v1/events${query}`, { method: 'POST', body: text, token: started.ingest, ...options });
    },
  };
}

test('what is answered as accepted is in a sealed log, under the names that the event has', async (t) => {
  const started = await setUp(t);
  const timestamp = '2026-11-24T10:00:00.123456789+01:00';
  const event = { type: 'scan_completed', message: 'done', agent_id: 'py-1', timestamp, duration_ms: 1500 };
  const untagged = { Type: 'agent_start', Message: 'up', AgentID: 'go-1', Details: { v: 1 } };
  const { status, json } = await started.send([event, untagged, { type: 'x' }]);
  assert.equal(status, 200);
  assert.deepEqual([json['accepted'], json['refused']], [3, []]);
  const lines = recorded(started);
  const names = lines.map(({ type, agent_id: agent }) => [type, agent]);
  assert.deepEqual(names, [['scan_completed', 'py-1'], ['agent_start', 'go-1'], ['x', 'unnamed']]);
  assert.deepEqual([lines[0]?.timestamp, lines[0]?.duration_ms], ['2026-11-24T09:00:00.123456789Z', 1500]);
  assert.deepEqual(lines[1]?.details, { v: 1 });
  assert.deepEqual([json['from'], json['to']], [lines[0]?.seq, (lines[2]?.seq ?? 0) + 1]);
  const report = await verifyLogFile(join(started.collector.config.dataFolder, 'relayed', 'default.log'));
  assert.deepEqual([report.ok, report.unsigned, report.origin?.split('/')[1]], [true, 0, json['log']]);
});

test('NDJSON and gzip are taken too; durations are what the request says', async (t) => {
  const started = await setUp(t);
  const ndjson = '{"type":"a","message":"1","duration_ms":2500000}\r\n\n{"Type":"b","Message":"2","Duration":3000000}\n';
  const { status } = await started.send('', { body: gzipSync(ndjson), headers: { 'content-encoding': 'gzip' } }, '?duration=ns');
  assert.equal(status, 200);
  assert.deepEqual(recorded(started).map(({ type, duration_ms: ms }) => [type, ms]), [['a', 2.5], ['b', 3]]);
  assert.equal((await started.send([{ type: 'a', message: '' }], {}, '?duration=s')).code, 'REQUEST_MALFORMED');
});

test('an event that cannot be taken is refused by itself, with its place and the reason', async (t) => {
  const started = await setUp(t);
  const { status, json } = await started.send([
    { type: 'fine', message: 'm' },
    { message: 'no type' },
    'a text',
    { type: 'log.open', message: 'forged' },
    { type: 't', message: 'm', severity: 'LOUD' },
    { type: 't', message: 'm', timestamp: 'yesterday' },
    { type: 't', Type: 'u', message: 'm' },
    { type: 'fine', message: 'm', details: 'text' },
  ]);
  assert.equal(status, 207);
  assert.equal(json['accepted'], 1);
  const refused = json['refused'] as { index: number; why: string }[];
  assert.deepEqual(refused.map(({ index }) => index), [1, 2, 3, 4, 5, 6, 7]);
  for (const { why } of refused) assert.ok(why.length > 5, why);
  assert.deepEqual(recorded(started).map(({ type }) => type), ['fine']);
  const broken = await started.send('{"type":"a","message":"1"}\n{"type":\n');
  assert.deepEqual([broken.status, broken.json['accepted']], [207, 1]);
});

test('no log is begun for a tenant of whose events none is taken', async (t) => {
  const started = await setUp(t);
  const { status, json } = await started.send([{ message: 'no type' }]);
  assert.deepEqual([status, json['accepted']], [207, 0]);
  assert.equal(existsSync(join(started.collector.config.dataFolder, 'relayed')), false);
});

test('a body that is no list of events is refused as a whole', async (t) => {
  const { send } = await setUp(t);
  for (const body of ['', '[', '[]', '\n\n', '[1,', '[}']) {
    assert.equal((await send(body)).code, 'REQUEST_MALFORMED', body);
  }
  assert.equal((await send('', { body: Buffer.of(0x22, 0xff, 0x22) })).code, 'REQUEST_MALFORMED');
  assert.equal((await send('x'.repeat(5 * 1024 * 1024))).code, 'BODY_TOO_LARGE');
  assert.equal((await send(Array.from({ length: 10_001 }, () => ({ type: 'a' })))).code, 'BODY_TOO_LARGE');
  assert.equal((await send('[]', { headers: { 'content-encoding': 'br' } })).code, 'MEDIA_TYPE_UNSUPPORTED');
  assert.equal((await send([{ type: 'a' }], { headers: { 'idempotency-key': 'k'.repeat(300) } })).code, 'REQUEST_MALFORMED');
});

test('a token that is bound to an agent writes for no other, and one of no tenant writes nothing', async (t) => {
  const started = await setUp(t);
  const wish = post({ name: 'b', scopes: ['ingest'], tenant: 't2', agent: 'a1' });
  const bound = await started.ask('/v1/tokens', { ...wish, token: started.admin });
  const events = post([{ type: 'a', agent_id: 'a1' }, { type: 'b' }, { type: 'c', agent_id: 'a2' }]);
  const { json } = await started.ask('/v1/events', { ...events, token: String(bound.json['secret']) });
  assert.equal(json['accepted'], 2);
  assert.match(JSON.stringify(json['refused']), /"index":2.*a2.*a1/);
  assert.deepEqual(recorded(started, 't2').map(({ agent_id: agent }) => agent), ['a1', 'a1']);
  const everywhere = await started.ask('/v1/events', { ...post([{ type: 'a' }]), token: started.admin });
  assert.equal(everywhere.code, 'LOG_NOT_YOURS');
});

test('the same again under its Idempotency-Key is recorded once, side by side too; another body is refused', async (t) => {
  const started = await setUp(t);
  const headers = { 'idempotency-key': 'batch-1' };
  const body = [{ type: 'a', message: 'once' }, { message: 'no type' }];
  const answers = await Promise.all([1, 2, 3].map(async () => started.send(body, { headers })));
  answers.push(await started.send(body, { headers }));
  assert.deepEqual(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size, 1);
  assert.equal(recorded(started).length, 1);
  assert.equal((await started.send([{ type: 'b' }], { headers })).code, 'REQUEST_MALFORMED');
  const other = await started.ask('/v1/tokens', { ...post({ name: 'o', scopes: ['ingest'], tenant: 'default' }), token: started.admin });
  const theirs = await started.ask('/v1/events', { ...post(body), headers, token: String(other.json['secret']) });
  assert.equal(theirs.status, 207);
  assert.equal(recorded(started).length, 2, 'a key is its token\'s own');
  assert.equal((await started.send(body)).status, 207);
  assert.equal(recorded(started).length, 3, 'without a key it is another event');
});

test('digits and names survive as they are', () => {
  const text = '[{"type":"t","details":{"id":12345678901234567890},"__proto__":{"type":"u"},"duration_ms":1234567890123456789}]';
  const [item] = readEventsBody(Buffer.from(text), 'ns');
  assert.equal(item?.kind, 'event');
  if (item?.kind !== 'event') return;
  assert.equal(item.event.type, 't');
  assert.equal(item.event.details?.['id'], '12345678901234567890');
  assert.ok(Object.hasOwn(item.event.details ?? {}, '__proto__'));
  assert.equal(Math.round(item.event.durationMs ?? 0), 1_234_567_890_123);
});

test('answers are remembered for a day, and not without end', () => {
  const clock = new ManualClock();
  const answers = new Answers<number>(clock);
  answers.keep('k', 'f', 1, 10);
  assert.deepEqual(answers.find('k', 'f'), { kind: 'same', value: 1 });
  assert.equal(answers.find('k', 'g').kind, 'other');
  assert.equal(answers.find('l', 'f').kind, 'none');
  clock.advance(24 * 3_600_000);
  assert.equal(answers.find('k', 'f').kind, 'none');
  for (let n = 0; n < 100; n++) answers.keep(`k${n}`, 'f', n, 1024 * 1024);
  assert.equal(answers.find('k0', 'f').kind, 'none');
  assert.equal(answers.find('k99', 'f').kind, 'same');
});
