// The read API, on the embedded store. One process has one folder at a time, so this file keeps to one collector.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, test } from 'node:test';
import { parsePolicy, verifyProof } from '@agent-audit/log';
import { verifyEd25519 } from 'agent-audit/files';
import { cannotEmbed } from '../store/store.test.support.ts';
import { completenessIn, type Fleet, messagesIn, openFleet, startMs, type TestAgent } from './fleet.test.support.ts';

const skip = cannotEmbed;
let fleet: Fleet;
let scanner: TestAgent;
let crawler: TestAgent;
let stranger: TestAgent;
/** Reads all of acme. */
let acme: string;
/** Reads acme's crawler only. */
let bound: string;
/** Reads all of globex. */
let globex: string;
const minuteMs = 60_000;

before(async () => {
  if (skip !== false) return;
  fleet = await openFleet();
  acme = await fleet.token({ tenant: 'acme', scopes: ['read'] });
  bound = await fleet.token({ tenant: 'acme', agent: 'crawler', scopes: ['read'] });
  globex = await fleet.token({ tenant: 'globex', scopes: ['read'] });
  scanner = await fleet.agent('acme', 'scanner');
  crawler = await fleet.agent('acme', 'crawler');
  stranger = await fleet.agent('globex', 'stranger');
  const span = { trace_id: 'a'.repeat(32), span_id: 'b'.repeat(16) };
  scanner.write(
    { type: 'job_started', job_id: 'j-42', operation: 'start', ...span, message: 'Job started: scan' },
    { type: 'tool_called', message: 'nuclei on web-01', details: { tool: 'nuclei' }, ...span },
    { type: 'upload_failed', severity: 'ERROR', error: 'ECONNRESET', job_id: 'j-42', ...span, message: 'Upload failed', duration_ms: 120 },
    { type: 'job_failed', severity: 'ERROR', job_id: 'j-42', operation: 'end', outcome: 'failure', ...span, message: 'Job failed' },
    { type: 'log.loss', severity: 'WARN', message: 'lost', details: loss(7) },
  );
  crawler.write({ message: 'crawled', tenant_id: 'globex' }, { message: 'late', atMs: startMs - 2 * minuteMs }).writeRaw('no event');
  stranger.write({ message: 'of another tenant', job_id: 'j-42', type: 'secret_type' });
  for (const agent of [scanner, crawler, stranger]) await agent.ship();
});
after(async () => {
  if (skip === false) await fleet.close();
});

function loss(events: number): object {
  const at = new Date(startMs).toISOString();
  return { events, first_at: at, last_at: at, counts: [], other: events, why: 'disk' };
}
const codeOf = async (path: string, token: string): Promise<unknown> => (await fleet.ask(path, { token })).code;

test('events of a search, with how complete they are', { skip }, async () => {
  const page = await fleet.get('/v1/events?q=severity:>=ERROR&order=asc', acme);
  assert.deepEqual(messagesIn(page), ['Upload failed', 'Job failed']);
  const { complete_to: to, logs, gaps_total: gaps } = completenessIn(page);
  assert.equal(to, new Date(startMs - 2 * minuteMs).toISOString());
  assert.deepEqual({ live: logs.live, behind: logs.behind, gaps }, { live: 2, behind: 0, gaps: 0 });
  const [, failed] = page['events'] as readonly Record<string, unknown>[];
  assert.equal(
    failed?.['line'],
    Buffer.from(scanner.log.lines[3] ?? [])
      .toString()
      .trimEnd(),
  );
  assert.equal(failed?.['received_at'], new Date(startMs).toISOString());
  assert.deepEqual(await fleet.get('/v1/events/count?q=severity:>=ERROR', acme).then(({ count }) => count), 2);
});

