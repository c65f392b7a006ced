// Walks every route that the server has, with every token that may not pass. A route that is added is walked too: it must ask for a token,
// or be named here as one that needs none; it must show nothing of another tenant or agent; and its parameters must be known here.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { entriesPath, formatEntriesHead, parseOrigin, readCheckpoint } from '@agent-audit/log';
import { createLogger } from 'agent-audit';
import { newSecret } from '../auth/secret.ts';
import { systemClock } from '../clock.ts';
import { Browser } from '../session/browser.test.support.ts';
import { consoleRoutes, writeConsole } from '../console/console.test.support.ts';
import { cannotEmbed } from '../store/store.test.support.ts';
import { ask, post, until } from './collector.test.support.ts';
import { type Collector, startCollector } from './collector.ts';
import type { RegisteredRoute } from './route-list.ts';

/** Routes that tell nothing for which a token is needed. */
const open = ['GET /healthz', 'GET /readyz', 'GET /v1/openapi.json', 'POST /v1/session', 'POST /v1/csp-report', ...consoleRoutes];
/** Routes that every token may ask, whatever its scope: about the token itself. */
const anyScope = ['GET /v1/collector', 'GET /v1/session', 'DELETE /v1/session'];
/** Stands in everything that tenant A has, and in no request. */
const marker = 'marker-of-tenant-a';
const jobId = 'job-1';

const folder = mkdtempSync(join(tmpdir(), 'collector-routes-'));
let collector: Collector;
let admin: string;
let logId: string;
let heartbeat: string;
/** The collector's time, beyond the machine's. */
let aheadMs = 0;

/** A text for each parameter of a path. */
function pathOf({ url }: RegisteredRoute): string {
  const isOfLog = url.startsWith('/v1/logs/');
  const values: Readonly<Record<string, string>> = {
    ':logId': logId,
    ':id': isOfLog ? logId : url.startsWith('/v1/jobs/') ? jobId : 't-000000000000',
    ':seq': '1',
  };
  const path = url.replaceAll(/:\w+/g, (name) => values[name] ?? assert.fail(`${url}: what is ${name}? Say it in this test`));
  if (path === '/v1/export') return `${path}?format=ndjson`;
  if (path === '/v1/agents/rates') return `${path}?logs=${logId}`;
  return path.endsWith('/lines') ? `${path}?from=0&to=3` : path;
}

function bodyOf(route: RegisteredRoute): RequestInit {
  if (route.method !== 'POST') return { method: route.method };
  if (route.url === entriesPath) return { method: 'POST', body: heartbeat };
  return post({ kind: 'fork', note: 'x', message: 'x', vkey: 'x', name: 'x', scopes: ['read'] });
}

interface Told {
  readonly status: number;
  readonly code: unknown;
  readonly text: string;
}

async function call(route: RegisteredRoute, authorization: string | undefined): Promise<Told> {
  return callWith(route, authorization === undefined ? {} : { authorization });
}

async function callWith(route: RegisteredRoute, shown: Readonly<Record<string, string>>): Promise<Told> {
  const headers = new Headers(bodyOf(route).headers);
  for (const [name, value] of Object.entries(shown)) headers.set(name, value);
  if (route.url !== '/v1/tail') {
    const { status, code, text } = await ask(collector.url + pathOf(route), { ...bodyOf(route), headers });
    return { status, code, text };
  }
  // A tail does not end: what it has from the beginning on is there with its first bytes, and what is written after them.
  const response = await fetch(collector.url + pathOf(route), { headers });
  if (response.status !== 200) {
    const text = await response.text();
    return { status: response.status, code: (JSON.parse(text) as { code: string }).code, text };
  }
  const reader = response.body?.getReader();
  const first = await reader?.read();
  await reader?.cancel();
  const bytes: unknown = first?.value;
  return { status: 200, code: undefined, text: bytes instanceof Uint8Array ? Buffer.from(bytes).toString() : '' };
}

/** As the console's own pages say it. */
const ownPage = { 'x-agent-audit': '1', 'sec-fetch-site': 'same-origin' };

