// Behind a real nginx: TLS ended there, a prefix that is kept or stripped, streams that are not held back, and who asked.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { request } from 'node:https';
import { dirname, join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { createLogger } from 'agent-audit';
import { type Clock, systemClock, type Timer } from '../clock.ts';
import { finallyDo, start, temporaryFolder, until } from './collector.test.support.ts';

const nginx = '/usr/sbin/nginx';
const skip = canRun(nginx, ['-v']) && canRun('openssl', ['version']) ? false : 'needs nginx and openssl';

function canRun(command: string, options: readonly string[]): boolean {
  return spawnSync(command, options).status === 0;
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : assert.fail('no port');
}

/** A certificate for localhost, by openssl. */
function certificate(folder: string): { readonly cert: string; readonly key: string } {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = spawnSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
    ...subject, '-keyout', key, '-out', cert], { encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  return { cert, key };
}

/** As docs/collector.md says it, but for ports and folders. */
function configuration(folder: string, port: number, upstream: string, tls: { cert: string; key: string }): string {
  const paths = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${join(folder, name)};`).join(' ');
  const location = (path: string, to: string): string => `location ${path} {
      proxy_pass ${to};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_request_buffering off;
      client_max_body_size 8m;
      proxy_read_timeout 120s;
    }`;
  return `daemon off; master_process off; pid ${join(folder, 'nginx.pid')}; error_log stderr error;
events {}
http {
  access_log off; ${paths}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${tls.cert};
    ssl_certificate_key ${tls.key};
    ${location('/audit/', upstream)}
    ${location('/stripped/', `${upstream}/`)}
  }
}
`;
}

async function startNginx(t: TestContext, upstream: string): Promise<{ readonly origin: string; readonly ca: string }> {
  const folder = temporaryFolder(t);
  mkdirSync(join(folder, 'temp'));
  const tls = certificate(folder);
  const port = await freePort();
  writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, upstream, tls));
  const child = spawn(nginx, ['-c', join(folder, 'nginx.conf'), '-p', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
  let trouble = '';
  child.stderr.on('data', (chunk: Buffer) => {
    trouble += chunk.toString();
  });
  finallyDo(t, async () => {
    if (child.exitCode !== null) return;
    const closed = once(child, 'close');
    child.kill('SIGTERM');
    await closed;
  });
  const origin = `https://localhost:${port}`;
  const ca = readFileSync(tls.cert, 'utf8');
  await until('nginx answers', async () => {
    assert.equal(child.exitCode, null, trouble);
    return (await get(`${origin}/audit/healthz`, ca).catch(() => undefined)) !== undefined;
  });
  return { origin, ca };
}

/** The machine's clock, but that what waits for a minute or more waits for tick(). */
class MinuteClock implements Clock {
  readonly #waiting = new Set<() => void>();

  now(): number {
    return systemClock.now();
  }

  monotonicMs(): number {
    return systemClock.monotonicMs();
  }

  after(delayMs: number, fn: () => void): Timer {
    if (delayMs < 60_000) return systemClock.after(delayMs, fn);
    this.#waiting.add(fn);
    return { cancel: () => void this.#waiting.delete(fn) };
  }

  tick(): void {
    const due = [...this.#waiting];
    this.#waiting.clear();
    for (const fn of due) fn();
  }
}

interface Got {
  readonly status: number | undefined;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** fetch cannot be told of a certificate. `enough` ends an answer that does not end by itself. */
function get(url: string, ca: string, token?: string, enough: (text: string) => boolean = () => false): Promise<Got> {
  return new Promise((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const asked = request(url, { ca, headers, agent: false }, (response) => {
      let text = '';
      const done = (): void => resolve({ status: response.statusCode, headers: response.headers, text });
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        if (!enough(text)) return;
        done();
        asked.destroy();
      });
      response.on('end', done);
      response.on('error', reject);
    });
    asked.on('error', reject);
    asked.end();
  });
}

test('behind nginx all is as before it: prefix kept or stripped, an agent that ships, a tail, and who asked', { skip }, async (t) => {
  const started = await start(t, { pathPrefix: '/audit', trustedProxies: ['127.0.0.1'], publicUrl: 'https://audit.example/audit' });
  const { admin, collector } = started;
  const { origin, ca } = await startNginx(t, new URL(collector.url).origin);
  for (const path of ['/audit', '/stripped']) {
    const { status, headers, text } = await get(`${origin}${path}/readyz`, ca);
    assert.deepEqual([status, text], [200, '{"status":"ready"}'], path);
    assert.match(String(headers['strict-transport-security']), /max-age=\d{8}/);
  }
  const logger = createLogger({
    agentId: 'behind-nginx',
    logFile: join(temporaryFolder(t), 'audit.log'),
    remoteEndpoint: `${origin}/audit`,
    remoteToken: started.ingest,
    remoteCa: ca,
    env: false,
  });
  logger.info('agent_start', 'ready');
  await logger.flush();
  await until('shipped through nginx', () => (logger.health().remote?.size ?? 0) >= 2);
  await logger.stop();
  // Its first event says where the reader stands; held back by a proxy, it would not come.
  const tail = await get(`${origin}/audit/v1/tail`, ca, admin, (text) => text.includes('event: place'));
  assert.equal(tail.status, 200);
  assert.equal((await get(`${origin}/audit/v1/tokens`, ca, 'aa_r_wrong')).status, 401);
  await collector.close();
  const own = readFileSync(join(collector.config.dataFolder, 'collector.log'), 'utf8');
  assert.match(own, /"type":"auth_failed"[^\n]*"address":"127\.0\.0\.1"/);
});

test('HTTPS of its own: with a certificate it may listen beyond this machine, and plain HTTP is not answered', { skip }, async (t) => {
  const tls = certificate(temporaryFolder(t));
  const clock = new MinuteClock();
  const { collector, ingest, troubles } = await start(t, { host: '0.0.0.0', tls }, { clock });
  assert.match(collector.url, /^https:\/\/localhost:/);
  const ca = readFileSync(tls.cert, 'utf8');
  const { status, headers } = await get(`${collector.url}/healthz`, ca);
  assert.equal(status, 200);
  assert.match(String(headers['strict-transport-security']), /max-age/);
  // Renewed, as certbot does it: taken within a minute, and what cannot be used is told of and not taken.
  const before = ca;
  const renewed = readFileSync(certificate(dirname(tls.cert)).cert, 'utf8');
  assert.notEqual(renewed, before);
  clock.tick();
  assert.equal((await get(`${collector.url}/healthz`, renewed)).status, 200);
  writeFileSync(tls.cert, 'no certificate');
  clock.tick();
  assert.deepEqual(troubles, ['TLS_UNUSABLE']);
  assert.equal((await get(`${collector.url}/healthz`, renewed)).status, 200);
  await assert.rejects(fetch(collector.url.replace('https', 'http')));
  await assert.rejects(get(`${collector.url}/healthz`, ''), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  const logFile = join(temporaryFolder(t), 'audit.log');
  const logger = createLogger({ agentId: 'a', logFile, remoteEndpoint: collector.url, remoteToken: ingest, remoteCa: renewed, env: false });
  logger.info('agent_start', 'ready');
  await logger.flush();
  await until('shipped over TLS', () => (logger.health().remote?.size ?? 0) >= 2);
  await logger.stop();
  await assert.rejects(start(t, { tls }), { code: 'TLS_UNUSABLE' });
  await assert.rejects(start(t, { tls: { cert: tls.cert, key: `${tls.key}.absent` } }), { code: 'TLS_UNUSABLE', message: /absent/ });
});
