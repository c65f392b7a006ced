// The answers, as the API's description shows them. What writes them is in packages/log, member by member; a test holds every answer of
// every route against these, so that the two say the same.
import { completenessLogsMax, histogramBarsMax, logLinesMax, ratesBarsMax, ratesLogsMax, readEventsMax } from '@agent-audit/log';
import { type TSchema, Type } from 'typebox';

const exampleLog = '00112233445566778899aabbccddeeff';

/** RFC 3339, UTC. */
const time = Type.String({ format: 'date-time', examples: ['2026-11-24T14:03:22.118Z'] });
const logId = Type.String({ pattern: '^[0-9a-f]{32}$', description: 'The 32 hex digits of the origin.', examples: [exampleLog] });
const origin = Type.String({ examples: [`scanner-7/${exampleLog}`] });
const count = Type.Integer({ minimum: 0 });
const tenant = Type.String({ examples: ['acme'] });
const agent = Type.String({ examples: ['scanner-7'] });
const severityOrType = Type.Union([Type.Literal('severity'), Type.Literal('type')]);

const lagging = Type.Array(
  Type.Object({
    log: logId,
    agent,
    lag_events: Type.Optional(Type.Integer({ minimum: 0, description: 'Lines that it told of and that are not here.' })),
    seen_at: time,
  }),
  { maxItems: completenessLogsMax },
);

const neighbour = (which: string): TSchema =>
  Type.String({ format: 'date-time', description: `The time of line ${which}. Missing where it is not here.` });
const gap = Type.Object({
  log: logId,
  agent,
  from: count,
  to: count,
  from_time: Type.Optional(neighbour('`from` - 1')),
  to_time: Type.Optional(neighbour('`to`')),
});

const logCounts = { live: count, behind: count, stopped: count, silent: count, forked: count };
const completeness = Type.Object(
  {
    complete_to: Type.Optional(
      Type.String({
        format: 'date-time',
        description: 'All events before then are here, but for what forked logs and gaps lack. Missing where nobody can know.',
      }),
    ),
    heard_to: Type.Optional(Type.String({ format: 'date-time', description: 'The same, without waiting for silent logs.' })),
    logs: Type.Object(logCounts),
    behind: lagging,
    silent: lagging,
    forked: lagging,
    gaps: Type.Array(gap, { maxItems: completenessLogsMax, description: 'Lines [from, to) that nobody will ever have here.' }),
    gaps_total: count,
  },
  { description: 'How far the answer can be trusted to be all, of the logs that the token may see.' },
);

const event = Type.Object({
  log: logId,
  origin,
  tenant: Type.String({ description: 'By the token that brought it, whatever the line says.', examples: ['acme'] }),
  agent,
  seq: Type.Integer({ minimum: 0, description: 'Its place in the log.' }),
  received_at: Type.String({ format: 'date-time', description: "By the collector's clock; the line has the event's own." }),
  line: Type.String({ description: 'The raw line.', examples: ['{"seq":4,"timestamp":"2026-11-24T14:03:22.118Z","type":"job_started"}'] }),
  marks: Type.Array(Type.String(), { description: 'NOT_JSON, OTHER_TENANT, OTHER_AGENT, RELAYED, ERASED.' }),
});
const events = Type.Array(event, { maxItems: readEventsMax });
const next = Type.Optional(Type.String({ description: 'A cursor: goes on. Missing where there is no more.' }));
const previous = Type.Optional(Type.String({ description: 'A cursor: goes back. Missing at the beginning.' }));
const valueCounts = Type.Array(Type.Object({ value: Type.String(), count }));

const job = Type.Object({
  job_id: Type.String({ examples: ['j-42'] }),
  tenant,
  agent,
  started_at: time,
  ended_at: Type.Optional(time),
  took_ms: Type.Optional(
    Type.Number({ description: 'What the event that ended it says it took; `ended_at` less `started_at` where that says nothing.' }),
  ),
  outcome: Type.Enum(['completed', 'failed', 'timeout', 'unknown', 'running']),
  events: count,
  errors: count,
  findings: Type.Optional(count),
});

/** `GET /v1/events` */
export const eventsSchema: TSchema = Type.Object({
  events,
  next,
  previous,
  completeness,
});

/** `GET /v1/events/count` */
export const countSchema: TSchema = Type.Object({ count, completeness });

/** `GET /v1/logs/{id}/lines` */
export const linesSchema: TSchema = Type.Object({
  events: Type.Array(event, { maxItems: logLinesMax }),
  next: Type.Optional(Type.Integer({ minimum: 0, description: 'The answer would be longer than 16 MiB: go on from this seq.' })),
  size: Type.Optional(Type.Integer({ minimum: 0, description: 'Lines of the log. Missing where the token may see only some of them.' })),
  gaps: Type.Array(gap, {
    maxItems: logLinesMax,
    description: "The gaps that meet the range. A line below `size`, in no gap and not here, was deleted by the collector's retention.",
  }),
});

