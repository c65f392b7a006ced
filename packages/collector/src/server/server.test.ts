import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { lines } from 'agent-audit/files';
import { parseProblem, problemMediaType } from '@agent-audit/log';
import { ask, post, start, temporaryFolder } from './collector.test.support.ts';

test('a first start makes one admin and one ingest token, a later one makes none', async (t) => {
  const dataFolder = join(temporaryFolder(t), 'data');
  const first = await start(t, { dataFolder });
  assert.match(first.admin, /^aa_a_/);
  assert.match(first.ingest, /^aa_i_/);
  assert.equal(statSync(dataFolder).mode & 0o777, 0o700);
  const { json } = await first.ask('/v1/tokens', { token: first.admin });
  assert.equal((json['tokens'] as unknown[]).length, 2);
  assert.ok(!JSON.stringify(json).includes(first.admin) && !JSON.stringify(json).includes('sha'));
});

test('a data folder that others could read is closed to them, and said so', async (t) => {
  const dataFolder = join(temporaryFolder(t), 'data');
  mkdirSync(dataFolder, { mode: 0o755 });
  const { troubles } = await start(t, { dataFolder });
  assert.deepEqual(troubles, ['DATA_FOLDER_CLOSED']);
  assert.equal(statSync(dataFolder).mode & 0o777, 0o700);
});

test('two collectors do not share a folder, nor a port', async (t) => {
  const dataFolder = join(temporaryFolder(t), 'data');
  const { collector } = await start(t, { dataFolder });
  await assert.rejects(start(t, { dataFolder }), { code: 'DATA_IN_USE', message: new RegExp(`process ${process.pid}`) });
  const port = Number(new URL(collector.url).port);
  const other = join(temporaryFolder(t), 'data');
  await assert.rejects(start(t, { port, dataFolder: other }), { code: 'ADDRESS_IN_USE' });
  // What had been made of the one that failed is taken down again: its folder is free.
  await start(t, { dataFolder: other });
  await collector.close();
  await start(t, { dataFolder });
});

test('a folder that cannot be made is named', async (t) => {
  const file = join(temporaryFolder(t), 'file');
  writeFileSync(file, '');
  await assert.rejects(start(t, { dataFolder: join(file, 'data') }), { code: 'DATA_FOLDER_UNUSABLE', message: /--data/ });
});