test('pages go on and back over the same events, in both orders', { skip }, async () => {
  for (const order of ['asc', 'desc']) {
    const whole = messagesIn(await fleet.get(`/v1/events?order=${order}&q=agent_id:scanner`, acme));
    assert.equal(whole.length, 5);
    const seen: string[] = [];
    let path = `/v1/events?order=${order}&q=agent_id:scanner&limit=2`;
    const pages: Record<string, unknown>[] = [];
    for (let next: string | undefined = ''; next !== undefined; next = cursorIn(pages.at(-1), 'next')) {
      pages.push(await fleet.get(next === '' ? path : `${path}&cursor=${next}`, acme));
      seen.push(...messagesIn(pages.at(-1) ?? {}));
    }
    assert.deepEqual(seen, whole);
    assert.equal(pages[0]?.['previous'], undefined);
    const last = pages.at(-1) ?? {};
    path += `&cursor=${String(last['previous'])}`;
    const back = await fleet.get(path, acme);
    assert.deepEqual(messagesIn(back), whole.slice(2, 4));
    const start = await fleet.get(`/v1/events?order=${order}&q=agent_id:scanner&limit=2&cursor=${String(back['previous'])}`, acme);
    assert.deepEqual(messagesIn(start), whole.slice(0, 2));
    assert.equal(start['previous'], undefined);
    assert.equal(typeof start['next'], 'string');
  }
});

function cursorIn(page: Record<string, unknown> | undefined, name: 'next' | 'previous'): string | undefined {
  const cursor = page?.[name];
  return typeof cursor === 'string' ? cursor : undefined;
}

test('a cursor goes with its request, and with no other', { skip }, async () => {
  const { next } = await fleet.get('/v1/events?limit=1', acme);
  assert.equal(typeof next, 'string');
  for (const other of ['q=type:x', 'order=asc', 'since=0']) {
    assert.equal(await codeOf(`/v1/events?limit=1&${other}&cursor=${String(next)}`, acme), 'CURSOR_MALFORMED');
  }
  assert.equal(await codeOf(`/v1/jobs/j-42?cursor=${String(next)}`, acme), 'CURSOR_MALFORMED');
  assert.equal(await codeOf('/v1/events?cursor=guessed', acme), 'CURSOR_MALFORMED');
});

test('what is asked wrongly is refused with what to do', { skip }, async () => {
  const search = await fleet.ask('/v1/events?q=sevrity:%3E%3DWARN', { token: acme });
  assert.equal(search.status, 400);
  assert.match(search.headers.get('content-type') ?? '', /^application\/problem\+json/);
  assert.equal(search.code, 'SEARCH_MALFORMED');
  assert.deepEqual(search.json['search'], { code: 'SEARCH_UNKNOWN_FIELD', column: 1, length: 7, suggestion: 'severity' });
  for (const path of [
    '/v1/events?since=yesterday',
    '/v1/events?limit=0',
    '/v1/events?limit=1001',
    '/v1/events?unknown=1',
    '/v1/events?q=a&q=b',
    '/v1/facets',
    '/v1/facets?fields=typ',
    '/v1/histogram?by=agent',
    '/v1/logs/../1/proof',
    '/v1/export?format=xml',
  ]) {
    const code = await codeOf(path, acme);
    assert.ok(code === 'REQUEST_MALFORMED' || code === 'NOT_FOUND', `${path}: ${String(code)}`);
  }
});

test('counts over time, values of fields, statistics', { skip }, async () => {
  const histogram = await fleet.get('/v1/histogram?by=type&bars=10', acme);
  const bars = histogram['bars'] as readonly { readonly from: string; readonly counts: readonly { value: string; count: number }[] }[];
  assert.equal(histogram['since'], new Date(startMs - 2 * minuteMs).toISOString());
  assert.equal(
    bars.flatMap(({ counts }) => counts).reduce((sum, { count }) => sum + count, 0),
    8,
  );
  const { facets } = await fleet.get('/v1/facets?fields=severity,details.tool&q=agent_id:scanner', acme);
  assert.deepEqual(facets, [
    {
      field: 'severity',
      values: [
        { value: 'ERROR', count: 2 },
        { value: 'INFO', count: 2 },
        { value: 'WARN', count: 1 },
      ],
    },
    { field: 'details.tool', values: [{ value: 'nuclei', count: 1 }] },
  ]);
  const stats = await fleet.get('/v1/stats', acme);
  assert.equal(stats['events'], 8);
  assert.deepEqual(stats['top_errors'], [{ value: 'ECONNRESET', count: 1 }]);
  assert.deepEqual(stats['durations'], [{ type: 'upload_failed', count: 1, median_ms: 120, p95_ms: 120, max_ms: 120 }]);
  const empty = await fleet.get('/v1/histogram?q=type:none', acme);
  assert.deepEqual(empty['bars'], []);
});

