import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { jobAnswer, jobsAnswer, jobsAnswerMax, jobsPath, readEventsByDefault, readEventsMax, type ReadJob } from '@agent-audit/log';
import { Type } from 'typebox';
import { Refusal } from '../refusal.ts';
import type { JobSummary } from '../store/store.ts';
import { jobSchema, jobsSchema } from './answer-schemas.ts';
import { parseEventsCursor } from './cursor.ts';
import { timeText } from './event-view.ts';
import { readPage } from './events-page.ts';
import { jobQuery, storyQuery } from './job-story.ts';
import { cursorParameter, limitParameter, searchDetails, searchOf, searchParameter, sinceParameter, untilParameter } from './parameters.ts';
import { answers } from './problem-answers.ts';
import { type Reading, sendJson } from './reading.ts';

const jobsByDefault = 100;
const outcomes = ['completed', 'failed', 'timeout', 'unknown', 'running'] as const;

const jobsQuery = Type.Object(
  {
    q: searchParameter,
    since: sinceParameter,
    until: untilParameter,
    outcome: Type.Optional(Type.Enum([...outcomes])),
    limit: limitParameter('Jobs', jobsAnswerMax, jobsByDefault),
  },
  { additionalProperties: false },
);
const storyQuerystring = Type.Object(
  { cursor: cursorParameter, limit: limitParameter('Events', readEventsMax, readEventsByDefault) },
  { additionalProperties: false },
);
const jobParameters = Type.Object({ id: Type.String({ minLength: 1, maxLength: 1_024, examples: ['j-42'] }) });

/** `GET /v1/jobs`, `GET /v1/jobs/{id}` */
export function addJobsRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store } = reading.parts;

  const jobsDocs = {
    summary: 'Jobs, summed up',
    description: 'Those that began last first, one for each agent that worked on it.',
    querystring: jobsQuery,
    response: answers('The jobs', jobsSchema, 'SEARCH_MALFORMED'),
  };
  app.get(jobsPath, { onRequest, schema: jobsDocs }, async (request, reply) => {
    const { outcome, limit = jobsByDefault, ...parameters } = request.query;
    const search = searchOf(parameters);
    const reader = reading.admit(request, reply);
    const completeness = reading.completenessBefore(reader, search.query);
    const narrowed = { ...search, visible: reader.visible, signal: reader.signal };
    // One more than is told: whether there are older ones.
    const found = await store.jobs({ ...narrowed, limit: limit + 1, ...(outcome === undefined ? {} : { outcome }) });
    const jobs = found.slice(0, limit).map(jobView);
    const answer = jobsAnswer.format({ jobs, more: found.length > limit, completeness: await completeness() });
    const details = { ...searchDetails(search), ...(outcome === undefined ? {} : { outcome }), rows: jobs.length };
    reading.record(reader, { type: 'events_searched', message: 'Jobs listed', details });
    return sendJson(reply, answer);
  });

  const jobDocs = {
    summary: 'The story of one job',
    description: 'Over all agents that worked on it: its events, and those within an operation of it that name no job. Oldest first.',
    params: jobParameters,
    querystring: storyQuerystring,
    response: answers('The job', jobSchema, 'NOT_FOUND', 'CURSOR_MALFORMED'),
  };
  app.get(`${jobsPath}/:id`, { onRequest, schema: jobDocs }, async (request, reply) => {
    const { id: jobId } = request.params;
    const { cursor: text, limit = readEventsByDefault } = request.query;
    const cursorRequest = JSON.stringify(['job', jobId]);
    const cursor = text === undefined ? undefined : parseEventsCursor(text, cursorRequest);
    const reader = reading.admit(request, reply);
    const { visible, signal } = reader;
    const completeness = reading.completenessBefore(reader, jobQuery(jobId));
    const runs = await store.jobs({ visible, signal, query: jobQuery(jobId), limit: jobsAnswerMax });
    const query = await storyQuery(store, { visible, signal, jobId });
    const page = await readPage(store, { request: { visible, signal, query, order: 'asc', limit }, cursor, cursorRequest });
    if (runs.length === 0 && page.events.length === 0)
      throw new Refusal('NOT_FOUND', `no event of a job ${JSON.stringify(jobId)} is here, or none that this token may see`);
    const { events, next } = page;
    const view = { job_id: jobId, runs: runs.map(jobView), events, ...(next === undefined ? {} : { next }) };
    const answer = jobAnswer.format({ ...view, completeness: await completeness() });
    const target = { type: 'job', id: jobId };
    reading.record(reader, { type: 'events_searched', message: 'Job read', target, details: { rows: events.length } });
    return sendJson(reply, answer);
  });
}

function jobView({ jobId, tenant, agent, startedMs, endedMs, tookMs, outcome, events, errors, findings }: JobSummary): ReadJob {
  return {
    job_id: jobId,
    tenant,
    agent,
    started_at: timeText(startedMs),
    ...(endedMs === undefined ? {} : { ended_at: timeText(endedMs) }),
    ...(tookMs === undefined ? {} : { took_ms: tookMs }),
    outcome,
    events,
    errors,
    ...(findings === undefined ? {} : { findings }),
  };
}