/** `GET /v1/histogram` */
export const histogramSchema: TSchema = Type.Object({
  since: time,
  until: time,
  width_ms: count,
  by: severityOrType,
  bars: Type.Array(Type.Object({ from: time, counts: valueCounts }), { maxItems: histogramBarsMax, description: 'Those with events.' }),
  completeness,
});

/** `GET /v1/facets` */
export const facetsSchema: TSchema = Type.Object({
  facets: Type.Array(Type.Object({ field: Type.String({ examples: ['type'] }), values: valueCounts })),
});

/** `GET /v1/stats` */
export const statsSchema: TSchema = Type.Object({
  events: count,
  first: Type.Optional(time),
  last: Type.Optional(time),
  by_type: valueCounts,
  by_severity: valueCounts,
  by_agent: valueCounts,
  top_errors: valueCounts,
  durations: Type.Array(
    Type.Object({ type: Type.String(), count, median_ms: Type.Number(), p95_ms: Type.Number(), max_ms: Type.Optional(Type.Number()) }),
  ),
  completeness,
});

/** `GET /v1/jobs` */
export const jobsSchema: TSchema = Type.Object({ jobs: Type.Array(job), more: Type.Boolean(), completeness });

/** `GET /v1/jobs/{id}` */
export const jobSchema: TSchema = Type.Object({
  job_id: Type.String({ examples: ['j-42'] }),
  runs: Type.Array(job, { description: 'One for each agent.' }),
  events,
  next,
  completeness,
});

/** `GET /v1/agents` */
export const agentsSchema: TSchema = Type.Object({
  agents: Type.Array(
    Type.Object({
      log: logId,
      origin,
      vkey: Type.String(),
      tenant,
      agent,
      state: Type.Enum(['live', 'behind', 'stopped', 'silent', 'forked']),
      size: count,
      first: count,
      enrolled_at: time,
      seen_at: time,
      lag_ms: count,
      lag_events: Type.Optional(count),
      newest_event_at: Type.Optional(Type.String({ format: 'date-time', description: "By the event's own clock." })),
      lost_events: count,
      gaps: Type.Array(Type.Object({ from: count, to: count })),
      alarms: count,
      relay: Type.Optional(
        Type.Boolean({ description: 'The collector writes this log itself: events that came through POST /v1/events.' }),
      ),
    }),
  ),
  before: Type.Integer({ minimum: 0, description: 'How many stand before these.' }),
  counts: Type.Object(logCounts, { description: 'Of all that `name` and `log` find, whatever `state` and page are.' }),
  next,
  previous,
});

/** `GET /v1/agents/rates` */
export const ratesSchema: TSchema = Type.Object({
  since: time,
  until: time,
  width_ms: count,
  rates: Type.Array(
    Type.Object({ log: logId, counts: Type.Array(count, { maxItems: ratesBarsMax, description: 'One number a bar, the oldest first.' }) }),
    { maxItems: ratesLogsMax },
  ),
});

/** `GET /v1/completeness` */
export const completenessSchema: TSchema = Type.Object({ completeness });

/** `GET /v1/alarms` */
export const alarmsSchema: TSchema = Type.Object({
  alarms: Type.Array(
    Type.Object({
      id: Type.String(),
      tenant,
      agent,
      log: logId,
      origin,
      kind: Type.String({ examples: ['FORK'] }),
      at: time,
      message: Type.String(),
      notes: Type.Array(Type.String(), { description: 'Signed notes: the evidence.' }),
      from: Type.Optional(count),
      to: Type.Optional(count),
    }),
  ),
});

/** `GET /v1/logs/{id}/{seq}/proof` */
export const proofSchema: TSchema = Type.Object({
  line_base64: Type.String({ contentEncoding: 'base64' }),
  proof: Type.String({ description: 'C2SP tlog-proof, with the newest cosigned checkpoint.' }),
  vkey: Type.String(),
  cosigners: Type.Array(Type.String()),
});

/** `GET /v1/collector` */
export const collectorSchema: TSchema = Type.Object({
  version: Type.String(),
  api: count,
  format: count,
  cosigners: Type.Array(Type.String()),
  store: Type.Enum(['embedded', 'clickhouse']),
  token: Type.Object({
    id: Type.String(),
    name: Type.String(),
    tenant: Type.String({ description: '`*`: every tenant.' }),
    agent: Type.Optional(agent),
    scopes: Type.Array(Type.Enum(['ingest', 'read', 'admin'])),
    created_at: time,
    expires_at: Type.Optional(time),
    revoked_at: Type.Optional(time),
  }),
});
