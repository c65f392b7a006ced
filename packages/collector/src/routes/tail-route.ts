import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { formatTailMessage, tailKeepAlive, tailMediaType, tailPath } from '@agent-audit/log';
import { Type } from 'typebox';
import { liveQuery } from '../live/recent.ts';
import type { Tail } from '../live/tail.ts';
import { searchOf, searchParameter } from './parameters.ts';
import { problemAnswers } from './problem-answers.ts';
import type { Reading } from './reading.ts';

const tailQuery = Type.Object({ q: searchParameter }, { additionalProperties: false });
const tailHeaders = Type.Object({
  'last-event-id': Type.Optional(
    Type.String({ description: 'Goes on behind it: the id of the last message that came.', maxLength: 1_024 }),
  ),
});

/** `GET /v1/tail` */
export function addTailRoute(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { live, tokenWatch, journal } = reading.parts;
  // A tail has no end of its own: without this, a collector could not stop.
  app.addHook('preClose', async () => live.close());

  const schema = {
    summary: 'What comes in, as server-sent events',
    description:
      'In the order in which events come in. Messages: `place` (where the reader stands), `event` (as in a page of events), `gap` (the ' +
      'reader was too slow: connect again with the Last-Event-ID of the last event). It ends when the token is revoked or expires, or ' +
      'the session ends.',
    querystring: tailQuery,
    headers: tailHeaders,
    response: {
      200: { description: 'The messages', content: { [tailMediaType]: { schema: Type.Unsafe<unknown>({ type: 'string' }) } } },
      ...problemAnswers('SEARCH_MALFORMED', 'CURSOR_MALFORMED'),
    },
  };
  app.get(tailPath, { onRequest: reading.gate.enter, schema }, async (request, reply) => {
    const { query, text } = searchOf(request.query);
    const cursor = request.headers['last-event-id'];
    const { principal, visible, signal: gone } = reading.gate.admitTail(request, reply);
    const revoked = new AbortController();
    const signal = AbortSignal.any([gone, revoked.signal]);
    const tail = live.tail({ visible, query: liveQuery(query, text), signal, ...(cursor === undefined ? {} : { cursor }) });
    const unwatch = tokenWatch.watch(principal, () => revoked.abort());
    const details = { q: text, resumed: cursor !== undefined };
    journal.record({ type: 'events_followed', message: 'Tail began', by: principal, outcome: 'success', details });
    const onEnd = (rows: number): void => {
      unwatch();
      const why = revoked.signal.aborted ? { why: 'the token or the session ended' } : {};
      journal.record({
        type: 'events_followed',
        message: 'Tail ended',
        by: principal,
        outcome: 'success',
        details: { q: text, rows, ...why },
      });
    };
    return reply
      .type(tailMediaType)
      .header('x-accel-buffering', 'no')
      .send(Readable.from(textsOf(tail, onEnd), { objectMode: false, highWaterMark: 64 * 1024 }));
  });
}

/** The messages as they stand in the stream. */
async function* textsOf(tail: Tail, onEnd: (rows: number) => void): AsyncGenerator<Buffer, void> {
  let rows = 0;
  try {
    for await (const piece of tail.pieces()) {
      rows += piece.filter(({ kind }) => kind === 'event').length;
      yield Buffer.from(tailKeepAlive + piece.map(formatTailMessage).join(''));
    }
  } finally {
    onEnd(rows);
  }
}
