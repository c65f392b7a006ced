// What goes wrong between here and a collector: each has its own code, and says what to do.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { collectorPath, countAnswer, countPath, readAnswerBytesMax } from '@agent-audit/log';
import { temporaryFolder } from '../log.test.support.ts';
import { runCli, type RunOptions, type RunResult } from '../run.test.support.ts';
import { answer, goodToken, refuse, stored, TestCollector, whole } from './collector.test.support.ts';

const count = (url: string, more: readonly string[] = [], options: RunOptions = {}): Promise<RunResult> =>
  runCli(['query', '', '--count', '--collector', url, ...more], { ...options, env: { AGENT_AUDIT_TOKEN: goodToken, ...options.env } });

/** A key and a certificate, signed by itself, for these names. */
function certificate(folder: string, names: string): { readonly key: string; readonly cert: string; readonly file: string } | undefined {
  const [key, file] = [join(folder, `${names.length}.key`), join(folder, `${names.length}.pem`)];
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', file, '-days', '2'];
  try {
    execFileSync('openssl', ['req', '-x509', ...options, '-subj', '/CN=test', '-addext', `subjectAltName=${names}`], { stdio: 'ignore' });
  } catch {
    return undefined;
  }
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(file, 'utf8'), file };
}

async function listen(context: TestContext, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return (server.address() as AddressInfo).port;
}

describe('a collector that is not there', () => {
  it('is told from one that is', async (context) => {
    const { status, err } = await count('http://127.0.0.1:1');
    assert.equal(status, 4);
    assert.match(err, /^error: http:\/\/127\.0\.0\.1:1 cannot be reached: nothing listens there \(ECONNREFUSED\); /);
    assert.match(err, / {3}COLLECTOR_UNREACHABLE\n$/);
    assert.match((await count('http://no-such-host.invalid')).err, /cannot be reached: .* {3}COLLECTOR_UNREACHABLE\n$/);
    const port = await listen(
      context,
      createServer((socket) => socket.destroy()),
    );
    assert.match((await count(`http://127.0.0.1:${port}`)).err, /COLLECTOR_UNREACHABLE/);
    const { err: json } = await count(`http://127.0.0.1:${port}`, ['--json']);
    assert.equal((JSON.parse(json) as { error: { code: string } }).error.code, 'COLLECTOR_UNREACHABLE');
  });

  it('is asked again where it is busy, for so long as it says, and not for ever', async (context) => {
    const collector = await TestCollector.start(context);
    const waits: number[] = [];
    let busy = 2;
    collector.answers.set(countPath, (_, response) => {
      response.setHeader('retry-after', '7');
      if (busy-- > 0) refuse(response, 'UNAVAILABLE', 'the store does not answer');
      else answer(response, countAnswer, { count: 3, completeness: whole });
    });
    const onWait = (ms: number): void => void waits.push(ms);
    assert.deepEqual([(await count(collector.url, [], { onWait })).out, waits], ['3\n', [7_000, 7_000]]);
    busy = 99;
    const { status, err } = await count(collector.url, [], { onWait });
    assert.equal(status, 4);
    assert.match(err, /refuses: the store does not answer {3}UNAVAILABLE\n$/);
    assert.equal(waits.length, 5);
  });
});

