// What is to be had of one log: its newest checkpoint, its lines by their place, and proofs of them.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { encodeBase64, linesAnswer, logLinesMax, logsPath, proofAnswer } from '@agent-audit/log';
import { Type } from 'typebox';
import { isVisible, unknownLog } from '../ingest/ownership.ts';
import type { JournalEntry } from '../own-log/journal.ts';
import { Refusal } from '../refusal.ts';
import type { EventKey, LogRecord } from '../store/store.ts';
import { linesSchema, proofSchema } from './answer-schemas.ts';
import { linesOf } from './log-lines.ts';
import { answers, problemAnswers } from './problem-answers.ts';
import type { Reader } from './read-gate.ts';
import { type Reading, sendJson } from './reading.ts';

const logIdParameter = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The 32 hex digits of the origin.' });
const logParameters = Type.Object({ id: logIdParameter });
const lineParameters = Type.Object({ id: logIdParameter, seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }) });
const linesQuery = Type.Object(
  {
    from: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, description: 'The seq of the first line.' }),
    to: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      description: `The first seq that counts no more; at most \`from\` + ${logLinesMax}. It may lie beyond the end of the log.`,
    }),
  },
  { additionalProperties: false },
);
const noteMediaType = 'text/plain; charset=utf-8';

/** `GET /v1/logs/{id}/checkpoint`, `GET /v1/logs/{id}/lines`, `GET /v1/logs/{id}/{seq}/proof` */
export function addLogRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store, prover } = reading.parts;

  const checkpointDocs = {
    summary: 'The newest checkpoint of a log, cosigned',
    description: 'A C2SP signed note: the log says with it what it is, and the collector that it has seen the same.',
    params: logParameters,
    response: {
      200: { description: 'The note', content: { 'text/plain': { schema: Type.String() } } },
      ...problemAnswers('LOG_UNKNOWN', 'NOT_FOUND'),
    },
  };
  app.get(`${logsPath}/:id/checkpoint`, { onRequest, schema: checkpointDocs }, async (request, reply) => {
    const reader = reading.admit(request, reply);
    const { logId, agent, size, note } = seenLog(reading, reader, request.params.id);
    if (note === '') throw new Refusal('NOT_FOUND', `nothing of log ${logId} has come yet, so there is no checkpoint: ask again later`);
    const target = { type: 'log', id: logId, name: agent };
    reading.record(reader, { type: 'log_read', message: 'Checkpoint read', target, details: { size } });
    return reply.type(noteMediaType).send(note);
  });

  addLinesRoute(plain, reading);

  const proofDocs = {
    summary: 'What proves one line',
    description:
      'To somebody who has nothing else: `agent-audit verify --proof` checks it offline, and so does any tool that reads C2SP tlog-proof.',
    params: lineParameters,
    response: answers('The proof', proofSchema, 'LOG_UNKNOWN', 'NOT_FOUND'),
  };
  app.get(`${logsPath}/:id/:seq/proof`, { onRequest, schema: proofDocs }, async (request, reply) => {
    const reader = reading.admit(request, reply);
    const { seq } = request.params;
    const logId = await provableLog(reading, reader, request.params);
    const { line, proof, vkey } = await prover.proof(logId, seq);
    const answer = proofAnswer.format({ line_base64: encodeBase64(line), proof, vkey, cosigners: await store.cosigners() });
    const target = logTarget(reading, logId);
    reading.record(reader, { type: 'event_proven', message: 'Line proven', target, details: { seq, rows: 1 } });
    return sendJson(reply, answer);
  });
}

function addLinesRoute(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const docs = {
    summary: 'Lines of one log, by their place',
    description: 'What stands around a line, whatever the times say. By seq; each as `GET /v1/events` shows it.',
    params: logParameters,
    querystring: linesQuery,
    response: answers('The lines', linesSchema, 'LOG_UNKNOWN'),
  };
  app.get(`${logsPath}/:id/lines`, { onRequest: reading.gate.enter, schema: docs }, async (request, reply) => {
    const { from, to } = request.query;
    if (to <= from || to - from > logLinesMax) throw rangeRefused(from, to);
    const reader = reading.admit(request, reply);
    const logId = request.params.id;
    const found = await linesOf(reading, reader, { logId, from, to });
    const details = { from, to, rows: found.events.length };
    reading.record(reader, { type: 'log_read', message: 'Lines read', target: logTarget(reading, logId), details });
    return sendJson(reply, linesAnswer.format(found));
  });
}

/** A log as the journal tells of it: whoever reads it years later knows agents, and no ids of logs. */
function logTarget(reading: Reading, logId: string): NonNullable<JournalEntry['target']> {
  const agent = reading.parts.logs.log(logId)?.agent;
  return { type: 'log', id: logId, ...(agent === undefined ? {} : { name: agent }) };
}

function rangeRefused(from: number, to: number): Refusal {
  const why = to <= from ? 'holds no line' : `holds ${to - from} lines, and an answer ${logLinesMax} at most`;
  return new Refusal('REQUEST_MALFORMED', `from ${from} to ${to} ${why}: give a "to" from ${from + 1} to ${from + logLinesMax}`);
}

/**
 * The log of a line that the reader may see: all of the log's, or this one. A relayed log holds lines of many agents.
 * @throws Refusal LOG_UNKNOWN
 */
async function provableLog(
  reading: Reading,
  reader: Reader,
  { id: logId, seq }: { readonly id: string; readonly seq: number },
): Promise<string> {
  const { visible, signal } = reader;
  const record = reading.parts.logs.log(logId);
  const isForeign = record === undefined || !isVisible({ ...record, agent: visible.agent ?? record.agent }, visible);
  if (isForeign || isVisible(record, visible)) return seenLog(reading, reader, logId).logId;
  const query = { kind: 'field', field: 'seq', tests: [{ op: 'is', value: String(seq) }] } as const;
  for (let after: EventKey | undefined; ;) {
    const request = { visible, query, order: 'asc', limit: 1_000, signal } as const;
    const { events, more } = await reading.parts.store.events({ ...request, ...(after === undefined ? {} : { after }) });
    if (events.some((event) => event.logId === logId)) return logId;
    after = events.at(-1)?.key;
    if (!more || after === undefined) throw unknownLog(logId);
  }
}

/**
 * A log that the reader may see. Another's is refused as one that there is not: its id cannot be found out by guessing.
 * @throws Refusal LOG_UNKNOWN
 */
function seenLog(reading: Reading, { visible }: Reader, logId: string): LogRecord {
  const record = reading.parts.logs.log(logId);
  if (record === undefined || !isVisible(record, visible)) throw unknownLog(logId);
  return record;
}
