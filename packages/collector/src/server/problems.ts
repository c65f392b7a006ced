// The one place where what was thrown becomes an answer: RFC 9457, with a stable code. Of what nobody foresaw, the answer says an id, and
// the collector's own log says the rest under it.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { formatProblem, LogError, problemMediaType, problemStatus, type WireProblemCode } from '@agent-audit/log';
import { SearchError } from '@agent-audit/search';
import { DatabaseError } from '../db/database.ts';
import type { Journal } from '../own-log/journal.ts';
import { Refusal } from '../refusal.ts';
import { storeRefusal } from '../store-refusal.ts';
import { ReaderGone } from '../routes/read-gate.ts';

const retryAfterSeconds = 5;
/** Only an operator ends it. */
const lateMs = 60_000;

/** Answers with what was thrown. */
export function problemHandler(journal: Journal): (error: unknown, request: FastifyRequest, reply: FastifyReply) => void {
  return (error, request, reply) => {
    if (isGivenUp(error, reply)) {
      void reply.hijack();
      return;
    }
    const refusal = refusalOf(error) ?? internal(error, request, journal);
    sendProblem(reply, refusal);
  };
}

/** Whether it says nothing but that the other side is gone: no fault, and nobody is left to hear of it. */
function isGivenUp(error: unknown, { raw }: FastifyReply): boolean {
  if (!raw.destroyed) return false;
  return error instanceof ReaderGone || (error instanceof Error && 'code' in error && error.code === 'ECONNRESET');
}

/** Sends a refusal as it stands on the wire. */
export function sendProblem(reply: FastifyReply, { code, message, members, retryAfterSeconds: retryAfter }: Refusal): void {
  if (code === 'TOKEN_MISSING' || code === 'TOKEN_INVALID') reply.header('www-authenticate', 'Bearer');
  if (retryAfter !== undefined) reply.header('retry-after', String(retryAfter));
  void reply
    .code(problemStatus[code])
    .header('content-type', problemMediaType)
    .send(formatProblem(code, message, { ...members, request_id: reply.request.id }));
}

/** The refusal that a thrown value stands for; undefined where nobody foresaw it. */
function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof LogError && error.code === 'WIRE_MALFORMED') {
    return new Refusal('REQUEST_MALFORMED', error.message, { cause: error });
  }
  if (error instanceof SearchError) return ofSearch(error);
  if (error instanceof DatabaseError) return ofDatabase(error);
  return isFastifyError(error) ? ofFramework(error) : undefined;
}

function ofSearch(cause: SearchError): Refusal {
  const { code, message, column, length, suggestion } = cause;
  const search = { code, column, length, ...(suggestion === undefined ? {} : { suggestion }) };
  return new Refusal('SEARCH_MALFORMED', message, { members: { search }, cause });
}

/** What the database said stays here: it may hold statements and paths. */
function ofDatabase(cause: DatabaseError): Refusal | undefined {
  switch (cause.code) {
    case 'DB_UNAVAILABLE':
      return new Refusal('UNAVAILABLE', 'the store does not answer; come again', { retryAfterSeconds, cause });
    case 'DB_TIMEOUT':
      return new Refusal('UNAVAILABLE', 'the store took too long; ask for a shorter time, or for less', { retryAfterSeconds, cause });
    case 'DB_LIMIT':
      return new Refusal('UNAVAILABLE', 'this needs more of the store than one request may; ask for less', { cause });
    case 'DB_FULL':
      return new Refusal('STORE_FULL', "the store's disk is full: its operator must make room", { retryAfterSeconds: 60, cause });
    case 'DB_DENIED':
      return storeRefusal(cause, lateMs);
    case 'DB_REFUSED':
    case 'DB_MISSING':
    case 'DB_IN_USE':
    case 'DB_SHORT_WRITE':
      return undefined;
  }
}

/** Codes of the framework's own refusals, by what they mean here. */
const frameworkCodes: Readonly<Record<number, WireProblemCode>> = {
  400: 'REQUEST_MALFORMED',
  404: 'NOT_FOUND',
  413: 'BODY_TOO_LARGE',
  414: 'REQUEST_MALFORMED',
  415: 'MEDIA_TYPE_UNSUPPORTED',
  503: 'UNAVAILABLE',
};

function ofFramework(cause: FastifyError): Refusal | undefined {
  const code = frameworkCodes[cause.statusCode ?? 500];
  return code === undefined ? undefined : new Refusal(code, cause.message, { cause });
}

function isFastifyError(error: unknown): error is FastifyError {
  if (!(error instanceof Error) || !('code' in error) || !('statusCode' in error)) return false;
  return typeof error.code === 'string' && error.code.startsWith('FST_');
}

function internal(error: unknown, request: FastifyRequest, journal: Journal): Refusal {
  journal.record({
    type: 'internal_error',
    severity: 'ERROR',
    message: `A request failed: ${request.method} ${request.routeOptions.url ?? ''}`,
    outcome: 'failure',
    error,
    details: { request_id: request.id, stack: error instanceof Error ? (error.stack ?? '') : '' },
  });
  const message = `a fault of the collector itself; its own log says more under the request_id ${request.id}`;
  return new Refusal('INTERNAL', message, { cause: error });
}