async function signIn(token: string): Promise<Browser & { readonly lastCookie: string }> {
  const browser = new Browser(collector.url);
  assert.equal((await browser.signIn(token)).status, 200);
  return Object.assign(browser, { lastCookie: browser.cookieHeader.cookie ?? '' });
}

async function makeToken(wish: object): Promise<string> {
  const made = await ask(`${collector.url}/v1/tokens`, { ...post({ name: 'walker', tenant: 'a', ...wish }), token: admin });
  assert.equal(made.status, 201, made.text);
  return String(made.json['secret']);
}

const nameOf = ({ method, url }: RegisteredRoute): string => `${method} ${url}`;
const guarded = (): readonly RegisteredRoute[] => collector.routes.filter((route) => !open.includes(nameOf(route)));

describe('every route', { skip: cannotEmbed }, () => {
  before(async () => {
    const clock = { ...systemClock, now: () => systemClock.now() + aheadMs };
    const limits = { wrongTokensPerMinute: 100_000 };
    const consoleFolder = writeConsole(join(folder, 'console'));
    const options = { dataFolder: join(folder, 'data'), port: 0, limits, consoleFolder };
    collector = await startCollector(options, { env: {}, clock, onTrouble: () => {} });
    admin = collector.firstTokens?.admin ?? '';
    const logger = createLogger({
      agentId: 'a1',
      logFile: join(folder, 'agent', 'audit.log'),
      remoteEndpoint: collector.url,
      remoteToken: await makeToken({ scopes: ['ingest'] }),
      env: false,
    });
    logger.log({ type: 'job_started', jobId, message: marker, details: { marker } });
    logger.log({ type: 'job_failed', severity: 'ERROR', jobId, message: marker, error: marker });
    await logger.flush();
    await until('shipped', () => (logger.health().remote?.size ?? 0) >= 3);
    ({ logId } = parseOrigin(logger.origin));
    await logger.stop();
    const note = (await ask(`${collector.url}/v1/logs/${logId}/checkpoint`, { token: admin })).text;
    const { size } = readCheckpoint(note);
    heartbeat = formatEntriesHead({ old: size, size, note });
  });

  after(async () => {
    await collector.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('is shown to who may see it: the walk below would find what should not be there', async () => {
    const reader = `Bearer ${await makeToken({ scopes: ['read'] })}`;
    const showing: string[] = [];
    for (const route of guarded()) if ((await call(route, reader)).text.includes(marker)) showing.push(nameOf(route));
    for (const url of ['/v1/events', '/v1/jobs/:id', '/v1/stats', '/v1/export', '/v1/logs/:id/lines']) {
      assert.ok(showing.includes(`GET ${url}`), `${url} in ${showing.join(' ')}`);
    }
  });

  it('takes no token that is missing, malformed, unknown, expired or revoked', async () => {
    const [expired, revoked] = [await makeToken({ scopes: ['admin'], expires_at: inAnHour() }), await makeToken({ scopes: ['admin'] })];
    const all = await ask(`${collector.url}/v1/tokens`, { token: revoked });
    const { id } = (all.json['tokens'] as { id: string }[])[0] ?? assert.fail('no token');
    await ask(`${collector.url}/v1/tokens/${id}`, { method: 'DELETE', token: admin });
    aheadMs += 2 * 3_600_000;
    const wrong = {
      'basic credentials': `Basic ${Buffer.from('admin:admin').toString('base64')}`,
      'an empty bearer': 'Bearer',
      'half a token': `Bearer ${admin.slice(0, -4)}`,
      'a token with more behind it': `Bearer ${admin}x`,
      'an unknown token': `Bearer ${newSecret(['admin'])}`,
      'an expired token': `Bearer ${expired}`,
      'a revoked token': `Bearer ${revoked}`,
    };
    for (const route of guarded()) {
      const missing = await call(route, undefined);
      assert.deepEqual([missing.status, missing.code], [401, 'TOKEN_MISSING'], nameOf(route));
      for (const [what, authorization] of Object.entries(wrong)) {
        const { status, code } = await call(route, authorization);
        assert.deepEqual([status, code], [401, 'TOKEN_INVALID'], `${nameOf(route)} with ${what}`);
      }
    }
  });

  walkWithCookies();

  it('takes no token in its address', async () => {
    for (const route of guarded()) {
      const url = new URL(collector.url + pathOf(route));
      for (const name of ['token', 'access_token', 'authorization']) url.searchParams.set(name, admin);
      assert.equal((await ask(url.href, bodyOf(route))).code, 'TOKEN_MISSING', nameOf(route));
    }
  });

  it('needs the scope that goes with it', async () => {
    const [ingest, read] = [`Bearer ${await makeToken({ scopes: ['ingest'] })}`, `Bearer ${await makeToken({ scopes: ['read'] })}`];
    for (const route of guarded()) {
      const codes = [(await call(route, ingest)).code, (await call(route, read)).code];
      const refused = codes.filter((code) => code === 'SCOPE_MISSING').length;
      if (anyScope.includes(nameOf(route))) assert.equal(refused, 0, nameOf(route));
      else if (route.url.startsWith('/v1/tokens')) assert.equal(refused, 2, nameOf(route));
      else assert.equal(refused, 1, nameOf(route));
    }
  });

  it('shows and does nothing of another tenant, nor of another agent', async () => {
    const foreign = {
      'another tenant': [{ tenant: 'b', scopes: ['read'] }, { tenant: 'b', scopes: ['ingest'] }, { tenant: 'b', scopes: ['admin'] }],
      'another agent': [{ agent: 'a2', scopes: ['read'] }, { agent: 'a2', scopes: ['ingest'] }],
    };
    const had = await evidence();
    for (const [who, wishes] of Object.entries(foreign)) {
      for (const wish of wishes) {
        const token = `Bearer ${await makeToken(wish)}`;
        for (const route of guarded()) {
          const { status, text, code } = await call(route, token);
          const where = `${nameOf(route)} with ${JSON.stringify(wish)}, ${who}: ${status} ${text}`;
          assert.ok(!text.includes(marker), where);
          const isOfLog = route.url.startsWith('/v1/logs/') || route.url === entriesPath;
          if (isOfLog && code !== 'SCOPE_MISSING') assert.ok(code === 'LOG_NOT_YOURS' || status === 404, where);
          if (!isOfLog) assert.ok(!text.includes(logId), where);
          if (route.url !== '/v1/jobs/:id') assert.ok(!text.includes(jobId), where);
        }
      }
    }
    assert.deepEqual(await evidence(), had);
  });

  it("shows the collector's own log to admins of every tenant only", async () => {
    const search = `${collector.url}/v1/events?q=type:collector_started`;
    const seen = async (token: string): Promise<number> => ((await ask(search, { token })).json['events'] as unknown[]).length;
    await until('its own log is stored', async () => (await seen(admin)) === 1);
    for (const wish of [{ scopes: ['admin'] }, { scopes: ['read'] }, { scopes: ['read'], tenant: 'collector' }]) {
      assert.equal(await seen(await makeToken(wish)), 0, JSON.stringify(wish));
    }
    const own = post({ name: 'x', scopes: ['read'], tenant: '_collector' });
    assert.equal((await ask(`${collector.url}/v1/tokens`, { ...own, token: admin })).status, 400);
  });
});

/** The cookie of a session instead of a token. */
function walkWithCookies(): void {
  it('takes no cookie but that of an open session', async () => {
    const [expired, revoked] = [await makeToken({ scopes: ['admin'], expires_at: inAnHour() }), await makeToken({ scopes: ['admin'] })];
    const [ofExpired, ofRevoked, signedOut] = [await signIn(expired), await signIn(revoked), await signIn(admin)];
    const all = await ask(`${collector.url}/v1/tokens`, { token: revoked });
    const { id } = (all.json['tokens'] as { id: string }[])[0] ?? assert.fail('no token');
    await ask(`${collector.url}/v1/tokens/${id}`, { method: 'DELETE', token: admin });
    await signedOut.change('DELETE', '/v1/session');
    aheadMs += 2 * 3_600_000;
    const valid = (await signIn(admin)).cookieHeader.cookie ?? '';
    const wrong = {
      'the token itself': `aa_session=${admin}`,
      'half of one': valid.slice(0, -4),
      'one with more behind it': `${valid}x`,
      'one in capitals': `aa_session=${valid.slice('aa_session='.length).toUpperCase()}`,
      'made up': `aa_session=${'A'.repeat(43)}`,
      'of an expired token': ofExpired.lastCookie,
      'of a revoked token': ofRevoked.lastCookie,
      'signed out': signedOut.lastCookie,
    };
    for (const route of guarded()) {
      for (const [what, cookie] of Object.entries(wrong)) {
        const { status, code } = await callWith(route, { cookie, ...ownPage });
        assert.deepEqual([status, code], [401, 'TOKEN_INVALID'], `${nameOf(route)} with a cookie ${what}`);
      }
      const otherwise = [`session=${valid.slice('aa_session='.length)}`, '__Host-aa_session=x', 'aa_session=', 'aa_session', ';;=;'];
      for (const cookie of otherwise) {
        assert.equal((await callWith(route, { cookie, ...ownPage })).code, 'TOKEN_MISSING', `${nameOf(route)} with ${cookie}`);
      }
    }
  });

  it("takes the cookie of an open session from the console's own pages only", async () => {
    const cookie = (await signIn(admin)).cookieHeader.cookie ?? '';
    for (const route of guarded()) {
      const site = (name: string): Readonly<Record<string, string>> => ({ 'x-agent-audit': '1', 'sec-fetch-site': name });
      const foreign = [site('cross-site'), site('same-site'), site('')];
      const otherOrigin = { 'x-agent-audit': '1', origin: 'https://evil.example' };
      const changing = [{}, { 'x-agent-audit': '1' }, { 'sec-fetch-site': 'same-origin' }, site('none'), otherOrigin];
      for (const headers of route.method === 'GET' ? foreign : [...foreign, ...changing]) {
        const { status, code } = await callWith(route, { cookie, ...headers });
        const where = `${nameOf(route)} with ${JSON.stringify(headers)}`;
        assert.deepEqual([status, code], [403, 'REQUEST_FORGED'], where);
      }
    }
    for (const route of guarded()) {
      // Signing out is for the last.
      if (nameOf(route) === 'DELETE /v1/session') continue;
      const code = String((await callWith(route, { cookie, ...ownPage })).code);
      assert.ok(!['TOKEN_INVALID', 'TOKEN_MISSING', 'REQUEST_FORGED', 'SCOPE_MISSING'].includes(code), `${nameOf(route)}: ${code}`);
    }
  });

  it('takes of a session what it takes of its token', async () => {
    const wishes = [{ scopes: ['read'] }, { scopes: ['read'], agent: 'a2' }, { scopes: ['read', 'ingest'], tenant: 'b' }];
    for (const wish of wishes) {
      const token = await makeToken(wish);
      const cookie = (await signIn(token)).cookieHeader.cookie ?? '';
      for (const route of guarded()) {
        if (nameOf(route) === 'DELETE /v1/session') continue;
        const [byToken, bySession] = [await call(route, `Bearer ${token}`), await callWith(route, { cookie, ...ownPage })];
        const where = `${nameOf(route)} with ${JSON.stringify(wish)}`;
        assert.deepEqual([bySession.status, bySession.code], [byToken.status, byToken.code], where);
      }
    }
  });
}

function inAnHour(): string {
  return new Date(systemClock.now() + aheadMs + 3_600_000).toISOString();
}

/** What tenant A has: nobody else may have changed it. */
async function evidence(): Promise<unknown> {
  const [checkpoint, alarms] = await Promise.all([
    ask(`${collector.url}/v1/logs/${logId}/checkpoint`, { token: admin }),
    ask(`${collector.url}/v1/alarms`, { token: admin }),
  ]);
  return [checkpoint.text.split('\n').slice(0, 3), alarms.json['alarms']];
}
