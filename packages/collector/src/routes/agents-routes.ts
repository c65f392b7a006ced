// Every log with its agent: how it is, and how much it recorded.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import {
  agentsAnswer,
  agentsAnswerMax,
  agentsPath,
  type LogGap,
  ratesAnswer,
  ratesBarsMax,
  ratesLogsMax,
  ratesPath,
  type ReadAgent,
} from '@agent-audit/log';
import { all } from '@agent-audit/search';
import { Type } from 'typebox';
import { Refusal } from '../refusal.ts';
import { barsOf } from '../store/bars.ts';
import type { LogRecord } from '../store/store.ts';
import { agentsPage, agentsRequest, formatAgentsCursor, parseAgentsCursor } from './agents-page.ts';
import { agentsSchema, ratesSchema } from './answer-schemas.ts';
import { type JudgedLog, judge, lagMember } from './completeness.ts';
import { timeText } from './event-view.ts';
import { isLogId } from './log-id.ts';
import { lossesOf } from './losses.ts';
import { cursorParameter, limitParameter, logParameter, searchOf, sinceParameter, untilParameter } from './parameters.ts';
import { answers } from './problem-answers.ts';
import { type Reading, sendJson } from './reading.ts';
import { rangeOf } from './time-range.ts';

const agentsByDefault = 100;
const barsByDefault = 40;

const agentsQuery = Type.Object(
  {
    state: Type.Optional(Type.Enum(['live', 'behind', 'stopped', 'silent', 'forked'])),
    name: Type.Optional(Type.String({ description: "Part of the agent's name, in letters of any case.", maxLength: 256 })),
    log: logParameter,
    order: Type.Optional(
      Type.Union([Type.Literal('agent'), Type.Literal('state')], {
        default: 'agent',
        description: 'By agent, then log; state: those that somebody must look at first (forked, silent, behind), then the same.',
      }),
    ),
    cursor: cursorParameter,
    limit: limitParameter('Logs', agentsAnswerMax, agentsByDefault),
  },
  { additionalProperties: false },
);
const ratesQuery = Type.Object(
  {
    logs: Type.String({
      description: `Ids of logs, with commas between them; at most ${ratesLogsMax}.`,
      maxLength: 40 * ratesLogsMax,
      examples: ['00112233445566778899aabbccddeeff'],
    }),
    since: sinceParameter,
    until: untilParameter,
    bars: limitParameter('Bars', ratesBarsMax, barsByDefault),
  },
  { additionalProperties: false },
);

