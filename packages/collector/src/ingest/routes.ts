// The routes that agents write to. Bodies reach ingest as the streams that they are: Fastify's parsers, which keep a body whole before
// anybody has looked at it, have no part in it.
import type { IncomingMessage } from 'node:http';
import { entriesPath, evidencePath, formatEnrolled, formatReceipt, logsPath, noteBytesMax } from '@agent-audit/log';
import type { FastifyInstance, FastifyPluginCallback, FastifyReply, FastifyRequest } from 'fastify';
import type { Authorise } from '../auth/authorise.ts';
import type { Clock } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import { type Body, type BodyEncoding, readBody } from './body.ts';
import { Budget } from './budget.ts';
import type { Ingest } from './ingest.ts';
import { defaultIngestLimits, type IngestLimits } from './limits.ts';

export interface IngestRoutesOptions {
  readonly ingest: Ingest;
  readonly authorise: Authorise;
  readonly clock: Clock;
  readonly limits?: IngestLimits;
}

/** An enrolment, or evidence: a note, a key, a few words; each character may be escaped. */
const textBytesMax = 4 * noteBytesMax;
/** Texts of all such requests together. */
const textsBytesMax = 16 * 1024 * 1024;

/** `POST /v1/entries`, `POST /v1/logs`, `POST /v1/logs/{id}/evidence`. What they refuse, they throw: a Refusal for the server's handler. */
export const ingestRoutes: FastifyPluginCallback<IngestRoutesOptions> = (server: FastifyInstance, options, done) => {
  const { ingest, authorise, clock } = options;
  // Whatever the content type says: the body is handed on unread.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', (_request, payload, parsed) => parsed(null, payload));
  const texts = new Budget(textsBytesMax);
  const limits = { ...(options.limits ?? defaultIngestLimits), bodyBytesMax: textBytesMax };

  /** Reads a small body whole. */
  const readText = async (request: FastifyRequest): Promise<string> => {
    using share = texts.open();
    const bytes = await readBody(bodyOf(request), { encoding: encodingOf(request), limits, clock, share });
    return new TextDecoder().decode(bytes);
  };

  server.post(entriesPath, async (request, reply) => {
    const principal = authorise(request, 'ingest');
    return whole(request, reply, async () => {
      const receipt = await ingest.entries(principal, bodyOf(request), encodingOf(request));
      return reply.type('application/json').send(formatReceipt(receipt));
    });
  });

  server.post(logsPath, async (request, reply) => {
    const principal = authorise(request, 'ingest');
    return whole(request, reply, async () => {
      const enrolled = await ingest.enrol(principal, await readText(request));
      return reply.type('application/json').send(formatEnrolled(enrolled));
    });
  });

  server.post<{ Params: { logId: string } }>(evidencePath(':logId'), async (request, reply) => {
    const principal = authorise(request, 'ingest');
    return whole(request, reply, async () => {
      await ingest.evidence(principal, request.params.logId, await readText(request));
      return reply.code(204).send();
    });
  });

  done();
};

/**
 * Runs a handler. Where it refuses before the body has come whole (too large, too slow, no room), what is still to come would be read for
 * nothing: the connection ends with the answer. Only who is to come again a little later keeps his.
 */
export async function whole<T>(request: FastifyRequest, reply: FastifyReply, handle: () => Promise<T>): Promise<T> {
  try {
    return await handle();
  } catch (error) {
    if (!request.raw.complete && !(error instanceof Refusal && error.code === 'RATE_LIMITED')) reply.header('connection', 'close');
    throw error;
  }
}

/** The request's stream. Leaving the loop over it must not end the connection: the answer goes over it. */
export function bodyOf(request: FastifyRequest): Body {
  const raw: IncomingMessage = request.raw;
  return { [Symbol.asyncIterator]: () => raw.iterator({ destroyOnReturn: false }) };
}

/** What a body is packed in. */
export function encodingOf({ headers }: FastifyRequest): BodyEncoding {
  const encoding = (headers['content-encoding'] ?? 'identity').toLowerCase();
  if (encoding === 'identity' || encoding === 'gzip') return encoding;
  throw new Refusal('MEDIA_TYPE_UNSUPPORTED', `content-encoding ${encoding} is not read here; send gzip, or none`);
}