describe('what answers in place of a collector', () => {
  type Page = readonly [what: string, status: number, headers: Readonly<Record<string, string>>, body: string, expected: RegExp];
  const html = { 'content-type': 'text/html' };
  const json = { 'content-type': 'application/json' };
  const pages: readonly Page[] = [
    ['a page', 200, html, '<html>', /it answered with text\/html, not application\/json.* {3}NOT_A_COLLECTOR/],
    ['nothing known', 404, {}, 'not here', /it answered 404, without a problem.* {3}NOT_A_COLLECTOR/],
    ['a login', 302, { location: 'https://login\u001b[2J.example' }, '', /it sends on to .* no redirect is followed.* {3}NOT_A_COLLECTOR/],
    ['a gateway', 502, html, '<html>', /what stands before the collector answered 502.* {3}COLLECTOR_UNREACHABLE/],
    ['other JSON', 200, json, '{"count":"3"}', /"count" is not a whole number.* {3}COLLECTOR_ANSWER_MALFORMED/],
  ];
  for (const [what, status, headers, body, expected] of pages) {
    it(`is told from one: ${what}`, async (context) => {
      const collector = await TestCollector.start(context);
      collector.answers.set(countPath, (_, response) => {
        response.writeHead(status, { ...headers, ...(headers['location'] !== undefined && { location: encodeURI(headers['location']) }) });
        response.end(body);
      });
      const { status: exit, err } = await count(collector.url);
      assert.equal(exit, 4);
      assert.match(err, expected);
      assert.doesNotMatch(err, /\u001b/);
    });
  }

  it('is a newer one where it says so', async (context) => {
    const collector = await TestCollector.start(context);
    const saying = (body: string) => (_: IncomingMessage, response: Parameters<typeof refuse>[0]) => {
      response.setHeader('content-type', 'application/json');
      response.end(body);
    };
    collector.answers.set(countPath, saying('{"counts":[3]}'));
    collector.answers.set(collectorPath, saying('{"api":2}'));
    const { err } = await count(collector.url);
    assert.match(err, /is newer: it speaks version 2 of the read API, this program 1; npm install .* {3}COLLECTOR_NEWER/);
  });

  it('is not read to its end where it has none', async (context) => {
    const collector = await TestCollector.start(context);
    collector.answers.set(countPath, (_, response) => {
      response.setHeader('content-type', 'application/json');
      response.end(' '.repeat(readAnswerBytesMax + 1));
    });
    assert.match((await count(collector.url)).err, /has more than 16777216 bytes.*COLLECTOR_ANSWER_MALFORMED/);
  });
});

describe('a token', () => {
  it('that is missing, wrong or may not is told apart', async (context) => {
    const collector = await TestCollector.start(context);
    const as = (AGENT_AUDIT_TOKEN: string): Promise<RunResult> => count(collector.url, [], { env: { AGENT_AUDIT_TOKEN } });
    assert.match((await as('')).err, /asks for a token: give --token-file .* {3}TOKEN_MISSING/);
    const wrong = await as('secret-of-mine');
    assert.match(wrong.err, /does not take the token from AGENT_AUDIT_TOKEN: it is unknown there, expired or revoked {3}TOKEN_INVALID/);
    assert.doesNotMatch(wrong.err, /secret-of-mine/);
    collector.answers.set(countPath, (_, response) => refuse(response, 'SCOPE_MISSING', 'no', { needs: 'read' }));
    assert.match((await as(goodToken)).err, /the token from AGENT_AUDIT_TOKEN may not do this .* the scope "read".* {3}SCOPE_MISSING/);
    assert.match((await as('two words')).err, /AGENT_AUDIT_TOKEN holds is no token.*USAGE_BAD_VALUE/);
    assert.match((await count(collector.url, ['--token-file', 'absent'])).err, /cannot read absent, for a token.*COULD_NOT_READ/);
  });

  it('that others on the way can read is warned of', async () => {
    const { err } = await count('http://no-such-host.invalid');
    assert.match(err, /^warning: http:\/\/no-such-host\.invalid is not encrypted: whoever is on the way can read the token/);
  });
});

