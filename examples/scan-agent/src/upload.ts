import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type Details, EventType, type Operation } from 'agent-audit';
import { type Chunk, splitReport } from './chunks.ts';
import { backoffMs, type Destination, type Sending, tryOnce } from './transfer.ts';

/**
 * Sends a report in chunks. A chunk may arrive twice, since an answer can get lost: the receiver takes the second for the first.
 * The chunks' files are deleted whatever comes: the report itself stays, and they can be cut from it again.
 */
export async function uploadReport(job: Operation, reportId: string, reportFile: string, to: Destination): Promise<void> {
  const folder = `${reportFile}.chunks`;
  const { sha256, chunks } = splitReport(reportFile, folder, to.chunkBytes);
  const total = chunks.length;
  for (const chunk of chunks) job.info(EventType.ChunkCreated, `Chunk ${chunk.index + 1}/${total} created`, detailsOf(chunk, total));
  try {
    await job.operation({ type: 'upload', details: { url: to.url, chunks: total } }, async (operation) => {
      for (const chunk of chunks) await sendChunk(operation, reportId, chunk, total, to);
      const body = JSON.stringify({ chunks: total, sha256 });
      await send(operation, { what: 'the whole report', path: `reports/${reportId}`, method: 'POST', headers: {}, body }, to);
      operation.set({ chunks: total, sha256 });
    });
  } finally {
    rmSync(folder, { recursive: true });
    job.info(EventType.ChunkCleanup, 'Chunk files deleted', { chunks: total });
  }
}

async function sendChunk(upload: Operation, reportId: string, chunk: Chunk, total: number, to: Destination): Promise<void> {
  const { index, bytes, sha256, file } = chunk;
  // RFC 9530: the receiver sees whether the bytes are still what they were.
  const headers = { 'content-digest': `sha-256=:${Buffer.from(sha256, 'hex').toString('base64')}:` };
  const body = new Uint8Array(readFileSync(file));
  try {
    await send(upload, { what: `chunk ${index + 1}`, path: `reports/${reportId}/chunks/${index}`, method: 'PUT', headers, body }, to);
    upload.chunkUploaded(reportId, index, total, bytes);
  } catch (error) {
    // What was called off has ended already, and is no failure of the chunk.
    if (!upload.signal.aborted) {
      upload.error(EventType.ChunkFailed, `Chunk ${index + 1}/${total} failed`, error, detailsOf(chunk, total));
    }
    throw error;
  }
}

function detailsOf({ index, bytes, sha256 }: Chunk, total: number): Details {
  return { chunk_index: index, total_chunks: total, size_bytes: bytes, sha256 };
}

/** Tries until it is done, is told that it never will be, or has tried often enough. */
async function send(upload: Operation, sending: Sending, to: Destination): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const { end, why, retryAfterMs } = await tryOnce(sending, to, upload.signal);
    if (end === 'done') return;
    const details = { what: sending.what, attempt };
    const error = new Error(`${sending.what}: ${why}`);
    if (end === 'denied') upload.error(EventType.AuthFailed, 'The receiver does not take the credentials', error, details);
    if (end === 'limited') {
      upload.warn(EventType.RateLimited, 'The receiver asks for fewer requests', { ...details, retry_after_ms: retryAfterMs });
    }
    if (end === 'denied' || end === 'refused' || attempt >= to.attemptsMax) throw error;
    const waitMs = retryAfterMs ?? backoffMs(attempt, to);
    const message = `Trying again in ${waitMs} ms`;
    upload.log({ type: EventType.UploadRetry, severity: 'WARN', message, error, details: { ...details, wait_ms: waitMs } });
    await delay(waitMs, undefined, { signal: upload.signal });
  }
}
