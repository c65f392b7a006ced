import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import {
  entriesBytesMax,
  entriesPath,
  evidencePath,
  formatEvidence,
  formatProblem,
  isWireProblemCode,
  logsPath,
  parseConflict,
  parseEnrolled,
  parseProblem,
  parseReceipt,
  problemMediaType,
  problemStatus,
} from '@agent-audit/log';
import Fastify, { type FastifyInstance } from 'fastify';
import { nextTurn } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import { collectorOf, principalOf, type TestCollector, TestLog } from './log.test.support.ts';
import { MemoryStore } from './memory-store.test.support.ts';
import { ingestRoutes } from './routes.ts';

describe('the routes of agents, over HTTP', () => {
  const log = new TestLog(1, 'a', 40);
  let server: FastifyInstance;
  let collector: TestCollector;
  let port = 0;

  before(async () => {
    collector = await collectorOf(new MemoryStore());
    server = Fastify();
    server.setErrorHandler((error, _request, reply) => {
      const code = error instanceof Refusal && isWireProblemCode(error.code) ? error.code : 'INTERNAL';
      const members = error instanceof Refusal ? error.members : {};
      void reply.code(problemStatus[code]).type(problemMediaType).send(formatProblem(code, String(error), members));
    });
    const authorise = (): ReturnType<typeof principalOf> => principalOf();
    await server.register(ingestRoutes, { ingest: collector.ingest, authorise, clock: collector.clock });
    port = Number(new URL(await server.listen({ port: 0, host: '127.0.0.1' })).port);
  });
  after(async () => {
    await server.close();
    await collector.ingest.close();
  });

  async function post(path: string, body: Uint8Array | string, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', body, headers });
  }

  it('enrols, takes entries, answers a conflict, keeps evidence', async () => {
    const type = { 'content-type': 'application/json' };
    const enrolled = parseEnrolled(await (await post(logsPath, log.enrolment(), type)).text());
    assert.deepEqual(enrolled, { size: 0, cosigners: [collector.ingest.vkey] });
    const headers = { 'content-encoding': 'gzip', 'content-type': 'application/x-ndjson' };
    assert.equal(parseReceipt(await (await post(entriesPath, log.gzip(0, 30), headers)).text()).size, 30);
    const conflict = await post(entriesPath, log.body(0, 30));
    const problem = parseProblem(await conflict.text());
    assert.deepEqual([conflict.status, problem?.code, parseConflict(problem?.members ?? {}).size], [409, 'SIZE_CONFLICT', 30]);
    assert.equal((await post(entriesPath, log.body(30, 40), { 'content-type': 'text/plain' })).status, 200);
    assert.equal((await post(entriesPath, log.body(40), { 'content-encoding': 'br' })).status, 415);
    const evidence = formatEvidence({ kind: 'rollback', note: log.note(3), message: 'm' });
    assert.equal((await post(evidencePath(log.logId), evidence)).status, 204);
    assert.equal(parseProblem(await (await post(entriesPath, log.body(40))).text())?.code, 'LOG_FORKED');
    assert.equal(parseProblem(await (await post(evidencePath('f'.repeat(32)), evidence)).text())?.code, 'LOG_UNKNOWN');
    assert.equal(parseProblem(await (await post(logsPath, '')).text())?.code, 'REQUEST_MALFORMED');
  });

  it('a body without a content type is read too', async () => {
    const { status } = await raw((send) => {
      send.end(log.body(0, 1));
    });
    assert.equal(status, 409);
  });

  it('stops reading a body that is too large, answers, and closes the connection', async () => {
    let sent = 0;
    const { status, connection, code } = await raw((send) => {
      const piece = Buffer.alloc(65_536, 0x61);
      const more = (): void => {
        if (send.destroyed || sent > 50 * entriesBytesMax) return;
        sent += piece.length;
        send.write(piece, more);
      };
      send.on('error', () => {});
      more();
    });
    assert.deepEqual([status, connection, code], [413, 'close', 'BODY_TOO_LARGE']);
    assert.ok(sent < 10 * entriesBytesMax, `${sent} bytes were taken`);
    const bomb = await post(entriesPath, gzipSync(Buffer.alloc(100_000_000)), { 'content-encoding': 'gzip' });
    assert.equal(bomb.status, 413);
    await bomb.arrayBuffer();
  });

  it('a body that drips is ended at the deadline, with an answer', async () => {
    const socket = connect(port, '127.0.0.1');
    const answer = new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setEncoding('utf8').on('data', (piece: string) => {
        text += piece;
      });
      socket.on('end', () => resolve(text)).on('error', reject);
    });
    const arrived = new Promise<void>((resolve) => {
      server.server.once('request', () => resolve());
    });
    socket.write(`POST ${entriesPath} HTTP/1.1\r\nHost: h\r\nContent-Length: 1000\r\n\r\n{"old":`);
    await arrived;
    // The deadline is set in the turn that begins to read; moving the clock again and again finds it.
    while (!socket.readableEnded) {
      collector.clock.advance(60_000);
      await nextTurn();
    }
    assert.match(await answer, /^HTTP\/1\.1 503 [^]*connection: close[^]*UNAVAILABLE/i);
    socket.destroy();
  });

  /** A POST whose body is written by hand. */
  function raw(write: (send: ReturnType<typeof httpRequest>) => void): Promise<{ status: number; connection: string; code: string }> {
    return new Promise((resolve, reject) => {
      const send = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: entriesPath, headers: { 'transfer-encoding': 'chunked' } });
      send.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => {
          text += piece;
        });
        response.once('close', () => {
          const { statusCode: status = 0, headers } = response;
          resolve({ status, connection: headers.connection ?? '', code: parseProblem(text)?.code ?? '' });
          send.destroy();
        });
      });
      send.once('error', reject);
      write(send);
    });
  }
});
