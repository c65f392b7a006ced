// The console's files as browsers, proxies and others ask for them, over real sockets.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { type IncomingHttpHeaders, request as send } from 'node:http';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fastify from 'fastify';
import { lines } from 'agent-audit/files';
import type { CollectorOptions } from '../config/options.ts';
import { start, type Started, temporaryFolder } from '../server/collector.test.support.ts';
import { icon, page, script, writeConsole } from './console.test.support.ts';
import { addConsoleRoutes } from './console-routes.ts';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Asks for just this path, which fetch would tidy up, and takes what comes, which fetch would unpack. */
function get(url: string, path: string, headers: Readonly<Record<string, string>> = {}, method = 'GET'): Promise<Got> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const request = send({ hostname, port, path, method, headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.once('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) }));
    });
    request.once('error', reject);
    request.end();
  });
}

async function setUp(t: TestContext, options: CollectorOptions = {}): Promise<Started & { readonly folder: string }> {
  const folder = writeConsole(join(temporaryFolder(t), 'console'));
  return { ...(await start(t, { consoleFolder: folder, ...options })), folder };
}

const asked = '/assets/index-CaP0Xj0Q.js';

test('the page may load nothing but the own files, and ask nobody but this collector', async (t) => {
  const { collector } = await setUp(t);
  const { status, headers, body } = await get(collector.url, '/');
  assert.deepEqual([status, body.toString()], [200, page]);
  assert.equal(headers['content-type'], 'text/html; charset=utf-8');
  assert.equal(headers['cache-control'], 'no-cache');
  const parts = String(headers['content-security-policy']).split('; ');
  const pairs = parts.map((part) => [part.replace(/ .*$/, ''), part.replace(/^\S+ /, '')] as const);
  const policy = Object.fromEntries(pairs);
  assert.deepEqual(policy, {
    'default-src': "'none'",
    'script-src': "'self'",
    'style-src': "'self'",
    'img-src': "'self' data:",
    'font-src': "'self'",
    'connect-src': "'self'",
    'form-action': "'self'",
    'base-uri': "'none'",
    'frame-ancestors': "'none'",
    'report-to': 'csp',
    'report-uri': '/v1/csp-report',
  });
  assert.equal(headers['reporting-endpoints'], 'csp="/v1/csp-report"');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['referrer-policy'], 'no-referrer');
});

test('a file whose name says what it holds is kept for ever, others are asked for again', async (t) => {
  const { collector } = await setUp(t);
  const caching = async (path: string): Promise<unknown> => (await get(collector.url, path)).headers['cache-control'];
  assert.equal(await caching(asked), 'public, max-age=31536000, immutable');
  assert.equal(await caching('/assets/index-Criiv1wV.css'), 'public, max-age=31536000, immutable');
  for (const path of ['/assets/plain.js', '/icon.svg', '/']) assert.equal(await caching(path), 'no-cache', path);
  const { headers, body } = await get(collector.url, '/icon.svg');
  assert.deepEqual([headers['content-type'], body.toString()], ['image/svg+xml', icon]);
});

test('the best form that is taken is sent, and each has a tag of its own', async (t) => {
  const { collector } = await setUp(t);
  const sent = async (accepted?: string): Promise<Got> =>
    get(collector.url, asked, accepted === undefined ? {} : { 'accept-encoding': accepted });
  const forms: Readonly<Record<string, readonly string[]>> = {
    br: ['br', 'gzip, deflate, br', 'gzip;q=1, BR; q=0.5', '*'],
    gzip: ['gzip', 'gzip, br;q=0', 'br;q=0.0, *', 'x-br, gzip;q=0.001'],
    identity: ['', 'identity', 'br;q=0, gzip;q=0', 'deflate, zstd', 'broken;;=,,'],
  };
  const tags = new Set<unknown>();
  for (const [encoding, headers] of Object.entries(forms)) {
    for (const accepted of headers) {
      const { headers: answered, body } = await sent(accepted);
      assert.equal(answered['content-encoding'] ?? 'identity', encoding, accepted);
      const plain = encoding === 'br' ? brotliDecompressSync(body) : encoding === 'gzip' ? gunzipSync(body) : body;
      assert.equal(plain.toString(), script);
      assert.equal(answered['content-length'], String(body.length));
      assert.equal(answered.vary, 'accept-encoding');
      tags.add(answered.etag);
    }
  }
  assert.equal(tags.size, 3);
  assert.equal((await sent()).headers['content-encoding'], undefined);
  assert.equal((await get(collector.url, `${asked}.br`)).status, 404, 'only as a form of the file');
});