describe('an address, or settings, that cannot be', () => {
  const addresses: readonly (readonly [address: string, message: RegExp])[] = [
    ['collector.example', /is no address of a collector: write https:\/\//],
    ['ftp://collector.example', /is no address of a collector/],
    ['https://me:secret@collector.example', /holds no password: a token goes into a file/],
    ['https://collector.example/?token=secret', /has a query/],
  ];
  for (const [address, message] of addresses) {
    it(`is refused: ${address}`, async () => {
      const { status, err } = await count(address);
      assert.equal(status, 2);
      assert.match(err, message);
    });
  }

  it('is refused: a file of settings', async (context) => {
    const folder = temporaryFolder(context);
    mkdirSync(join(folder, 'agent-audit'));
    const settings = async (text: string): Promise<string> => {
      writeFileSync(join(folder, 'agent-audit', 'config.json'), text, { mode: 0o600 });
      return (await count('http://127.0.0.1:1', [], { env: { XDG_CONFIG_HOME: folder } })).err;
    };
    assert.match(await settings('{"token":"secret"'), /config\.json is not one JSON object, such as .* {3}CONFIG_MALFORMED/);
    assert.doesNotMatch(await settings('{"token":"secret"'), /secret/);
    assert.match(await settings('[]'), /CONFIG_MALFORMED/);
    assert.match(await settings('{"colector":"x"}'), /unknown setting "colector".*did you mean collector\?.*CONFIG_MALFORMED/);
    assert.match(await settings('{"token":7}'), /token is not a text.*CONFIG_MALFORMED/);
    assert.match(await settings('{}'), /COLLECTOR_UNREACHABLE/);
  });

  it('does not go with a log', async () => {
    const { status, err } = await count('http://127.0.0.1:1', ['audit.log']);
    assert.equal(status, 2);
    assert.match(err, /--collector is about what a collector has, and audit\.log about a log.*USAGE_CONFLICT/);
  });
});

describe('TLS', () => {
  it('trusts a certificate only where somebody vouches for it, and for this name', async (context) => {
    const folder = temporaryFolder(context);
    const [own, other] = [certificate(folder, 'IP:127.0.0.1'), certificate(folder, 'DNS:collector.example')];
    if (own === undefined || other === undefined) return context.skip('this system has no openssl');
    const collector = await TestCollector.start(context, own);
    collector.events = [stored('a', 1, {})];
    const { status, err } = await count(collector.url);
    assert.equal(status, 4);
    assert.match(err, /is not trusted: its certificate is signed by itself \(DEPTH_ZERO_SELF_SIGNED_CERT\); give .* --ca FILE /);
    assert.match(err, / {3}COLLECTOR_NOT_TRUSTED\n$/);
    assert.deepEqual(collector.asked, [], 'nothing is asked, and no token told, before it is trusted');
    assert.equal((await count(collector.url, ['--ca', own.file])).out, '1\n');
    const elsewhere = await TestCollector.start(context, other);
    assert.match((await count(elsewhere.url, ['--ca', other.file])).err, /its certificate is for another name .* {3}COLLECTOR_NOT_TRUSTED/);
    const plain = await TestCollector.start(context);
    const noTls = await count(plain.url.replace('http:', 'https:'));
    assert.match(noTls.err, /cannot be reached: it does not speak TLS there; is it http:\/\/ instead\?; .* {3}COLLECTOR_UNREACHABLE/);
    writeFileSync(join(folder, 'no.pem'), 'nothing');
    assert.match((await count(collector.url, ['--ca', join(folder, 'no.pem')])).err, /holds no certificate in PEM form.*USAGE_BAD_VALUE/);
  });

  it('goes through the proxy that HTTPS_PROXY names, with its password, unless NO_PROXY excepts it', async (context) => {
    const own = certificate(temporaryFolder(context), 'IP:127.0.0.1');
    if (own === undefined) return context.skip('this system has no openssl');
    const collector = await TestCollector.start(context, own);
    collector.events = [stored('a', 1, {})];
    const asked: string[] = [];
    const proxy = createHttpServer();
    proxy.on('connect', ({ url = '', headers }: IncomingMessage, socket: Duplex) => {
      asked.push(url);
      if (headers['proxy-authorization'] !== `Basic ${Buffer.from('me:p@ss').toString('base64')}`) {
        socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
        return;
      }
      const [host, port] = url.split(':');
      const target = connect(Number(port), host, () => socket.write('HTTP/1.1 200 OK\r\n\r\n'));
      target.on('error', () => socket.destroy());
      socket.on('error', () => target.destroy());
      socket.pipe(target).pipe(socket);
    });
    const port = await listen(context, proxy);
    const through = (env: Readonly<Record<string, string>>): Promise<RunResult> => count(collector.url, ['--ca', own.file], { env });
    assert.equal((await through({ HTTPS_PROXY: `http://me:p%40ss@127.0.0.1:${port}` })).out, '1\n');
    assert.deepEqual(asked, [new URL(collector.url).host]);
    const refused = await through({ HTTPS_PROXY: `http://me:wrong@127.0.0.1:${port}` });
    assert.match(refused.err, /the proxy 127\.0\.0\.1:\d+ asks for a name and a password; .* {3}PROXY_REFUSED/);
    assert.doesNotMatch(refused.err, /wrong/);
    assert.match((await through({ https_proxy: 'http://127.0.0.1:1' })).err, /the proxy 127\.0\.0\.1:1 cannot be reached.*PROXY_REFUSED/);
    assert.match((await through({ HTTPS_PROXY: 'socks5://secret@x' })).err, /HTTPS_PROXY is no address.*PROXY_REFUSED/);
    for (const NO_PROXY of ['127.0.0.1', '*', `example.com, 127.0.0.1:${new URL(collector.url).port}`])
      assert.equal((await through({ HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY })).out, '1\n', NO_PROXY);
    assert.match((await through({ HTTPS_PROXY: 'http://127.0.0.1:1', NO_PROXY: '127.0.0.1:9' })).err, /PROXY_REFUSED/);
  });
});