test('a job: summed up, and its story with what is within its operation', { skip }, async () => {
  const { jobs, more } = await fleet.get('/v1/jobs?outcome=failed', acme);
  assert.equal(more, false);
  const [job] = jobs as readonly Record<string, unknown>[];
  assert.equal(job?.['job_id'], 'j-42');
  assert.equal(job?.['agent'], 'scanner');
  const story = await fleet.get('/v1/jobs/j-42', acme);
  assert.deepEqual(messagesIn(story), ['Job started: scan', 'nuclei on web-01', 'Upload failed', 'Job failed']);
  const first = await fleet.get('/v1/jobs/j-42?limit=3', acme);
  const rest = await fleet.get(`/v1/jobs/j-42?limit=3&cursor=${String(first['next'])}`, acme);
  assert.deepEqual([...messagesIn(first), ...messagesIn(rest)], messagesIn(story));
  assert.equal(rest['next'], undefined);
  assert.equal(await codeOf('/v1/jobs/j-43', acme), 'NOT_FOUND');
});

test('agents, with what they lost; page by page', { skip }, async () => {
  const first = await fleet.get('/v1/agents?limit=1', acme);
  const second = await fleet.get(`/v1/agents?limit=1&cursor=${String(first['next'])}`, acme);
  const agents = [first, second].flatMap(({ agents: page }) => page as readonly Record<string, unknown>[]);
  assert.deepEqual(
    agents.map(({ agent, size, lost_events: lost, state }) => [agent, size, lost, state]),
    [
      ['crawler', 3, 0, 'live'],
      ['scanner', 5, 7, 'live'],
    ],
  );
  assert.equal(second['next'], undefined);
  assert.deepEqual(await fleet.get(`/v1/agents?limit=1&cursor=${String(second['previous'])}`, acme), first);
  assert.deepEqual([first['before'], second['before']], [0, 1]);
  const live = { live: 2, behind: 0, stopped: 0, silent: 0, forked: 0 };
  const silent = await fleet.get('/v1/agents?state=silent', acme);
  assert.deepEqual([silent['agents'], silent['counts']], [[], live]);
  const named = await fleet.get('/v1/agents?name=CRAWL&order=state', acme);
  assert.deepEqual([agentsIn(named), named['counts']], [['crawler'], { ...live, live: 1 }]);
  assert.deepEqual(agentsIn(await fleet.get(`/v1/agents?log=${scanner.log.logId}`, acme)), ['scanner']);
  assert.deepEqual(agentsIn(await fleet.get(`/v1/agents?log=${scanner.log.logId}`, bound)), []);
  assert.equal(await codeOf(`/v1/agents?limit=1&order=state&cursor=${String(first['next'])}`, acme), 'CURSOR_MALFORMED');
});

function agentsIn(answer: Record<string, unknown>): readonly unknown[] {
  return (answer['agents'] as readonly Record<string, unknown>[]).map(({ agent }) => agent);
}

test('how much each of some logs recorded over time, in one answer; of those that may be seen', { skip }, async () => {
  const unknown = '0'.repeat(32);
  const logs = [scanner, crawler, stranger].map(({ log }) => log.logId).join();
  const time = `since=${startMs - 2 * minuteMs}&until=${startMs + 2 * minuteMs}&bars=2`;
  const rates = await fleet.get(`/v1/agents/rates?logs=${logs},${unknown}&${time}`, acme);
  const both = [
    { log: scanner.log.logId, counts: [0, 5] },
    { log: crawler.log.logId, counts: [1, 2] },
  ];
  assert.deepEqual([rates['rates'], rates['width_ms']], [both, 2 * minuteMs]);
  assert.deepEqual((await fleet.get(`/v1/agents/rates?logs=${logs}&${time}`, bound))['rates'], both.slice(1));
  const whole = await fleet.get(`/v1/agents/rates?logs=${crawler.log.logId}&bars=1`, acme);
  assert.deepEqual(whole['rates'], [{ log: crawler.log.logId, counts: [3] }]);
  assert.equal(whole['since'], new Date(startMs - 2 * minuteMs).toISOString());
  const empty = await fleet.get(`/v1/agents/rates?logs=${crawler.log.logId}&until=1000&since=0&bars=2`, acme);
  assert.deepEqual(empty['rates'], [{ log: crawler.log.logId, counts: [0, 0] }]);
  const many = Array.from({ length: 101 }, (_, index) => index.toString(16).padStart(32, '0')).join();
  for (const wrong of ['', 'x', `${unknown},`, many]) {
    assert.equal(await codeOf(`/v1/agents/rates?logs=${wrong}`, acme), 'REQUEST_MALFORMED', wrong);
  }
});