test('who has it already is told so; HEAD tells all but the content', async (t) => {
  const { collector } = await setUp(t);
  for (const path of ['/', asked, '/icon.svg']) {
    const { headers, body } = await get(collector.url, path);
    const tag = headers.etag ?? assert.fail();
    for (const had of [tag, `W/${tag}`, `"x", ${tag}`, '*']) {
      const again = await get(collector.url, path, { 'if-none-match': had });
      assert.deepEqual([again.status, again.body.length, again.headers.etag], [304, 0, tag], `${path} ${had}`);
      assert.equal(again.headers['cache-control'], headers['cache-control']);
    }
    assert.equal((await get(collector.url, path, { 'if-none-match': '"x"' })).status, 200);
    const head = await get(collector.url, path, {}, 'HEAD');
    assert.deepEqual([head.status, head.body.length, head.headers['content-length']], [200, 0, String(body.length)]);
    assert.deepEqual([head.headers.etag, head.headers['content-type']], [tag, headers['content-type']]);
  }
});

test('nothing but its files is sent, however it is asked for', async (t) => {
  const { collector, folder } = await setUp(t);
  writeFileSync(join(folder, '..', 'secret.txt'), 'secret-of-the-machine');
  const ways = ['/../secret.txt', '/assets/../../secret.txt', '/assets/..%2f..%2fsecret.txt', '/assets/%2e%2e/%2e%2e/secret.txt'];
  const more = ['/assets/..\\..\\secret.txt', '/assets/%00', '/assets//etc/passwd', '//etc/passwd', '/assets/', '/assets'];
  const encoded = [
    '/assets/....//secret.txt', '/assets/%252e%252e%252fsecret.txt',
    '/index.html%00',
    '/assets/constructor',
    `/assets/${'../'.repeat(20)}etc/passwd`,
  ];
  for (const path of [...ways, ...more, ...encoded]) {
    const { status, body } = await get(collector.url, path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    assert.ok(!/secret-of|root:/.test(body.toString()), path);
  }
  for (const method of ['POST', 'PUT', 'DELETE']) {
    const { status, headers } = await get(collector.url, asked, {}, method);
    assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], method);
  }
});

test('what is put into the folder later is not sent, nor what a link in it leads to', async (t) => {
  const folder = writeConsole(join(temporaryFolder(t), 'console'));
  const outside = join(temporaryFolder(t), 'outside');
  mkdirSync(outside);
  writeFileSync(join(outside, 'secret.txt'), 'secret');
  symlinkSync(outside, join(folder, 'linked'));
  symlinkSync(join(outside, 'secret.txt'), join(folder, 'assets', 'secret.txt'));
  const { collector } = await start(t, { consoleFolder: folder });
  writeFileSync(join(folder, 'assets', 'late.js'), 'late()');
  for (const path of ['/linked/secret.txt', '/assets/secret.txt', '/assets/late.js']) {
    assert.equal((await get(collector.url, path)).status, 404, path);
  }
});

const browser = { accept: 'text/html,application/xhtml+xml;q=0.9,*/*;q=0.8' };

test('a page that is opened by its path is led to; programs are told that there is nothing', async (t) => {
  const { collector } = await setUp(t);
  const led = async (path: string, headers: Readonly<Record<string, string>> = browser): Promise<unknown> => {
    const { status, headers: answered } = await get(collector.url, path, headers);
    return answered.location ?? status;
  };
  assert.equal(await led('/integrity/x/5'), '/#/integrity/x/5');
  assert.equal(await led('/jobs?q=type:job_failed'), '/#/jobs?q=type:job_failed');
  assert.equal(await led('//evil.example/'), '/#//evil.example/');
  for (const path of ['/v1/nothing', '/v2/nothing', '/v1', '/assets/gone-CaP0Xj0Q.js']) assert.equal(await led(path), 404, path);
  for (const accept of ['*/*', 'application/json', 'text/htmlx']) assert.equal(await led('/integrity/x/5', { accept }), 404, accept);
  assert.equal((await get(collector.url, '/integrity/x/5', browser, 'POST')).status, 404);
});

