// The other side, to be tried against: takes reports in chunks over HTTP, and has every fault that a network has, when told to.
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { join } from 'node:path';
import { sha256Of } from './chunks.ts';
import { keepNewest } from './keep-newest.ts';

/** What happens to one chunk: 503, no answer, 429, the connection cut while its body comes, a byte turned over. `ok` harms none. */
export const faults = ['ok', 'refuse', 'delay', 'limit', 'cut', 'garble'] as const;
export type Fault = (typeof faults)[number];

export interface ReceiverOptions {
  /** Where whole reports are kept, `<report id>.sarif`. */
  readonly folder: string;
  readonly token: string;
  /** One for each chunk that comes, in this order; none are left: all is well. */
  readonly faults: Iterable<Fault, undefined>;
}

/** A receiver that listens on a free port of this machine only. */
export interface Receiver {
  readonly url: string;
  readonly server: Server;
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

const bodyBytesMax = 1024 * 1024;
const reportsKept = 200;
const chunkPath = /^\/reports\/([0-9a-f-]{36})\/chunks\/(\d{1,5})$/;
const reportPath = /^\/reports\/([0-9a-f-]{36})$/;

/** Starts one; `server.close()` ends it. */
export async function startReceiver({ folder, token, faults: planned }: ReceiverOptions): Promise<Receiver> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const ahead = planned[Symbol.iterator]();
  const reports = new Map<string, Map<number, Buffer>>();

  const takeChunk = async (request: IncomingMessage, id: string, index: number): Promise<Answer | undefined> => {
    const fault = ahead.next().value ?? 'ok';
    if (fault === 'cut') {
      request.once('data', () => request.socket.destroy());
      return undefined;
    }
    const body = await bodyOf(request);
    if (body === undefined) return { status: 413 };
    if (fault === 'delay') return undefined;
    if (fault === 'refuse') return { status: 503 };
    if (fault === 'limit') return { status: 429, headers: { 'retry-after': '1' } };
    if (fault === 'garble') body[0] = (body[0] ?? 0) ^ 1;
    const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
    if (request.headers['content-digest'] !== digest) return { status: 422 };
    // Again the same chunk: nothing changes. So a sender whose answer got lost may simply send again.
    const chunks = reports.get(id) ?? new Map<number, Buffer>();
    reports.set(id, chunks.set(index, body));
    return { status: 204 };
  };

  const takeReport = async (request: IncomingMessage, id: string): Promise<Answer> => {
    const body = await bodyOf(request);
    const wanted = parseEnd(body?.toString() ?? '');
    if (wanted === undefined) return { status: 400 };
    const chunks = reports.get(id) ?? new Map<number, Buffer>();
    const report = Buffer.concat(Array.from({ length: wanted.chunks }, (_, index) => chunks.get(index) ?? Buffer.alloc(0)));
    if (sha256Of(report) !== wanted.sha256) return { status: 409 };
    writeFileSync(join(folder, `${id}.sarif`), report, { mode: 0o600 });
    for (const oldest of [...reports.keys()].slice(0, -reportsKept)) reports.delete(oldest);
    keepNewest(folder, reportsKept);
    return { status: 201 };
  };

  const answer = async (request: IncomingMessage): Promise<Answer | undefined> => {
    if (!isSame(request.headers.authorization ?? '', `Bearer ${token}`)) return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
    const [, chunkOf, index] = chunkPath.exec(request.url ?? '') ?? [];
    if (request.method === 'PUT' && chunkOf !== undefined) return takeChunk(request, chunkOf, Number(index));
    const [, reportId] = reportPath.exec(request.url ?? '') ?? [];
    if (request.method === 'POST' && reportId !== undefined) return takeReport(request, reportId);
    return { status: 404 };
  };

  const server = createServer((request, response) => void reply(request, response, answer));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the receiver listens on no port');
  return { url: `http://127.0.0.1:${address.port}/`, server };
}

type Answerer = (request: IncomingMessage) => Promise<Answer | undefined>;

/** No answer is one too: the sender's own timeout has to end the wait, or the connection is gone. */
async function reply(request: IncomingMessage, response: ServerResponse, answer: Answerer): Promise<void> {
  try {
    const given = await answer(request);
    if (given === undefined) return;
    request.resume();
    response.writeHead(given.status, given.headers).end();
  } catch {
    // The sender went away in the middle of its body.
    response.destroy();
  }
}

/** The body; undefined where it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of request) {
    if (!Buffer.isBuffer(piece)) continue;
    bytes += piece.length;
    if (bytes > bodyBytesMax) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function parseEnd(text: string): { chunks: number; sha256: string } | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { chunks, sha256 }: Readonly<Record<string, unknown>> = { ...value };
    const isCount = typeof chunks === 'number' && Number.isSafeInteger(chunks) && chunks > 0 && chunks < 100_000;
    return isCount && typeof sha256 === 'string' ? { chunks, sha256 } : undefined;
  } catch {
    return undefined;
  }
}

/** Compares in a time that tells nothing of where they differ. */
function isSame(one: string, other: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(one), digest(other));
}
