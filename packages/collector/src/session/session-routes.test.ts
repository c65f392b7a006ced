// Sign-in as browsers meet it, over real sockets.
import assert from 'node:assert/strict';
import { request as send } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { lines } from 'agent-audit/files';
import { newSecret } from '../auth/secret.ts';
import type { CollectorOptions } from '../config/options.ts';
import { ask, post, start, type Started, temporaryFolder } from '../server/collector.test.support.ts';
import { Browser, type Site } from './browser.test.support.ts';

async function setUp(t: TestContext, options: CollectorOptions = {}) {
  const started = await start(t, options);
  const browser = new Browser(started.collector.url);
  return { ...started, browser };
}

async function makeToken({ ask: get, admin }: Pick<Started, 'ask' | 'admin'>, wish: object) {
  const made = await get('/v1/tokens', { ...post({ name: 'eve', tenant: 't1', ...wish }), token: admin });
  assert.equal(made.status, 201, made.text);
  return { secret: String(made.json['secret']), id: (made.json['token'] as { id: string }).id };
}

test('a token signs a browser in, and the cookie stands for it until it signs out', async (t) => {
  const { browser, admin, ask: get, ...rest } = await setUp(t);
  const { secret } = await makeToken({ ask: get, admin }, { scopes: ['read'], agent: 'a1' });
  assert.equal((await browser.get('/v1/session')).code, 'TOKEN_MISSING');
  const answer = await browser.signIn(` ${secret}\n`);
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual(answer.json, { principal: { name: 'eve', tenant: 't1', agent: 'a1', scopes: ['read'] } });
  assert.match(browser.setCookie, /^aa_session=[\w-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  assert.ok(!answer.text.includes(browser.cookies.get('aa_session') ?? ''));
  assert.deepEqual((await browser.get('/v1/session')).json, answer.json);
  assert.equal((await browser.get('/metrics')).status, 200);
  assert.equal((await browser.get('/v1/tokens')).code, 'SCOPE_MISSING');
  const stolen = new Map(browser.cookies);
  const signedOut = await browser.change('DELETE', '/v1/session');
  assert.deepEqual([signedOut.status, signedOut.text], [204, '']);
  assert.equal(browser.cookies.size, 0);
  for (const [name, value] of stolen) browser.cookies.set(name, value);
  const again = await browser.get('/v1/session');
  assert.deepEqual([again.status, again.code, browser.cookies.size], [401, 'TOKEN_INVALID', 0], 'and it is taken away');
  await rest.collector.close();
  const told: unknown[][] = [];
  for await (const { line } of lines(join(rest.collector.config.dataFolder, 'collector.log'))) {
    const text = Buffer.from(line).toString();
    for (const secretText of [secret, admin, ...stolen.values()]) assert.ok(!text.includes(secretText), text);
    const { type, actor, details } = JSON.parse(text) as { type: string; actor?: { name: string }; details: Record<string, unknown> };
    if (actor?.name === 'eve') told.push([type, typeof details['session'], details['why']]);
  }
  const types = told.map(([type, session]) => [type, session]);
  assert.deepEqual(types, [['signed_in', 'string'], ['auth_failed', 'string'], ['signed_out', 'string']]);
  assert.equal(told[2]?.[2], 'signed out');
});

test('a wrong token signs nobody in, and who tries too many waits; a token that only writes says so', async (t) => {
  const { browser, ingest, admin } = await setUp(t, { limits: { wrongTokensPerMinute: 3 } });
  assert.deepEqual((await browser.signIn(ingest)).json['needs'], 'read');
  const codes: unknown[] = [];
  for (const token of ['', 'x', newSecret(['admin']), admin.slice(1), newSecret(['read'])]) codes.push((await browser.signIn(token)).code);
  assert.deepEqual(codes, ['TOKEN_INVALID', 'TOKEN_INVALID', 'TOKEN_INVALID', 'RATE_LIMITED', 'RATE_LIMITED']);
  assert.equal(browser.cookies.size, 0);
  assert.equal((await browser.signIn(admin)).status, 200, 'a valid one is not held up');
  for (const body of [{}, { token: {} }, { token: admin, more: 1 }, [], { token: 'x'.repeat(2_000) }]) {
    assert.equal((await browser.change('POST', '/v1/session', body)).code, 'REQUEST_MALFORMED', JSON.stringify(body));
  }
  assert.equal((await browser.change('POST', '/v1/session', { token: 'x'.repeat(10_000) })).code, 'BODY_TOO_LARGE');
});

test('a browser that asks on with a session that ended is told so, and not made to wait', async (t) => {
  const { browser, admin } = await setUp(t, { limits: { wrongTokensPerMinute: 2 } });
  browser.cookies.set('aa_session', 'A'.repeat(43));
  for (let n = 0; n < 10; n++) assert.equal((await browser.send('/metrics', {})).code, 'TOKEN_INVALID');
  assert.equal((await browser.signIn(admin)).status, 200);
});

test('what changes something by a cookie must come from the console itself', async (t) => {
  const { browser, admin, collector, ask: get } = await setUp(t);
  await browser.signIn(admin);
  const own = new URL(collector.url).origin;
  const wish = { ...post({ name: 'x', scopes: ['read'], tenant: 't1' }) };
  const tries: Readonly<Record<string, Readonly<Record<string, string>>>> = {
    'nothing': {},
    'only the header': { 'x-agent-audit': '1' },
    'only the site': { 'sec-fetch-site': 'same-origin' },
    'another value': { 'x-agent-audit': 'yes', 'sec-fetch-site': 'same-origin' },
    'another site': { 'x-agent-audit': '1', 'sec-fetch-site': 'cross-site', origin: own },
    'another port of this machine': { 'x-agent-audit': '1', 'sec-fetch-site': 'same-site' },
    'no page at all': { 'x-agent-audit': '1', 'sec-fetch-site': 'none' },
    'another origin': { 'x-agent-audit': '1', origin: 'https://evil.example' },
    'an opaque origin': { 'x-agent-audit': '1', origin: 'null' },
    'the same host with another scheme': { 'x-agent-audit': '1', origin: own.replace('http:', 'https:') },
    'the same host with another port': { 'x-agent-audit': '1', origin: `${own}1` },
  };
  const before = await tokensOf(get, admin);
  for (const [what, headers] of Object.entries(tries)) {
    for (const [method, path] of [['POST', '/v1/tokens'], ['DELETE', '/v1/session'], ['POST', '/v1/session']] as const) {
      const body = method === 'DELETE' ? {} : { ...wish, headers: undefined };
      const type = method === 'DELETE' ? {} : { 'content-type': 'application/json' };
      const { status, code } = await browser.send(path, { ...body, method, headers: { ...type, ...headers } });
      assert.deepEqual([status, code], [403, 'REQUEST_FORGED'], `${method} ${path} with ${what}`);
    }
  }
  assert.equal(await tokensOf(get, admin), before);
  assert.equal((await browser.get('/v1/session')).status, 200, 'nobody signed it out');
  for (const headers of [{ 'x-agent-audit': '1', 'sec-fetch-site': 'same-origin' }, { 'x-agent-audit': '1', origin: own }]) {
    const made = await browser.send('/v1/tokens', { ...wish, headers: { 'content-type': 'application/json', ...headers } });
    assert.equal(made.status, 201, made.text);
  }
  assert.equal(await tokensOf(get, admin), before + 2);
});

async function tokensOf(get: Started['ask'], token: string): Promise<number> {
  return ((await get('/v1/tokens', { token })).json['tokens'] as unknown[]).length;
}

test('what reads by a cookie is not for pages of other origins', async (t) => {
  const { browser, admin } = await setUp(t);
  await browser.signIn(admin);
  const codes = async (site: Site): Promise<unknown> => (await browser.get('/metrics', { 'sec-fetch-site': site })).code;
  assert.deepEqual(await Promise.all((['same-origin', 'none', 'same-site', 'cross-site'] as const).map(codes)), [
    undefined,
    undefined,
    'REQUEST_FORGED',
    'REQUEST_FORGED',
  ]);
});

test('a token in the header goes before the cookie, and needs nothing of a page', async (t) => {
  const { browser, admin, ask: get } = await setUp(t);
  const { secret } = await makeToken({ ask: get, admin }, { scopes: ['read'] });
  await browser.signIn(admin);
  const bearer = (token: string): RequestInit => ({ headers: { authorization: `Bearer ${token}`, 'sec-fetch-site': 'cross-site' } });
  assert.equal((await browser.send('/v1/tokens', bearer(secret))).code, 'SCOPE_MISSING');
  assert.equal((await browser.send('/v1/tokens', bearer(newSecret(['admin'])))).code, 'TOKEN_INVALID');
  assert.equal((await browser.send('/v1/session', { ...bearer(admin), method: 'DELETE' })).code, 'NOT_FOUND');
  assert.equal((await browser.get('/v1/session')).status, 200);
});

test('signing in anew ends the session before it', async (t) => {
  const { browser, admin, collector } = await setUp(t);
  await browser.signIn(admin);
  const other = new Browser(collector.url);
  for (const [name, value] of browser.cookies) other.cookies.set(name, value);
  await browser.signIn(admin);
  assert.deepEqual([(await browser.get('/v1/session')).status, (await other.get('/v1/session')).code], [200, 'TOKEN_INVALID']);
});

test('revoking the token ends its sessions, one restart ends all', async (t) => {
  const dataFolder = join(temporaryFolder(t), 'data');
  const { browser, admin, ask: get, collector } = await setUp(t, { dataFolder });
  const { secret, id } = await makeToken({ ask: get, admin }, { scopes: ['read'] });
  await browser.signIn(secret);
  assert.equal((await browser.get('/metrics')).status, 200);
  await get(`/v1/tokens/${id}`, { method: 'DELETE', token: admin });
  assert.equal((await browser.get('/metrics')).code, 'TOKEN_INVALID');
  await browser.signIn(admin);
  const cookies = new Map(browser.cookies);
  await collector.close();
  const { collector: again } = await start(t, { dataFolder });
  const later = new Browser(again.url);
  for (const [name, value] of cookies) later.cookies.set(name, value);
  assert.equal((await later.get('/v1/session')).code, 'TOKEN_INVALID');
});

/** As a proxy sends it: with headers that fetch would not. */
function postViaProxy(url: string, headers: Readonly<Record<string, string>>, body: string): Promise<{ status: number; cookie: string }> {
  return new Promise((resolve, reject) => {
    const whole = { ...headers, 'content-length': String(Buffer.byteLength(body)) };
    const request = send(url, { method: 'POST', headers: whole }, (response) => {
      response.resume();
      response.once('end', () => resolve({ status: response.statusCode ?? 0, cookie: response.headers['set-cookie']?.[0] ?? '' }));
    });
    request.once('error', reject);
    request.end(body);
  });
}

test('behind a proxy, the origin is the proxy\'s, and the cookie is for its path', async (t) => {
  const signIn = async (options: CollectorOptions, path: string, headers: Readonly<Record<string, string>>) => {
    const { collector, admin } = await start(t, options);
    const common = { 'content-type': 'application/json', 'x-agent-audit': '1' };
    return postViaProxy(new URL(collector.url).origin + path, { ...common, ...headers }, JSON.stringify({ token: admin }));
  };
  const publicUrl = 'https://audit.example';
  const origin = { host: '10.0.0.1:7411', origin: publicUrl };
  const { cookie } = await signIn({ publicUrl }, '/v1/session', origin);
  assert.match(cookie, /^__Host-aa_session=\S+; Path=\/; HttpOnly; SameSite=Strict; Secure$/);
  const prefixed = { publicUrl: `${publicUrl}/fleet/audit`, pathPrefix: '/fleet/audit' };
  for (const path of ['/v1/session', '/fleet/audit/v1/session']) {
    assert.match((await signIn(prefixed, path, origin)).cookie, /^aa_session=\S+; Path=\/fleet\/audit; HttpOnly; SameSite=Strict; Secure$/);
  }
  assert.equal((await signIn({ publicUrl }, '/v1/session', { ...origin, origin: 'https://other.example' })).status, 403);
  assert.equal((await signIn({}, '/v1/session', origin)).status, 403, 'nobody said that this is its address');
  const forwarded = { ...origin, 'x-forwarded-proto': 'https', 'x-forwarded-host': 'audit.example' };
  assert.match((await signIn({ trustedProxies: ['127.0.0.1'] }, '/v1/session', forwarded)).cookie, /^__Host-aa_session=.*Secure$/);
  assert.equal((await signIn({}, '/v1/session', forwarded)).status, 403, 'anybody can say so');
});

test('a cookie over TLS is found again by the name that goes with it', async (t) => {
  const { collector, admin } = await start(t, { publicUrl: 'https://audit.example' });
  const { url } = collector;
  const browser = new Browser(url);
  await browser.signIn(admin);
  assert.equal((await browser.get('/v1/session')).status, 200);
  const value = browser.cookies.get('__Host-aa_session') ?? assert.fail();
  const tossed = await ask(`${url}/v1/session`, { headers: { cookie: `aa_session=${value}` } });
  assert.equal(tossed.code, 'TOKEN_MISSING', 'another part of the domain could have set it');
  const among = await ask(`${url}/v1/session`, { headers: { cookie: `a=b; x__Host-aa_session=z; __Host-aa_session=${value}; c` } });
  assert.equal(among.status, 200);
});

/** Reads a tail until it ends; `begun` once its first message is here. */
async function follow(browser: Browser, url: string): Promise<{ readonly ended: Promise<void> }> {
  const response = await fetch(`${url}/v1/tail`, { headers: { ...browser.cookieHeader, 'sec-fetch-site': 'same-origin' } });
  assert.equal(response.status, 200);
  const reader = response.body?.getReader() ?? assert.fail('no body');
  await reader.read();
  const toEnd = async (): Promise<void> => {
    while (!(await reader.read()).done);
  };
  return { ended: toEnd() };
}

test('a tail that is open ends when its session does, or its token; others go on', async (t) => {
  const { browser, admin, ask: get, collector } = await setUp(t);
  const newReader = async () => makeToken({ ask: get, admin }, { scopes: ['read'] });
  const [one, other] = [await newReader(), await newReader()];
  const [second, third] = [new Browser(collector.url), new Browser(collector.url)];
  await browser.signIn(one.secret);
  await second.signIn(one.secret);
  await third.signIn(other.secret);
  const tails = [await follow(browser, collector.url), await follow(second, collector.url), await follow(third, collector.url)];
  const ended = new Set<number>();
  for (const [index, tail] of tails.entries()) void tail.ended.then(() => ended.add(index));
  await browser.change('DELETE', '/v1/session');
  await tails[0]?.ended;
  assert.deepEqual([...ended], [0]);
  await get(`/v1/tokens/${one.id}`, { method: 'DELETE', token: admin });
  await tails[1]?.ended;
  assert.deepEqual([...ended], [0, 1]);
  assert.equal((await third.get('/v1/session')).status, 200);
});
