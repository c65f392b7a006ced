import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../clock.ts';
import { systemDisk } from '../disk.ts';
import { Logger } from '../logger.ts';
import { ManualClock } from '../testing/index.ts';
import { Collector } from './collector.ts';
import { linesOf, logFileFor, manualLogger } from './logger.test.support.ts';
import { Receiver, until } from './receiver.test.support.ts';
import { Tokens } from './token.ts';

const noProxies = { https: undefined, http: undefined, no: undefined };
const skip = spawnSync('openssl', ['version']).status === 0 ? false : 'openssl is not here';

interface Certificate {
  readonly key: string;
  readonly cert: string;
  readonly certFile: string;
}

/** A certificate of one's own for this machine and for a name that no name server knows. */
function certificateFor(t: TestContext): Certificate {
  const folder = mkdtempSync(join(tmpdir(), 'agent-audit-tls-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const names = 'subjectAltName=DNS:collector.test,IP:127.0.0.1';
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  execFileSync('openssl', ['req', '-x509', ...key, '-out', certFile, '-days', '2', '-subj', '/CN=collector.test', '-addext', names], {
    stdio: 'ignore',
  });
  return { key: readFileSync(keyFile, 'utf8'), cert: readFileSync(certFile, 'utf8'), certFile };
}

async function listening(t: TestContext, server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => sockets.add(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

test('TLS: a certificate of one\'s own is trusted by remoteCa, as text and as a file, and not without it', { skip }, async (t) => {
  const tls = certificateFor(t);
  const receiver = await Receiver.start(t, { tls });
  const logFile = logFileFor(t);
  const without = manualLogger(logFile, { remoteEndpoint: receiver.url }, new ManualClock(Date.now()));
  await without.until(() => without.told.length > 0);
  assert.deepEqual(without.told, ['REMOTE_UNREACHABLE']);
  assert.match(without.messages[0] ?? '', /self-signed certificate/);
  await without.stop();
  for (const remoteCa of [tls.cert, { file: tls.certFile }]) {
    const audit = new Logger({ agentId: 'scanner-7', env: false, logFile, remoteEndpoint: receiver.url, remoteCa });
    audit.start();
    await until(() => audit.health().remote?.lagEvents === 0);
    await audit.stop();
  }
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('TLS: NODE_EXTRA_CA_CERTS works by itself, in the shipper\'s thread too', { skip }, async (t) => {
  const tls = certificateFor(t);
  const receiver = await Receiver.start(t, { tls });
  const logFile = logFileFor(t);
  const { spawn } = await import('node:child_process');
  const program = fileURLToPath(new URL('./crash-program.test.support.js', import.meta.url));
  const env = { PATH: process.env['PATH'], NODE_EXTRA_CA_CERTS: tls.certFile };
  const child = spawn(process.execPath, [program, logFile, receiver.url, '10'], { env, stdio: 'inherit' });
  assert.deepEqual(await once(child, 'exit'), [0, null]);
  assert.deepEqual(receiver.log?.lines, linesOf(logFile));
});

test('an https collector behind a proxy is reached through a tunnel, with the proxy\'s own password', { skip }, async (t) => {
  const tls = certificateFor(t);
  const receiver = await Receiver.start(t, { tls });
  const asked: (string | undefined)[][] = [];
  const proxy = createHttpServer();
  let isRefusing = true;
  proxy.on('connect', (request, socket: Socket) => {
    asked.push([request.url, request.headers['proxy-authorization']]);
    if (isRefusing) {
      socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
      return;
    }
    const through = connect(receiver.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    socket.on('error', () => through.destroy());
  });
  const port = await listening(t, proxy);
  const proxies = { ...noProxies, https: `http://user:pass%20word@127.0.0.1:${port}` };
  const tokens = new Tokens({ kind: 'none' }, systemDisk, systemClock, () => Promise.reject(new Error('no')));
  const collector = new Collector({ endpoint: 'https://collector.test', ca: tls.cert, proxies }, tokens, systemClock);
  await assert.rejects(collector.enrol('v', 'n'), /opens no tunnel to collector\.test:443: status 407/);
  isRefusing = false;
  await assert.rejects(collector.enrol('v', 'n'), { code: 'REMOTE_REFUSED', message: /REQUEST_MALFORMED/ });
  await assert.rejects(collector.enrol('v', 'n'), { code: 'REMOTE_REFUSED', message: /REQUEST_MALFORMED/ });
  const authorization = `Basic ${Buffer.from('user:pass word').toString('base64')}`;
  assert.deepEqual(asked, [['collector.test:443', authorization], ['collector.test:443', authorization]], 'the tunnel is kept');
  collector.close();
});

test('a plain http collector behind a proxy is asked for by its whole address', async (t) => {
  const asked: (string | undefined)[] = [];
  const proxy = createHttpServer((request, response) => {
    asked.push(request.url, request.headers.host);
    response.writeHead(503).end();
  });
  const proxies = { ...noProxies, http: `127.0.0.1:${await listening(t, proxy)}` };
  const tokens = new Tokens({ kind: 'none' }, systemDisk, systemClock, () => Promise.reject(new Error('no')));
  const collector = new Collector({ endpoint: 'http://collector.test:7411/fleet', ca: undefined, proxies }, tokens, systemClock);
  await assert.rejects(collector.enrol('v', 'n'), { code: 'REMOTE_UNREACHABLE' });
  assert.deepEqual(asked, ['http://collector.test:7411/fleet/v1/logs', 'collector.test:7411']);
  collector.close();
});

test('a host that takes the connection and never speaks TLS, or sends an answer without an end: each step has its limit', async (t) => {
  const clock = new ManualClock();
  const tokens = new Tokens({ kind: 'none' }, systemDisk, clock, () => Promise.reject(new Error('no')));
  const begun = 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n';
  const cases: [string, (socket: Socket) => void, RegExp][] = [
    ['https', () => {}, /the connection took more than 10 s/],
    ['http', () => {}, /the answer took more than 30 s/],
    ['http', (socket) => void socket.write(`${begun}abc`), /the rest of the answer took more than 30 s/],
  ];
  for (const [scheme, onRequest, message] of cases) {
    let requests = 0;
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        requests++;
        onRequest(socket);
      });
    });
    const endpoint = `${scheme}://127.0.0.1:${await listening(t, server)}`;
    const collector = new Collector({ endpoint, ca: undefined, proxies: noProxies }, tokens, clock);
    let failure: unknown;
    void collector.enrol('v', 'n').catch((error: unknown) => {
      failure = error;
    });
    await until(() => requests > 0);
    await until(() => failure !== undefined, () => clock.advance(100));
    assert.match(String(failure), message);
    collector.close();
  }
});