/** `GET /v1/agents`, `GET /v1/agents/rates` */
export function addAgentsRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store, clock, logs, facts } = reading.parts;

  const agentsDocs = {
    summary: 'Every log with its agent, and how it is',
    description: '`counts` is of all that `name` and `log` find, whatever `state` and page are; `before` says how many stand before these.',
    querystring: agentsQuery,
    response: answers('The logs', agentsSchema, 'CURSOR_MALFORMED'),
  };
  app.get(agentsPath, { onRequest, schema: agentsDocs }, async (request, reply) => {
    const { cursor, limit = agentsByDefault, order = 'agent', ...narrowing } = request.query;
    const cursorRequest = agentsRequest({ ...narrowing, order });
    const place = cursor === undefined ? {} : { place: parseAgentsCursor(cursor, cursorRequest) };
    const reader = reading.admit(request, reply);
    const nowMs = clock.now();
    const judged = logs.logs(reader.visible).map((record) => judge(record, nowMs));
    const { shown, before, counts, next, previous } = agentsPage(judged, { ...narrowing, order, limit, ...place });
    const gaps = byLog(await reading.gaps.of(shown.map(({ record }) => record)));
    const losses = await lossesOf(store, reader.visible, reader.signal);
    const alarms = await store.alarmCounts(reader.visible);
    const context = { nowMs, gaps, losses, alarms, isRelay: facts.isRelay };
    const agents = shown.map((log) => agentView(log, context));
    const details = { ...narrowing, rows: agents.length };
    reading.record(reader, { type: 'events_searched', message: 'Agents listed', details });
    const cursors = {
      ...(next === undefined ? {} : { next: formatAgentsCursor(next, cursorRequest) }),
      ...(previous === undefined ? {} : { previous: formatAgentsCursor(previous, cursorRequest) }),
    };
    return sendJson(reply, agentsAnswer.format({ agents, before, counts, ...cursors }));
  });

  const ratesDocs = {
    summary: 'How many events of some logs there are over time',
    description:
      'All of them in one answer: a number a bar, the oldest first. Logs that there are not, or that the token may not see, are left ' +
      'out. Without since and until, over all that there is.',
    querystring: ratesQuery,
    response: answers('The rates', ratesSchema),
  };
  app.get(ratesPath, { onRequest, schema: ratesDocs }, async (request, reply) => {
    const { logs: list, bars = barsByDefault, ...parameters } = request.query;
    const logIds = logIdsOf(list);
    const { sinceMs, untilMs } = searchOf(parameters);
    const reader = reading.admit(request, reply);
    const { visible, signal } = reader;
    const known = new Set(logs.logs(visible).map(({ logId }) => logId));
    const shown = logIds.filter((logId) => known.has(logId));
    const time = { ...(sinceMs === undefined ? {} : { sinceMs }), ...(untilMs === undefined ? {} : { untilMs }) };
    const range = await rangeOf(store, { visible, signal, query: all, ...time });
    const found = range.untilMs > range.sinceMs ? await store.rates({ visible, signal, ...range, logIds: shown, bars }) : undefined;
    const { widthMs, count } = barsOf({ ...range, bars });
    const empty = Array.from({ length: count }, () => 0);
    const rates = shown.map((log) => ({ log, counts: found?.get(log) ?? empty }));
    const [since, until] = [timeText(range.sinceMs), timeText(range.untilMs)];
    reading.record(reader, { type: 'events_searched', message: 'Rates of logs read', details: { since, until, rows: rates.length } });
    return sendJson(reply, ratesAnswer.format({ since, until, width_ms: widthMs, rates }));
  });
}

/** @throws Refusal REQUEST_MALFORMED */
function logIdsOf(list: string): readonly string[] {
  const ids = [...new Set(list.split(','))];
  const wrong = ids.find((id) => !isLogId(id));
  if (wrong !== undefined) {
    const why = `"logs" names ${JSON.stringify(wrong)}, which is no id of a log`;
    throw new Refusal('REQUEST_MALFORMED', `${why}: give 32 hex digits, and commas between several`);
  }
  if (ids.length > ratesLogsMax) throw new Refusal('REQUEST_MALFORMED', `"logs" names ${ids.length} logs: give at most ${ratesLogsMax}`);
  return ids;
}

function byLog(gaps: readonly LogGap[]): ReadonlyMap<string, readonly LogGap[]> {
  const found = new Map<string, LogGap[]>();
  for (const gap of gaps) {
    const known = found.get(gap.log);
    if (known === undefined) found.set(gap.log, [gap]);
    else known.push(gap);
  }
  return found;
}

interface AgentContext {
  readonly nowMs: number;
  readonly gaps: ReadonlyMap<string, readonly LogGap[]>;
  readonly losses: ReadonlyMap<string, number>;
  readonly alarms: ReadonlyMap<string, number>;
  readonly isRelay: (logId: string) => boolean;
}

function agentView({ record, state }: JudgedLog<LogRecord>, { nowMs, gaps, losses, alarms, isRelay }: AgentContext): ReadAgent {
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
    gaps: (gaps.get(logId) ?? []).map(({ from, to }) => ({ from, to })),
    alarms: alarms.get(logId) ?? 0,
    ...(isRelay(logId) ? { relay: true } : {}),
  };
}
