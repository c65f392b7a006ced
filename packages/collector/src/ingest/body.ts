// A body comes in: within its bytes, its time and the budget, or not at all. Reading stops at the first byte too many; the iterable is
// left alone then, so that the transport can still answer.
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Clock, Timer } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import type { BudgetShare } from './budget.ts';
import type { IngestLimits } from './limits.ts';

/** What a body is packed in. */
export type BodyEncoding = 'identity' | 'gzip';

/** A body as a transport has it. */
export type Body = AsyncIterable<Uint8Array> | Uint8Array;

export interface BodyReading {
  readonly encoding: BodyEncoding;
  readonly limits: IngestLimits;
  readonly clock: Clock;
  /** Holds what is returned. */
  readonly share: BudgetShare;
}

const inflate = promisify(gunzip);
const inflatedChunkBytes = 262_144;

/**
 * The whole body, inflated.
 * @throws Refusal BODY_TOO_LARGE, REQUEST_MALFORMED (not gzip, cut off), UNAVAILABLE (no room, or it took too long)
 */
export async function readBody(body: Body, reading: BodyReading): Promise<Uint8Array> {
  const raw = body instanceof Uint8Array ? takeWhole(body, reading) : await readChunks(body, reading);
  return reading.encoding === 'gzip' ? inflateBody(raw, reading) : raw;
}

function takeWhole(body: Uint8Array, { limits, share }: BodyReading): Uint8Array {
  if (body.length > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
  share.take(body.length);
  return body;
}

async function readChunks(body: AsyncIterable<Uint8Array>, { limits, clock, share }: BodyReading): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const chunksOf = body[Symbol.asyncIterator]();
  const deadline = deadlineOf(clock, limits.bodyDeadlineMs);
  try {
    for (;;) {
      const next = await Promise.race([chunksOf.next(), deadline.late]);
      if (next.done === true) return Buffer.concat(chunks, bytes);
      bytes += next.value.length;
      if (bytes > limits.bodyBytesMax) throw tooLarge(limits.bodyBytesMax);
      share.take(next.value.length);
      chunks.push(next.value);
    }
  } catch (error) {
    if (error instanceof Refusal) throw error;
    throw new Refusal('REQUEST_MALFORMED', `the body broke off after ${bytes} bytes; send it again`, { cause: error });
  } finally {
    deadline.timer.cancel();
  }
}

function deadlineOf(clock: Clock, delayMs: number): { timer: Timer; late: Promise<never> } {
  let timer: Timer | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = clock.after(delayMs, () => {
      const message = `the body did not come within ${delayMs / 1000} s; send fewer lines at once`;
      reject(new Refusal('UNAVAILABLE', message, { retryAfterSeconds: 1 }));
    });
  });
  // Raced against each chunk: where none is awaited when it falls due, nobody else would see it.
  late.catch(() => {});
  return { timer: timer ?? { cancel: () => {} }, late };
}

/**
 * Inflates one gzip member. Its trailer says how long it will be (RFC 1952 §2.3.1): that much is taken from the budget, and is the most
 * that is inflated; a trailer that lies is found out there.
 */
async function inflateBody(raw: Uint8Array, { limits, share }: BodyReading): Promise<Uint8Array> {
  if (raw.length < gzipBytesMin) throw notGzip('it is too short');
  const announced = new DataView(raw.buffer, raw.byteOffset + raw.length - 4, 4).getUint32(0, true);
  const free = Math.max(limits.inflatedBytesFree, raw.length * limits.inflationRatioMax);
  const allowed = Math.min(limits.bodyBytesMax, free);
  if (announced > allowed) throw tooLarge(allowed);
  share.take(announced);
  let inflated: Buffer;
  try {
    inflated = await inflate(raw, { maxOutputLength: Math.max(1, announced), chunkSize: inflatedChunkBytes });
  } catch (cause) {
    throw notGzip(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (inflated.length !== announced) throw notGzip(`its trailer says ${announced} bytes, there are ${inflated.length}`);
  share.give(raw.length);
  return inflated;
}

const gzipBytesMin = 20;

function notGzip(why: string, cause?: unknown): Refusal {
  return new Refusal('REQUEST_MALFORMED', `the body is not one whole gzip member: ${why}`, { cause });
}

function tooLarge(bytesMax: number): Refusal {
  return new Refusal('BODY_TOO_LARGE', `the body has more than ${bytesMax} bytes; send fewer lines at once`, { members: { bytesMax } });
}
