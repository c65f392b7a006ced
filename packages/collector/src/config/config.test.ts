import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import { type CollectorConfig, isLoopback, resolveConfig } from './config.ts';
import { defaultIngestLimits } from '../ingest/limits.ts';
import { CollectorError } from './error.ts';
import type { CollectorOptions } from './options.ts';

const folder = mkdtempSync(join(tmpdir(), 'collector-config-'));
after(() => rmSync(folder, { recursive: true }));

function file(value: unknown): string {
  const path = join(folder, 'collector.json');
  writeFileSync(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

function resolved(options: CollectorOptions, env: Record<string, string> = {}, byFile?: unknown): CollectorConfig {
  return resolveConfig({ options, env, ...(byFile === undefined ? {} : { file: file(byFile) }) });
}

test('nothing needs to be said', () => {
  const config = resolved({});
  assert.equal(config.dataFolder, resolve('agent-audit-data'));
  assert.deepEqual([config.host, config.port, config.tls, config.pathPrefix], ['127.0.0.1', 7411, undefined, '']);
  assert.deepEqual([config.clickhouse, config.trustedProxies, config.retention.maxAgeDays], [undefined, [], 0]);
  assert.equal(config.limits.headersTimeoutMs, 10_000);
});

test('an option goes before the environment, that before the file, that before the default', () => {
  const clickhouse = { url: 'http://file:8123', database: 'audit' };
  const byFile = { port: 1, host: '::1', clickhouse, limits: { keepAliveMs: 5, stopMs: 6 } };
  const config = resolved({ port: 2, limits: { stopMs: 7 } }, { CLICKHOUSE_URL: 'http://env:8123' }, byFile);
  assert.deepEqual([config.port, config.host], [2, '::1']);
  assert.deepEqual(config.clickhouse, { url: 'http://env:8123', database: 'audit' });
  assert.deepEqual([config.limits.keepAliveMs, config.limits.stopMs, config.limits.connectionsMax], [5, 7, 1_024]);
  assert.equal(resolved({ clickhouse: { url: 'http://o:1' } }, { CLICKHOUSE_URL: 'http://env:1' }).clickhouse?.url, 'http://o:1');
  assert.equal(resolveConfig({ options: {}, env: { AGENT_AUDIT_COLLECTOR_CONFIG: file({ port: 9 }) } }).port, 9);
  assert.equal(resolved({}, { CLICKHOUSE_URL: '', AGENT_AUDIT_COLLECTOR_CONFIG: '' }).clickhouse, undefined);
});

test('paths in a file are relative to the file, and a password may be in one of its own', () => {
  writeFileSync(join(folder, 'password'), 'from file\n');
  const config = resolved({}, {}, {
    dataFolder: 'data',
    tls: { cert: 'c.pem', key: '/k.pem' },
    clickhouse: { url: 'https://db:8443', passwordFile: 'password' },
  });
  assert.equal(config.dataFolder, join(folder, 'data'));
  assert.deepEqual(config.tls, { cert: join(folder, 'c.pem'), key: '/k.pem' });
  assert.equal(config.clickhouse?.password, 'from file');
});

test('what is unknown is refused, with what was probably meant', () => {
  const refusal = (value: unknown): CollectorError => {
    try {
      resolved({}, {}, value);
    } catch (error) {
      if (error instanceof CollectorError) return error;
      throw error;
    }
    throw new Error(`was taken: ${JSON.stringify(value)}`);
  };
  const unknown = refusal({ trustedProxy: [] });
  assert.deepEqual([unknown.code, unknown.suggestion], ['CONFIG_UNKNOWN_KEY', 'trustedProxies']);
  const nested = refusal({ limits: { headerTimeoutMs: 5 } });
  assert.deepEqual([nested.code, nested.suggestion], ['CONFIG_UNKNOWN_KEY', 'headersTimeoutMs']);
  assert.match(nested.message, /collector\.json: unknown key "limits\.headerTimeoutMs"/);
  for (const value of [
    '{',
    '[]',
    '"x"',
    { port: 65_536 },
    { port: '7411' },
    { port: 1.5 },
    { host: '' },
    { host: 5 },
    { insecureHttp: 'yes' },
    { tls: { cert: 'c' } },
    { tls: { key: 'k' } },
    { tls: [] },
    { pathPrefix: 'audit' },
    { pathPrefix: '/a/../b' },
    { pathPrefix: '/a b' },
    { publicUrl: 'audit.example' },
    { publicUrl: 'https://u:p@audit.example' },
    { publicUrl: 'https://audit.example/?x=1' },
    { trustedProxies: '10.0.0.1' },
    { trustedProxies: ['10.0.0.0/33'] },
    { trustedProxies: ['proxy.example'] },
    { clickhouse: { database: 'x' } },
    { clickhouse: { url: 'tcp://db:9000' } },
    { clickhouse: { url: 'http://db', password: 'a', passwordFile: 'b' } },
    { clickhouse: { url: 'http://db', passwordFile: 'absent' } },
    { limits: { connectionsMax: 0 } },
    { ingest: { bodyBytesMax: 1_000_000 } },
    { ingest: { requestsPerSecond: 0 } },
    { ingest: { inFlightBytesMax: '64 MiB' } },
    { retention: { maxAgeDays: -1 } },
  ]) {
    assert.equal(refusal(value).code, 'CONFIG_INVALID', JSON.stringify(value));
  }
  assert.throws(() => resolveConfig({ options: {}, env: {}, file: join(folder, 'absent.json') }), { code: 'CONFIG_UNREADABLE' });
  assert.throws(() => resolved({}, { CLICKHOUSE_URL: 'db:9000' }), { code: 'CONFIG_INVALID' });
});

test('how much is taken on at once: key by key, by file and option, and only what goes together', () => {
  const byFile = { ingest: { requestsPerSecond: 50, inFlightBytesMax: 256 * 1024 * 1024, commitBytesMax: 1_000_000 } };
  const { ingest } = resolved({ ingest: { commitBytesMax: 2_000_000 } }, {}, byFile);
  assert.deepEqual(ingest, {
    ...defaultIngestLimits,
    requests: { perSecond: 50, burst: 4_000 },
    inFlightBytesMax: 256 * 1024 * 1024,
    commitBytesMax: 2_000_000,
  });
  assert.deepEqual(resolved({}).ingest, defaultIngestLimits);
  const together = [
    [{ bodyBytesMax: 20_000_000 }, /ingest\.inFlightBytesPerLogMax is 13790208, below ingest\.bodyBytesMax, which is 20000000/],
    [{ inFlightBytesPerLogMax: 100_000_000 }, /ingest\.inFlightBytesMax is 67108864, below ingest\.inFlightBytesPerLogMax/],
  ] as const;
  for (const [limits, message] of together) assert.throws(() => resolved({ ingest: limits }), { code: 'CONFIG_INVALID', message });
  assert.throws(() => resolved({ ingest: { requestsPerSecond: 0 } }), {
    message: /options: ingest\.requestsPerSecond is 0, not a whole number from 1 to 1000000/,
  });
});

test('a refusal never says a password', () => {
  const secret = 'hunter2-hunter2';
  assert.throws(
    () => resolved({}, {}, { clickhouse: { url: `ftp://u:${secret}@db`, password: 5 } }),
    (error) => error instanceof CollectorError && !error.message.includes(secret),
  );
});

test('beyond this machine only with TLS, or where plain HTTP is asked for by name', () => {
  for (const host of ['0.0.0.0', '::', '192.0.2.7', 'collector.example', '128.0.0.1']) {
    assert.throws(() => resolved({ host }), { code: 'NOT_LOOPBACK' }, host);
    assert.equal(resolved({ host, insecureHttp: true }).host, host);
    assert.equal(resolved({ host, tls: { cert: 'c', key: 'k' } }).host, host);
  }
  for (const host of ['127.0.0.1', '127.8.8.8', '::1', 'localhost']) assert.ok(isLoopback(host), host);
});

test('a prefix and a public address are kept without the slash at their end', () => {
  const config = resolved({ pathPrefix: '/fleet/audit/', publicUrl: 'https://audit.example/fleet/audit/' });
  assert.deepEqual([config.pathPrefix, config.publicUrl], ['/fleet/audit', 'https://audit.example/fleet/audit']);
  assert.equal(resolved({ pathPrefix: '/' }).pathPrefix, '');
});