test('how complete everything is, without a look at any event, and as every answer says it', { skip }, async () => {
  const searched = fleet.journal('events_searched').length;
  const now = await fleet.get('/v1/completeness', acme);
  assert.equal(fleet.journal('events_searched').length, searched, 'nobody has read anything');
  assert.deepEqual(now['completeness'], completenessIn(await fleet.get('/v1/events?limit=1', acme)));
  assert.equal(completenessIn(await fleet.get('/v1/completeness?q=agent_id:crawler', acme)).logs.live, 1);
  assert.equal(completenessIn(await fleet.get('/v1/completeness', globex)).logs.live, 1);
  assert.equal(await codeOf('/v1/completeness?q=sevrity:x', acme), 'SEARCH_MALFORMED');
});

test('a line is proven to somebody who has nothing else', { skip }, async () => {
  const { vkey } = fleet.collector;
  for (const seq of [0, 1]) {
    const answer = await fleet.get(`/v1/logs/${crawler.log.logId}/${seq}/proof`, bound);
    assert.deepEqual(answer['cosigners'], [vkey]);
    const event = Buffer.from(String(answer['line_base64']), 'base64');
    const policy = parsePolicy(`log ${crawler.log.vkey}\nwitness w ${vkey}\nquorum w\n`);
    assert.equal(verifyProof({ event, proof: String(answer['proof']), policy, verify: verifyEd25519 }).index, seq);
    assert.deepEqual(event, Buffer.from(crawler.log.lines[seq] ?? []).subarray(0, -1));
  }
  const note = await fleet.ask(`/v1/logs/${crawler.log.logId}/checkpoint`, { token: bound });
  assert.equal(note.headers.get('content-type'), 'text/plain; charset=utf-8');
  assert.ok(note.text.startsWith(`${crawler.log.origin}\n3\n`), note.text);
  assert.equal(await codeOf(`/v1/logs/${crawler.log.logId}/3/proof`, bound), 'NOT_FOUND');
  assert.equal(await codeOf(`/v1/logs/${'0'.repeat(32)}/0/proof`, bound), 'LOG_UNKNOWN');
});

test('a collector says what it is, to any token', { skip }, async () => {
  const ingest = await fleet.token({ tenant: 'acme', scopes: ['ingest'] });
  const about = await fleet.get('/v1/collector', ingest);
  assert.equal(about['store'], 'embedded');
  assert.deepEqual(about['cosigners'], [fleet.collector.vkey]);
  assert.deepEqual((about['token'] as Record<string, unknown>)['scopes'], ['ingest']);
  assert.equal(await codeOf('/v1/events', ingest), 'SCOPE_MISSING');
  assert.equal((await fleet.ask('/v1/collector')).code, 'TOKEN_MISSING');
});

test('an export has the lines byte for byte, and says at its end how many', { skip }, async () => {
  const ndjson = await fleet.ask('/v1/export?q=agent_id:scanner', { token: acme });
  assert.equal(ndjson.text, Buffer.concat(scanner.log.lines).toString());
  assert.match(ndjson.headers.get('content-disposition') ?? '', /^attachment; filename="agent-audit-2026-11-24\.ndjson"$/);
  assert.equal(ndjson.headers.get('trailer'), 'agent-audit-rows');
  const csv = await fleet.ask('/v1/export?format=csv&q=agent_id:scanner', { token: acme });
  assert.equal(csv.text.trimEnd().split('\r\n').length, 6, csv.text);
  const parquet = await fetch(`${fleet.collector.url}/v1/export?format=parquet`, { headers: { authorization: `Bearer ${acme}` } });
  const bytes = Buffer.from(await parquet.arrayBuffer());
  assert.equal(parquet.headers.get('content-type'), 'application/vnd.apache.parquet');
  assert.equal(bytes.subarray(0, 4).toString() + bytes.subarray(-4).toString(), 'PAR1PAR1');
  const ends = fleet.journal('events_exported').filter(({ message }) => message === 'Events exported');
  assert.deepEqual(
    ends.map(({ details }) => (details as Record<string, unknown>)['rows']),
    [5, 5, undefined],
  );
});

