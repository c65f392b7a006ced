import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { assertLogged, createTestLogger, type TestLogger } from 'agent-audit/testing';
import { type Fault, type Receiver, startReceiver } from './receiver.ts';
import { uploadReport } from './upload.ts';

const reportId = '5b0c1f7e-3c55-4a55-9f0e-0c8f6a4c9d11';
let folder = '';
let logger: TestLogger;
let receiver: Receiver;
let reportFile = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'scan-agent-'));
  logger = createTestLogger();
  reportFile = join(folder, 'report.sarif');
  writeFileSync(reportFile, 'findings '.repeat(100));
});
afterEach(async () => {
  receiver.server.close();
  receiver.server.closeAllConnections();
  await logger.audit.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function upload(faults: readonly Fault[], attemptTimeoutMs = 60_000, signal?: AbortSignal): Promise<void> {
  receiver = await startReceiver({ folder: join(folder, 'received'), token: 't', faults });
  const to = { url: receiver.url, token: 't', chunkBytes: 400, attemptsMax: 3, attemptTimeoutMs, backoffMs: 1, backoffMaxMs: 2 };
  let work: Promise<unknown> = Promise.resolve();
  try {
    await logger.audit.operation({ type: 'job', signal }, async (job) => {
      const working = uploadReport(job, reportId, reportFile, to);
      work = working;
      return working;
    });
  } finally {
    await Promise.allSettled([work]);
  }
}

const retries = (): number => logger.events().filter(({ type }) => type === 'upload_retry').length;

describe('an upload', () => {
  test('brings every byte, in chunks, whatever the network does once', async () => {
    await upload(['ok', 'refuse', 'garble', 'ok', 'cut']);
    assert.deepEqual(readFileSync(join(folder, 'received', `${reportId}.sarif`)), readFileSync(reportFile));
    assert.equal(retries(), 3);
    assert.equal(logger.events().filter(({ type }) => type === 'chunk_uploaded').length, 3);
    assert.deepEqual(readdirSync(folder).toSorted(), ['received', 'report.sarif']);
  });

  test('waits for no answer for ever', async () => {
    await upload(['delay'], 200);
    assertLogged(logger, { type: 'upload_retry', error: 'chunk 1: no answer within 200 ms', details: { what: 'chunk 1', attempt: 1 } });
    assertLogged(logger, { type: 'upload_completed', outcome: 'success' });
  });

  test('gives up after so many attempts, and says which chunk it was', async () => {
    await assert.rejects(upload(['ok', 'garble', 'garble', 'garble']), /chunk 2: answered 422/);
    assert.equal(retries(), 2);
    assertLogged(logger, { type: 'chunk_failed', severity: 'ERROR', error: 'chunk 2: answered 422', details: { chunk_index: 1 } });
    assertLogged(logger, { type: 'upload_failed', severity: 'ERROR', outcome: 'failure' });
    assertLogged(logger, { type: 'chunk_cleanup', details: { chunks: 3 } });
    assert.deepEqual(readdirSync(join(folder, 'received')), []);
  });
});

describe('an upload that is called off', () => {
  test('ends with its job, fails no chunk, and leaves none', async () => {
    const stopping = new AbortController();
    const uploading = upload(['delay'], 60_000, stopping.signal);
    while (!logger.events().some(({ type }) => type === 'upload_started')) await new Promise((resolve) => void setImmediate(resolve));
    const reason = new Error('stopped');
    stopping.abort(reason);
    await assert.rejects(uploading, (error) => error === reason);
    assertLogged(logger, { type: 'upload_failed', error: 'stopped', outcome: 'failure' });
    assertLogged(logger, { type: 'chunk_cleanup' });
    assert.deepEqual(logger.events().filter(({ type }) => type === 'chunk_failed' || type === 'upload_retry'), []);
    assert.deepEqual(readdirSync(folder).toSorted(), ['received', 'report.sarif']);
  });
});

describe('the receiver', () => {
  test('takes a chunk that comes twice for one, and no report that is not what its sender hashed', async () => {
    await upload([]);
    const authorization = 'Bearer t';
    const report = new URL(`reports/${reportId}`, receiver.url);
    const ask = async (method: string, url: URL, body: string, digest = ''): Promise<number> => {
      const { status } = await fetch(url, { method, body, headers: { authorization, 'content-digest': digest } });
      return status;
    };
    const first = readFileSync(reportFile, 'utf8').slice(0, 400);
    const digest = `sha-256=:${Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(first))).toString('base64')}:`;
    const chunk = new URL(`${report.href}/chunks/0`);
    assert.equal(await ask('PUT', chunk, first, digest), 204);
    assert.equal(await ask('PUT', chunk, `${first}.`, digest), 422);
    assert.equal(await ask('POST', report, JSON.stringify({ chunks: 3, sha256: '00' })), 409);
    assert.equal(await ask('POST', report, '{"chunks":-1}'), 400);
    assert.equal(await ask('PUT', new URL('reports/..%2Fx/chunks/0', receiver.url), first, digest), 404);
    assert.deepEqual(readFileSync(join(folder, 'received', `${reportId}.sarif`)), readFileSync(reportFile));
  });
});