test('who balances load may ask whether it lives and is ready; who measures shows a token', async (t) => {
  const { ask: get, admin, ingest } = await start(t);
  assert.deepEqual((await get('/healthz')).json, { status: 'ok' });
  assert.deepEqual((await get('/readyz')).json, { status: 'ready' });
  assert.equal((await get('/metrics')).code, 'TOKEN_MISSING');
  assert.equal((await get('/metrics', { token: ingest })).code, 'SCOPE_MISSING');
  const { text, headers } = await get('/metrics', { token: admin });
  assert.match(headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
  assert.match(text, /^agent_audit_http_request_duration_seconds_count\{method="GET",route="\/healthz",status="200"\} 1$/m);
});

test('every refusal is a problem with a code, an id, and nothing of the inside', async (t) => {
  const { ask: get, admin } = await start(t);
  const answers = {
    NOT_FOUND: await get('/v2/nothing'),
    METHOD_NOT_ALLOWED: await get('/healthz', { method: 'POST' }),
    TOKEN_MISSING: await get('/v1/tokens'),
    TOKEN_INVALID: await get('/v1/tokens', { token: 'x' }),
    BODY_TOO_LARGE: await get('/v1/tokens', { ...post({ name: 'x'.repeat(2 ** 20) }), token: admin }),
    MEDIA_TYPE_UNSUPPORTED: await get('/v1/tokens', { method: 'POST', body: 'x', headers: { 'content-type': 'text/csv' }, token: admin }),
    REQUEST_MALFORMED: await get('/v1/tokens', { ...post({ name: 'x', scopes: ['read'], expiresAt: 'never' }), token: admin }),
  };
  for (const [code, { text, status, headers }] of Object.entries(answers)) {
    const problem = parseProblem(text);
    assert.deepEqual([problem?.code, problem?.status], [code, status], text);
    assert.ok(headers.get('content-type')?.startsWith(problemMediaType));
    assert.equal(problem?.members['request_id'], headers.get('x-request-id'));
    assert.ok(!/node_modules|\.js:|at .*:\d+:\d+/.test(text), text);
  }
  assert.equal(answers.METHOD_NOT_ALLOWED.headers.get('allow'), 'GET');
  assert.equal(answers.TOKEN_MISSING.headers.get('www-authenticate'), 'Bearer');
  assert.match(answers.REQUEST_MALFORMED.text, /additional properties/);
  const broken = await get('/v1/tokens', { method: 'POST', body: '{', headers: { 'content-type': 'application/json' }, token: admin });
  assert.deepEqual([broken.status, broken.code], [400, 'REQUEST_MALFORMED']);
  assert.equal((await get('/%zz')).code, 'REQUEST_MALFORMED');
});

test('a browser is told to trust nothing that it need not, and no other page may ask', async (t) => {
  const { ask: get } = await start(t);
  const { headers } = await get('/healthz', { headers: { origin: 'https://evil.example' } });
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
  assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'/);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(headers.get('access-control-allow-origin'), null);
  assert.equal(headers.get('strict-transport-security'), null, 'plain HTTP');
  const preflight = { origin: 'https://evil.example', 'access-control-request-method': 'GET' };
  const asked = await get('/v1/tokens', { method: 'OPTIONS', headers: preflight });
  assert.equal(asked.status, 405);
});

test('an admin makes, lists and revokes tokens in its own tenant, and each step is in the own log', async (t) => {
  const { ask: get, admin, collector } = await start(t);
  const made = await get('/v1/tokens', { ...post({ name: 'boss of t1', scopes: ['admin'], tenant: 't1' }), token: admin });
  assert.equal(made.status, 201);
  const boss = String(made.json['secret']);
  const own = await get('/v1/tokens', { ...post({ name: 'reader', scopes: ['read'], agent: 'a1' }), token: boss });
  const { id, tenant, agent } = own.json['token'] as Record<string, unknown>;
  assert.deepEqual([tenant, agent], ['t1', 'a1']);
  assert.equal((await get('/v1/tokens', { ...post({ name: 'x', scopes: ['read'], tenant: 't2' }), token: boss })).code, 'SCOPE_MISSING');
  assert.equal((await get('/v1/tokens', { ...post({ name: 'x', scopes: ['admin'], tenant: '*' }), token: boss })).code, 'SCOPE_MISSING');
  const names = ((await get('/v1/tokens', { token: boss })).json['tokens'] as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(names, ['reader', 'boss of t1']);
  const all = (await get('/v1/tokens', { token: admin })).json['tokens'] as { id: string; tenant: string }[];
  const other = all.find((one) => one.tenant === '*');
  assert.equal((await get(`/v1/tokens/${other?.id}`, { method: 'DELETE', token: boss })).code, 'NOT_FOUND');
  const reader = String(own.json['secret']);
  assert.equal((await get('/metrics', { token: reader })).status, 200);
  for (let twice = 0; twice < 2; twice++) {
    const revoked = await get(`/v1/tokens/${String(id)}`, { method: 'DELETE', token: boss });
    assert.match(String(revoked.json['revoked_at']), /^\d{4}-.*Z$/);
  }
  assert.equal((await get('/metrics', { token: reader })).code, 'TOKEN_INVALID');
  await collector.close();
  const types: string[] = [];
  for await (const { line } of lines(join(collector.config.dataFolder, 'collector.log'))) {
    const text = Buffer.from(line).toString();
    assert.ok(!text.includes(boss) && !text.includes(reader) && !text.includes(admin), text);
    types.push((JSON.parse(text) as { type: string }).type);
  }
  for (const type of ['collector_started', 'token_created', 'token_revoked', 'signed_in', 'auth_failed', 'collector_stopped']) {
    assert.ok(types.includes(type), `${type} in ${types.join(' ')}`);
  }
});

test('a proxy may strip the prefix or keep it', async (t) => {
  const { collector } = await start(t, { pathPrefix: '/fleet/audit', publicUrl: 'https://proxy.example/fleet/audit' });
  const base = new URL(collector.url).origin;
  for (const path of ['/healthz', '/fleet/audit/healthz', '/fleet/audit/healthz?x=1']) {
    assert.equal((await ask(base + path)).status, 200, path);
  }
  for (const path of ['/fleet/audithealthz', '/fleet/healthz', '/fleet/audit/fleet/audit/healthz']) {
    assert.equal((await ask(base + path)).code, 'NOT_FOUND', path);
  }
  assert.deepEqual([collector.url, collector.publicUrl], [`${base}/fleet/audit`, 'https://proxy.example/fleet/audit']);
});

test('X-Forwarded-For is believed of a trusted proxy only', async (t) => {
  const tries = async (trustedProxies: readonly string[]): Promise<unknown> => {
    const { ask: get } = await start(t, { trustedProxies, limits: { wrongTokensPerMinute: 1 } });
    await get('/metrics', { token: 'x', headers: { 'x-forwarded-for': '192.0.2.1' } });
    return (await get('/metrics', { token: 'x', headers: { 'x-forwarded-for': '192.0.2.2' } })).code;
  };
  assert.equal(await tries([]), 'RATE_LIMITED', 'both are the one peer');
  assert.equal(await tries(['127.0.0.1']), 'TOKEN_INVALID', 'two addresses');
});

test('a stop ends: nothing more is taken, and what is idle is closed', async (t) => {
  const { collector, ask: get } = await start(t);
  const idle = await connected(t, collector.url);
  await get('/healthz');
  const ended = once(idle, 'close');
  await collector.close();
  await ended;
  await assert.rejects(get('/healthz'));
  await collector.close();
});

/** A socket to the collector. */
async function connected(t: { after: (fn: () => void) => void }, url: string): Promise<Socket> {
  const { port, hostname } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {});
  t.after(() => socket.destroy());
  await once(socket, 'connect');
  return socket;
}

async function everything(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += String(chunk);
  return text;
}

test('who sends a byte at a time is cut off, headers or body, and others are served meanwhile', async (t) => {
  const { collector, ask: get, admin } = await start(t, { limits: { headersTimeoutMs: 300, requestTimeoutMs: 700 } });
  const slowHead = await connected(t, collector.url);
  slowHead.write('GET /healthz HTTP/1.1\r\nhost: x\r\n');
  const drip = setInterval(() => slowHead.write('x-a: b\r\n'), 50);
  t.after(() => clearInterval(drip));
  const slowBody = await connected(t, collector.url);
  const lengths = 'content-type: application/json\r\ncontent-length: 999';
  slowBody.write(`POST /v1/tokens HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${admin}\r\n${lengths}\r\n\r\n{`);
  assert.equal((await get('/healthz')).status, 200);
  const [head, body] = await Promise.all([everything(slowHead), everything(slowBody)]);
  assert.match(head, /^HTTP\/1\.1 408 /);
  assert.match(body, /^HTTP\/1\.1 408 /);
  assert.equal((await get('/healthz')).status, 200);
});

test('what is not HTTP is answered, not crashed on; headers have an end', async (t) => {
  const { collector, ask: get } = await start(t);
  const tls = await connected(t, collector.url);
  tls.write(Buffer.from('16030100c8010000c4', 'hex'));
  assert.match(await everything(tls), /^HTTP\/1\.1 400 .*REQUEST_MALFORMED/s);
  const long = await connected(t, collector.url);
  long.write(`GET /healthz HTTP/1.1\r\nhost: x\r\nx-a: ${'b'.repeat(64 * 1024)}\r\n\r\n`);
  assert.match(await everything(long), /^HTTP\/1\.1 431 /);
  assert.equal((await get('/healthz')).status, 200);
});

test('connections are bounded: further ones are closed at once', async (t) => {
  const { collector } = await start(t, { limits: { connectionsMax: 2 } });
  const held = [await connected(t, collector.url), await connected(t, collector.url)];
  const third = await connected(t, collector.url);
  await once(third, 'close');
  assert.ok(held.every((socket) => !socket.destroyed));
});

test('what is set of ingest counts: the second request of a token is too many, for agents and for plain events', async (t) => {
  const { ask: get, ingest: token } = await start(t, { ingest: { requestsPerSecond: 1, requestsBurst: 1 } });
  for (const path of ['/v1/entries', '/v1/events']) {
    const codes = [await get(path, { ...post([]), token }), await get(path, { ...post([]), token })].map(({ code }) => code);
    assert.equal(codes[1], 'RATE_LIMITED', `${path}: ${codes.join(' ')}`);
    assert.notEqual(codes[0], 'RATE_LIMITED', path);
  }
});