test('who read what is written down before they have it', { skip }, async () => {
  const known = fleet.journal('events_searched').length;
  await fleet.get('/v1/events?q=type:tool_called&since=0', acme);
  const entries = fleet.journal('events_searched').slice(known);
  assert.equal(entries.length, 1);
  const [{ actor, details } = {}] = entries;
  assert.equal((actor as Record<string, unknown>)['name'], 'test');
  assert.deepEqual(details, {
    q: 'type:tool_called',
    since: '1970-01-01T00:00:00.000Z',
    order: 'desc',
    rows: 1,
    token_tenant: 'acme',
  });
  assert.ok(fleet.journal('event_proven').length > 0);
});

test('the other tenant sees nothing of it, nor does a token of another agent', { skip }, async () => {
  const { log } = scanner;
  const { next } = await fleet.get('/v1/events?limit=1', acme);
  const paths: Readonly<Record<string, string>> = {
    '/v1/events': `/v1/events?limit=1&cursor=${String(next)}`,
    '/v1/events/count': '/v1/events/count?q=tool_called',
    '/v1/histogram': '/v1/histogram?by=type',
    '/v1/facets': '/v1/facets?fields=type,agent_id,tenant_id,job_id,message,details.tool',
    '/v1/stats': '/v1/stats',
    '/v1/jobs': '/v1/jobs',
    '/v1/jobs/:id': '/v1/jobs/j-42',
    '/v1/agents': '/v1/agents',
    '/v1/agents/rates': `/v1/agents/rates?logs=${log.logId}`,
    '/v1/completeness': '/v1/completeness',
    '/v1/alarms': '/v1/alarms',
    '/v1/logs/:id/checkpoint': `/v1/logs/${log.logId}/checkpoint`,
    '/v1/logs/:id/lines': `/v1/logs/${log.logId}/lines?from=0&to=5`,
    '/v1/logs/:id/:seq/proof': `/v1/logs/${log.logId}/0/proof`,
    '/v1/export': '/v1/export',
    '/v1/collector': '/v1/collector',
  };
  const elsewhere = ['/v1/tail', '/v1/tokens', '/v1/openapi.json', '/v1/session'];
  const routes = fleet.collector.routes.filter(({ method, url }) => method === 'GET' && url.startsWith('/v1/')).map(({ url }) => url);
  assert.deepEqual(new Set(routes), new Set([...Object.keys(paths), ...elsewhere]));
  const secrets = [log.logId, 'scanner', 'nuclei', 'ECONNRESET', 'job_failed', 'Upload failed', 'tool_called', 'upload_failed'];
  for (const path of Object.values(paths)) {
    for (const token of [globex, bound]) {
      const { text } = await fleet.ask(path, { token });
      for (const secret of secrets)
        assert.ok(!text.replaceAll(path, '').includes(secret) || isEcho(path, secret), `${path} tells ${secret}: ${text}`);
    }
  }
  assert.equal((await fleet.get('/v1/events/count', globex))['count'], 1);
  assert.equal((await fleet.get('/v1/events/count', bound))['count'], 3);
  assert.equal(completenessIn(await fleet.get('/v1/events', globex)).logs.live, 1);
  assert.equal((await fleet.ask(`/v1/logs/${log.logId}/0/proof`, { token: globex })).code, 'LOG_UNKNOWN');
  // A line that names another tenant stays where its token put it.
  assert.equal((await fleet.get('/v1/events/count?q=tenant_id:globex', globex))['count'], 0);
  assert.equal((await fleet.get('/v1/events/count?q=tenant_id:globex', bound))['count'], 1);
});

