// Answers about the logs and the collector themselves.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import {
  agentsAnswer,
  agentsAnswerMax,
  agentsPath,
  alarmsAnswer,
  alarmsAnswerMax,
  alarmsPath,
  collectorAnswer,
  collectorPath,
  formatVersion,
  type LogGap,
  type ReadAgent,
  type ReadAlarm,
  readApiVersion,
} from '@agent-audit/log';
import { Type } from 'typebox';
import type { Alarm, LogRecord } from '../store/store.ts';
import { agentsSchema, alarmsSchema, collectorSchema } from './answer-schemas.ts';
import { type JudgedLog, judge, lagMember } from './completeness.ts';
import { formatCursor, malformedCursor, parseCursor } from './cursor.ts';
import { timeText } from './event-view.ts';
import { isLogId } from './log-id.ts';
import { lossesOf } from './losses.ts';
import { cursorParameter, limitParameter } from './parameters.ts';
import { answers } from './problem-answers.ts';
import { type Reading, sendJson } from './reading.ts';

const agentsByDefault = 100;
const alarmsByDefault = 100;
/** Alarms that are counted by log. */
const alarmsCountedMax = 100_000;

const agentsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['live', 'behind', 'stopped', 'silent', 'forked'])),
    cursor: cursorParameter,
    limit: limitParameter('Logs', agentsAnswerMax, agentsByDefault),
  },
  { additionalProperties: false },
);
const alarmsQuery = Type.Object({ limit: limitParameter('Alarms', alarmsAnswerMax, alarmsByDefault) }, { additionalProperties: false });

/** `GET /v1/agents`, `GET /v1/alarms`, `GET /v1/collector` */
export function addFleetRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store, clock, logs, facts } = reading.parts;

  const agentsDocs = {
    summary: 'Every log with its agent, and how it is',
    description: 'By agent, then log.',
    querystring: agentsQuery,
    response: answers('The logs', agentsSchema, 'CURSOR_MALFORMED'),
  };
  app.get(agentsPath, { onRequest, schema: agentsDocs }, async (request, reply) => {
    const { state, cursor, limit = agentsByDefault } = request.query;
    const cursorRequest = JSON.stringify(['agents', state ?? null]);
    const behind = cursor === undefined ? undefined : placeOf(parseCursor(cursor, cursorRequest));
    const reader = reading.admit(request, reply);
    const nowMs = clock.now();
    const wanted = logs
      .logs(reader.visible)
      .map((record) => judge(record, nowMs))
      .filter((log) => state === undefined || log.state === state)
      .toSorted((a, b) => comparePlaces(a.record, b.record))
      .filter(({ record }) => behind === undefined || comparePlaces(record, behind) > 0);
    const shown = wanted.slice(0, limit);
    const gaps = await reading.gaps.of(shown.map(({ record }) => record));
    const losses = await lossesOf(store, reader.visible, reader.signal);
    const alarms = countBy(await store.alarms(reader.visible, alarmsCountedMax));
    const agents = shown.map((log) => agentView(log, { nowMs, gaps, losses, alarms }));
    const last = wanted.length > limit ? shown.at(-1)?.record : undefined;
    const next = last === undefined ? {} : { next: formatCursor([encodeURIComponent(last.agent), last.logId], cursorRequest) };
    reading.record(reader, { type: 'events_searched', message: 'Agents listed', details: { rows: agents.length } });
    return sendJson(reply, agentsAnswer.format({ agents, ...next }));
  });

  const alarmsDocs = {
    summary: 'What an auditor must hear of',
    description: 'The newest first. No alarm is ever deleted.',
    querystring: alarmsQuery,
    response: answers('The alarms', alarmsSchema),
  };
  app.get(alarmsPath, { onRequest, schema: alarmsDocs }, async (request, reply) => {
    const { limit = alarmsByDefault } = request.query;
    const reader = reading.admit(request, reply);
    const alarms = (await store.alarms(reader.visible, limit)).map(alarmView);
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

type Place = Pick<LogRecord, 'agent' | 'logId'>;

function comparePlaces(a: Place, b: Place): number {
  return compareTexts(a.agent, b.agent) || compareTexts(a.logId, b.logId);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** @throws Refusal CURSOR_MALFORMED */
function placeOf([agent, logId, ...rest]: readonly string[]): Place {
  if (agent === undefined || logId === undefined || !isLogId(logId) || rest.length > 0) throw malformedCursor();
  return { agent: decodeURIComponent(agent), logId };
}

function countBy(alarms: readonly Alarm[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { logId } of alarms) counts.set(logId, (counts.get(logId) ?? 0) + 1);
  return counts;
}

interface AgentContext {
  readonly nowMs: number;
  readonly gaps: readonly LogGap[];
  readonly losses: ReadonlyMap<string, number>;
  readonly alarms: ReadonlyMap<string, number>;
}

function agentView({ record, state }: JudgedLog<LogRecord>, { nowMs, gaps, losses, alarms }: AgentContext): ReadAgent {
  const { logId, origin, vkey, tenant, agent, size, first, enrolledAtMs, seenAtMs, newestEventMs } = record;
  return {
    log: logId,
    origin,
    vkey,
    tenant,
    agent,
    state,
    size,
    first,
    enrolled_at: timeText(enrolledAtMs),
    seen_at: timeText(seenAtMs),
    lag_ms: Math.max(0, nowMs - seenAtMs),
    ...lagMember(record),
    ...(newestEventMs === 0 ? {} : { newest_event_at: timeText(newestEventMs) }),
    lost_events: losses.get(logId) ?? 0,
    gaps: gaps.filter(({ log }) => log === logId).map(({ from, to }) => ({ from, to })),
    alarms: alarms.get(logId) ?? 0,
  };
}

function alarmView({ id, tenant, agent, logId, origin, kind, atMs, message, notes, from, to }: Alarm): ReadAlarm {
  const range = { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
  return { id, tenant, agent, log: logId, origin, kind, at: timeText(atMs), message, notes, ...range };
}
