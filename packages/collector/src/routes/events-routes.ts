import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { countAnswer, countPath, eventsPath, readEventsByDefault, readEventsMax } from '@agent-audit/log';
import { Type } from 'typebox';
import { countSchema, eventsSchema } from './answer-schemas.ts';
import { type EventsCursor, parseEventsCursor } from './cursor.ts';
import { formatPage, readPage } from './events-page.ts';
import {
  cursorParameter,
  limitParameter,
  type Search,
  searchDetails,
  searchOf,
  searchParameter,
  sinceParameter,
  untilParameter,
} from './parameters.ts';
import { type Reading, sendJson } from './reading.ts';
import { answers } from './problem-answers.ts';

const eventsQuery = Type.Object(
  {
    q: searchParameter,
    since: sinceParameter,
    until: untilParameter,
    order: Type.Optional(
      Type.Union([Type.Literal('asc'), Type.Literal('desc')], {
        default: 'desc',
        description: "By the events' own time; desc: the newest first.",
      }),
    ),
    limit: limitParameter('Events', readEventsMax, readEventsByDefault),
    cursor: cursorParameter,
  },
  { additionalProperties: false },
);
const countQuery = Type.Object({ q: searchParameter, since: sinceParameter, until: untilParameter }, { additionalProperties: false });

/** `GET /v1/events`, `GET /v1/events/count` */
export function addEventsRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store } = reading.parts;

  const eventsDocs = {
    summary: 'Events that a search finds',
    description: 'A page of events with its completeness. An answer of more than 16 MiB ends earlier, with a `next`.',
    querystring: eventsQuery,
    response: answers('A page of events', eventsSchema, 'SEARCH_MALFORMED', 'CURSOR_MALFORMED'),
  };
  app.get(eventsPath, { onRequest, schema: eventsDocs }, async (request, reply) => {
    const { order = 'desc', limit = readEventsByDefault, cursor: text, ...parameters } = request.query;
    const search = searchOf(parameters);
    const cursorRequest = requestOf('events', search, order);
    const cursor: EventsCursor | undefined = text === undefined ? undefined : parseEventsCursor(text, cursorRequest);
    const reader = reading.admit(request, reply);
    const completeness = reading.completenessBefore(reader, search.query);
    const narrowed = { ...search, visible: reader.visible, signal: reader.signal };
    const page = await readPage(store, { request: { ...narrowed, order, limit }, cursor, cursorRequest });
    const answer = formatPage(page, await completeness());
    const details = { ...searchDetails(search), order, rows: page.events.length };
    reading.record(reader, { type: 'events_searched', message: 'Events searched', details });
    return sendJson(reply, answer);
  });

  const countDocs = {
    summary: 'How many events a search finds',
    querystring: countQuery,
    response: answers('The count', countSchema, 'SEARCH_MALFORMED'),
  };
  app.get(countPath, { onRequest, schema: countDocs }, async (request, reply) => {
    const search = searchOf(request.query);
    const reader = reading.admit(request, reply);
    const completeness = reading.completenessBefore(reader, search.query);
    const count = await store.count({ ...search, visible: reader.visible, signal: reader.signal });
    const answer = countAnswer.format({ count, completeness: await completeness() });
    reading.record(reader, { type: 'events_searched', message: 'Events counted', details: { ...searchDetails(search), rows: count } });
    return sendJson(reply, answer);
  });
}

/** What a cursor goes with: the answer it stands in, the search in its one form, the order. */
export function requestOf(answer: string, { text, sinceMs, untilMs }: Search, order: string): string {
  return JSON.stringify([answer, text, sinceMs ?? null, untilMs ?? null, order]);
}