/** The refusal of a log says the id that was asked for, there or not. */
function isEcho(path: string, secret: string): boolean {
  return path.startsWith('/v1/logs/') && secret === scanner.log.logId;
}

test('a relayed line is proven to the agent that it is of, and to no other', { skip }, async () => {
  const writer = await fleet.token({ tenant: 'acme', scopes: ['ingest'] });
  const sent = await fleet.ask('/v1/events', {
    method: 'POST',
    token: writer,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([
      { type: 'relayed', message: 'by curl', agent_id: 'curl-agent' },
      { type: 'relayed', message: 'by go', agent_id: 'go-agent' },
    ]),
  });
  const { log, from } = sent.json as { log: string; from: number };
  const curl = await fleet.token({ tenant: 'acme', agent: 'curl-agent', scopes: ['read'] });
  const proofPath = `/v1/logs/${log}/${from}/proof`;
  const linesPath = `/v1/logs/${log}/lines?from=0&to=100`;
  // A line is found a moment before its log is witnessed, and can be proven from then on.
  for (let turn = 0; (await fleet.ask(proofPath, { token: curl })).status !== 200; turn++) {
    assert.ok(turn < 1_000, 'it never came in');
    await fleet.pass(1_000);
  }
  const { events } = await fleet.get('/v1/events?q=type:relayed', curl);
  assert.deepEqual(
    (events as readonly Record<string, unknown>[]).map(({ marks }) => marks),
    [['RELAYED']],
  );
  const proof = await fleet.get(proofPath, curl);
  assert.match(Buffer.from(String(proof['line_base64']), 'base64').toString(), /by curl/);
  assert.equal(await codeOf(`/v1/logs/${log}/${from + 1}/proof`, curl), 'LOG_UNKNOWN');
  assert.equal(await codeOf(proofPath, globex), 'LOG_UNKNOWN');
  const [own] = (await fleet.get(`/v1/agents?log=${log}`, acme))['agents'] as readonly Record<string, unknown>[];
  assert.deepEqual([own?.['agent'], own?.['relay']], ['relay', true], 'the collector says that it writes this log itself');
  const lines = await fleet.get(linesPath, curl);
  assert.deepEqual(messagesIn(lines), ['by curl']);
  assert.equal(lines['size'], undefined);
  for (const token of [globex, bound]) assert.equal(await codeOf(linesPath, token), 'LOG_UNKNOWN');
  assert.equal(await codeOf(`/v1/logs/${log}/checkpoint`, curl), 'LOG_UNKNOWN');
});

test('what the page on reading shows is answered, and it shows every address', { skip }, async () => {
  const page = readFileSync(new URL('../../../../docs/collector-api.md', import.meta.url), 'utf8');
  const [, shell = ''] = /```sh\n(.*?)```/s.exec(page) ?? [];
  const shown = shell.split('\n').flatMap((text) => {
    const [, path] = /"\$url(\/v1\/[^"]*)"/.exec(text) ?? [];
    if (path === undefined) return [];
    const parameters = [...text.matchAll(/-d (\w+)=(\S+)|--data-urlencode '(\w+)=([^']*)'/g)];
    const query = new URLSearchParams();
    for (const [, name, value, coded, said] of parameters) query.append(name ?? coded ?? '', value ?? said ?? '');
    return [{ path: path.replace('$log', scanner.log.logId), query: String(query).replace('%24log', scanner.log.logId) }];
  });
  for (const { path, query } of shown) {
    if (path === '/v1/tail') continue;
    const answer = await fleet.ask(`${path}?${query}`, { token: acme });
    assert.equal(answer.status, 200, `${path}?${query}: ${answer.text}`);
  }
  const notReading = ['/v1/tokens', '/v1/session'];
  const isReading = (url: string): boolean => url.startsWith('/v1/') && !notReading.includes(url);
  const routes = fleet.collector.routes.filter(({ method, url }) => method === 'GET' && isReading(url));
  const patterns = routes.map(({ url }) => ({ url, pattern: new RegExp(`^${url.replaceAll(/:\w+/g, '[^/]+')}$`) }));
  for (const { url, pattern } of patterns)
    assert.ok(
      shown.some(({ path }) => pattern.test(path)),
      `${url} is not shown`,
    );
});
