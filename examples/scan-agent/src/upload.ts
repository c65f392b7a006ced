import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Details, EventType } from 'agent-audit';
import { type Chunk, splitReport } from './chunks.ts';
import type { Operation } from './operation.ts';

/** Where reports go, and how hard to try. */
export interface Destination {
  readonly url: string;
  readonly token: string;
  readonly chunkBytes: number;
  readonly attemptsMax: number;
  /** How long one attempt may take. */
  readonly attemptTimeoutMs: number;
  /** The longest wait after the first failure; it doubles with each further one, up to backoffMaxMs. */
  readonly backoffMs: number;
  readonly backoffMaxMs: number;
}

/** What is sent, and as which kind of thing it is reported. */
interface Sending {
  readonly what: string;
  readonly path: string;
  readonly method: 'PUT' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer> | string;
}

/** How an attempt ended. `why` says what the other side did. */
interface Attempt {
  readonly end: 'done' | 'denied' | 'refused' | 'again' | 'limited';
  readonly why: string;
  /** How long the receiver asks to wait. */
  readonly retryAfterMs?: number;
}

/**
 * Sends a report in chunks. A chunk may arrive twice, since an answer can get lost: the receiver takes the second for the first.
 * The chunks' files are deleted whatever comes: the report itself stays, and they can be cut from it again.
 */
export async function uploadReport(job: Operation, reportId: string, reportFile: string, to: Destination): Promise<void> {
  const folder = `${reportFile}.chunks`;
  const { sha256, chunks } = splitReport(reportFile, folder, to.chunkBytes);
  const total = chunks.length;
  const facts = ({ index, bytes, sha256: hash }: Chunk): Details => {
    return { chunk_index: index, total_chunks: total, size_bytes: bytes, sha256: hash };
  };
  for (const chunk of chunks) job.log.info(EventType.ChunkCreated, `Chunk ${chunk.index + 1}/${total} created`, facts(chunk));
  try {
    await job.operation({ type: 'upload', details: { url: to.url, chunks: total } }, async (op) => {
      for (const chunk of chunks) {
        try {
          await send(op, sendingOf(reportId, chunk), to);
          op.log.chunkUploaded(reportId, chunk.index, total, chunk.bytes);
        } catch (error) {
          op.log.error(EventType.ChunkFailed, `Chunk ${chunk.index + 1}/${total} failed`, error, facts(chunk));
          throw error;
        }
      }
      const body = JSON.stringify({ chunks: total, sha256 });
      await send(op, { what: 'the whole report', path: `reports/${reportId}`, method: 'POST', headers: {}, body }, to);
      op.set({ chunks: total, sha256 });
    });
  } finally {
    rmSync(folder, { recursive: true });
    job.log.info(EventType.ChunkCleanup, 'Chunk files deleted', { chunks: total });
  }
}

function sendingOf(reportId: string, { index, sha256, file }: Chunk): Sending {
  // RFC 9530: the receiver sees whether the bytes are still what they were.
  const headers = { 'content-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` };
  const body = new Uint8Array(readFileSync(file));
  return { what: `chunk ${index + 1}`, path: `reports/${reportId}/chunks/${index}`, method: 'PUT', headers, body };
}

/** Tries until it is done, is told that it never will be, or has tried often enough. */
async function send(op: Operation, sending: Sending, to: Destination): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await tryOnce(op, sending, to);
    if (result.end === 'done') return;
    const facts = { what: sending.what, attempt };
    const error = new Error(`${sending.what}: ${result.why}`);
    if (result.end === 'denied') op.log.error(EventType.AuthFailed, 'The receiver does not take the credentials', error, facts);
    if (result.end === 'limited') {
      op.log.warn(EventType.RateLimited, 'The receiver asks for fewer requests', { ...facts, retry_after_ms: result.retryAfterMs });
    }
    if (result.end === 'denied' || result.end === 'refused' || attempt >= to.attemptsMax) throw error;
    const waitMs = result.retryAfterMs ?? backoffMs(attempt, to);
    const [message, details] = [`Trying again in ${waitMs} ms`, { ...facts, wait_ms: waitMs }];
    op.log.log({ type: EventType.UploadRetry, severity: 'WARN', message, error, details });
    await delay(waitMs, undefined, { signal: op.signal });
  }
}

/** Exponential, with full jitter: agents that failed together do not come back together. */
function backoffMs(attempt: number, { backoffMs: first, backoffMaxMs }: Destination): number {
  return Math.round(Math.random() * Math.min(backoffMaxMs, first * 2 ** (attempt - 1)));
}

async function tryOnce(op: Operation, { path, method, headers, body }: Sending, to: Destination): Promise<Attempt> {
  const signal = AbortSignal.any([op.signal, AbortSignal.timeout(to.attemptTimeoutMs)]);
  try {
    const authorization = `Bearer ${to.token}`;
    const response = await fetch(new URL(path, to.url), { method, headers: { ...headers, authorization }, body, signal });
    await response.arrayBuffer();
    return attemptOf(response);
  } catch (error) {
    op.signal.throwIfAborted();
    const { message, cause } = error instanceof Error ? error : new Error(String(error));
    return { end: 'again', why: cause instanceof Error ? `${message}: ${cause.message}` : message };
  }
}

function attemptOf({ status, ok, headers }: Response): Attempt {
  const why = `answered ${status}`;
  if (ok) return { end: 'done', why };
  if (status === 401 || status === 403) return { end: 'denied', why };
  // Only the form in seconds of RFC 9110 §10.2.3: a date would need the two clocks to agree.
  const seconds = Number(headers.get('retry-after') ?? Number.NaN);
  const retryAfter = seconds >= 0 ? { retryAfterMs: seconds * 1000 } : {};
  if (status === 429) return { end: 'limited', why, ...retryAfter };
  // 422: the bytes were damaged on their way, and are whole here.
  return status === 422 || status >= 500 ? { end: 'again', why, ...retryAfter } : { end: 'refused', why };
}
