// Answers about the logs and the collector themselves.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import {
  alarmsAnswer,
  alarmsAnswerMax,
  alarmsPath,
  collectorAnswer,
  collectorPath,
  completenessAnswer,
  completenessPath,
  formatVersion,
  type ReadAlarm,
  readApiVersion,
} from '@agent-audit/log';
import { Type } from 'typebox';
import type { Alarm } from '../store/store.ts';
import { alarmsSchema, collectorSchema, completenessSchema } from './answer-schemas.ts';
import { timeText } from './event-view.ts';
import { limitParameter, logParameter, searchOf, searchParameter } from './parameters.ts';
import { answers } from './problem-answers.ts';
import { type Reading, sendJson } from './reading.ts';

const alarmsByDefault = 100;

const alarmsQuery = Type.Object(
  { log: logParameter, limit: limitParameter('Alarms', alarmsAnswerMax, alarmsByDefault) },
  { additionalProperties: false },
);
const completenessQuery = Type.Object({ q: searchParameter }, { additionalProperties: false });

/** `GET /v1/completeness`, `GET /v1/alarms`, `GET /v1/collector` */
export function addFleetRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store, facts } = reading.parts;

  const completenessDocs = {
    summary: 'How complete everything is',
    description:
      'What an answer to `q` would say of its completeness; no event is read for it. Gaps stand in it without the times beside them. ' +
      'It is not written down as a search is.',
    querystring: completenessQuery,
    response: answers('How complete everything is', completenessSchema, 'SEARCH_MALFORMED'),
  };
  app.get(completenessPath, { onRequest, schema: completenessDocs }, async (request, reply) => {
    const { query } = searchOf(request.query);
    const reader = reading.admit(request, reply);
    return sendJson(reply, completenessAnswer.format({ completeness: await reading.completenessNow(reader, query) }));
  });

  const alarmsDocs = {
    summary: 'What an auditor must hear of',
    description: 'The newest first. No alarm is ever deleted.',
    querystring: alarmsQuery,
    response: answers('The alarms', alarmsSchema),
  };
  app.get(alarmsPath, { onRequest, schema: alarmsDocs }, async (request, reply) => {
    const { limit = alarmsByDefault, log } = request.query;
    const reader = reading.admit(request, reply);
    const alarms = (await store.alarms(reader.visible, limit, log)).map(alarmView);
    reading.record(reader, { type: 'events_searched', message: 'Alarms listed', details: { rows: alarms.length } });
    return sendJson(reply, alarmsAnswer.format({ alarms }));
  });

  const collectorDocs = {
    summary: 'What answers here, and to whom',
    description: 'For any token, whatever its scopes.',
    response: answers('The collector', collectorSchema),
  };
  app.get(collectorPath, { onRequest: reading.gate.enterAny, schema: collectorDocs }, async (request, reply) => {
    const token = facts.tokenOf(reading.gate.principalOf(request));
    const about = { version: facts.version, api: readApiVersion, format: formatVersion, store: facts.store, token };
    return sendJson(reply, collectorAnswer.format({ ...about, cosigners: await store.cosigners() }));
  });
}

function alarmView({ id, tenant, agent, logId, origin, kind, atMs, message, notes, from, to }: Alarm): ReadAlarm {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return { id, tenant, agent, log: logId, origin, kind, at: timeText(atMs), message, notes, ...range };
}