test('below a path everything is found, whether a proxy strips the path or not', async (t) => {
  const { collector } = await setUp(t, { pathPrefix: '/fleet/audit' });
  const base = new URL(collector.url).origin;
  for (const prefix of ['', '/fleet/audit']) {
    const { headers, body } = await get(base, `${prefix}/`);
    assert.equal(body.toString(), page);
    assert.match(String(headers['content-security-policy']), /; report-uri \/fleet\/audit\/v1\/csp-report$/);
    assert.equal((await get(base, prefix + asked)).body.toString(), script);
    const led = await get(base, `${prefix}/integrity/x/5`, browser);
    assert.deepEqual([led.status, led.headers.location], [302, '/fleet/audit/#/integrity/x/5']);
  }
  const bare = await get(base, '/fleet/audit');
  assert.deepEqual([bare.status, bare.headers.location], [308, '/fleet/audit/']);
});

test('a folder that holds no console is named', async (t) => {
  const empty = temporaryFolder(t);
  await assert.rejects(start(t, { consoleFolder: empty }), { code: 'CONFIG_INVALID', message: /no built console: it has no index\.html/ });
  await assert.rejects(start(t, { consoleFolder: join(empty, 'absent') }), { code: 'CONFIG_INVALID', message: /ENOENT/ });
});

test('where no console is installed, the page says so', async (t) => {
  const app = fastify();
  addConsoleRoutes(app, { files: undefined, config: { pathPrefix: '' } });
  t.after(() => app.close());
  const { status, headers, body } = await get(await app.listen({ port: 0, host: '127.0.0.1' }), '/');
  assert.deepEqual([status, headers['content-type']], [200, 'text/plain; charset=utf-8']);
  assert.match(body.toString(), /@agent-audit\/console is not installed/);
});

const built = fileURLToPath(import.meta.resolve('@agent-audit/console/index.html'));

const skip = existsSync(built) ? false : 'it is not built';

test('the console that is installed is served with all that its page names', { skip }, async (t) => {
  const { collector } = await start(t);
  const { body } = await get(collector.url, '/');
  assert.equal(body.toString(), readFileSync(built, 'utf8'));
  const named = [...body.toString().matchAll(/(?:src|href)="\.(\/[^"]+)"/g)].map(([, path = '']) => path);
  assert.ok(named.some((path) => path.endsWith('.js')), named.join(' '));
  for (const path of named) assert.equal((await get(collector.url, path)).status, 200, path);
  assert.ok(!/<script(?![^>]*\ssrc=)|<style|\son\w+=|\sstyle=/i.test(body.toString()), 'the policy would not run it');
});

test('what a browser reports of the policy is written down: a little, cut short, without what was searched for', async (t) => {
  const { collector, ask } = await setUp(t);
  const report = async (type: string, body: unknown): Promise<number> => {
    const text = typeof body === 'string' ? body : JSON.stringify(body);
    return (await ask('/v1/csp-report', { method: 'POST', headers: { 'content-type': type }, body: text })).status;
  };
  const [modern, old] = ['application/reports+json', 'application/csp-report'];
  const violation = (blocked: string): unknown => ({
    type: 'csp-violation',
    body: { effectiveDirective: 'script-src-elem', blockedURL: blocked, documentURL: 'https://a.example/?q=what-was-searched#/x' },
  });
  assert.equal(await report(modern, [violation('https://evil.example/x.js'), { type: 'deprecation' }, null, 5]), 204);
  assert.equal(await report(old, { 'csp-report': { 'violated-directive': 'img-src', 'blocked-uri': 'x'.repeat(5_000) } }), 204);
  for (const odd of [[], {}, null, 'null', 5, { 'csp-report': 5 }]) assert.equal(await report(modern, odd), 204);
  assert.equal(await report(modern, '{'), 400);
  assert.equal(await report('application/json', []), 415);
  assert.equal(await report(modern, `[${'5,'.repeat(10_000)}5]`), 413);
  for (let n = 0; n < 60; n++) assert.equal(await report(modern, [violation(`https://evil.example/${n}`)]), 204);
  await collector.close();
  const told: Record<string, unknown>[] = [];
  for await (const { line } of lines(join(collector.config.dataFolder, 'collector.log'))) {
    const text = Buffer.from(line).toString();
    assert.ok(!text.includes('what-was-searched'), text);
    if (!text.includes('"csp_violation"')) continue;
    assert.ok(line.length < 2_000);
    told.push((JSON.parse(text) as { details: Record<string, unknown> }).details);
  }
  assert.deepEqual([told[0]?.['directive'], told[0]?.['blocked'], told[0]?.['page']], [
    'script-src-elem',
    'https://evil.example/x.js',
    'https://a.example/',
  ]);
  assert.equal(told.length, 11, 'ten kinds, and the rest as one');
  assert.equal(told[10]?.['count'], 52);
});
