// What sums up: counts over time, the most frequent values of fields, statistics.
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import {
  facetsAnswer,
  facetsPath,
  histogramAnswer,
  histogramBarsMax,
  histogramPath,
  statsAnswer,
  type StatsAnswer,
  statsPath,
} from '@agent-audit/log';
import { fields, suggest } from '@agent-audit/search';
import { Type } from 'typebox';
import { Refusal } from '../refusal.ts';
import { barsOf } from '../store/bars.ts';
import type { EventStats, HistogramBar } from '../store/store.ts';
import { facetsSchema, histogramSchema, statsSchema } from './answer-schemas.ts';
import { timeText } from './event-view.ts';
import { limitParameter, searchDetails, searchOf, searchParameter, sinceParameter, untilParameter } from './parameters.ts';
import { answers } from './problem-answers.ts';
import { type Reading, sendJson } from './reading.ts';
import { rangeOf } from './time-range.ts';

const barsByDefault = 60;
const facetFieldsMax = 12;
const facetValuesMax = 100;
const facetValuesByDefault = 10;

const narrowing = { q: searchParameter, since: sinceParameter, until: untilParameter };
const histogramQuery = Type.Object(
  {
    ...narrowing,
    by: Type.Optional(Type.Union([Type.Literal('severity'), Type.Literal('type')], { default: 'severity' })),
    bars: limitParameter('Bars', histogramBarsMax, barsByDefault),
  },
  { additionalProperties: false },
);
const facetsQuery = Type.Object(
  {
    ...narrowing,
    fields: Type.String({
      description: `Names of fields, with commas between them; at most ${facetFieldsMax}.`,
      maxLength: 2_048,
      examples: ['type,severity,agent_id,details.tool'],
    }),
    limit: limitParameter('Values of each field', facetValuesMax, facetValuesByDefault),
  },
  { additionalProperties: false },
);
const statsQuery = Type.Object(narrowing, { additionalProperties: false });

/** `GET /v1/histogram`, `GET /v1/facets`, `GET /v1/stats` */
export function addSummaryRoutes(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const onRequest = reading.gate.enter;
  const { store } = reading.parts;

  const histogramDocs = {
    summary: 'Counts over time',
    description: 'Without since and until, over all that is found. Bars without events are left out.',
    querystring: histogramQuery,
    response: answers('The histogram', histogramSchema, 'SEARCH_MALFORMED'),
  };
  app.get(histogramPath, { onRequest, schema: histogramDocs }, async (request, reply) => {
    const { by = 'severity', bars = barsByDefault, ...parameters } = request.query;
    const search = searchOf(parameters);
    const reader = reading.admit(request, reply);
    const completeness = reading.completenessBefore(reader, search.query);
    const narrowed = { ...search, visible: reader.visible, signal: reader.signal };
    const range = await rangeOf(store, narrowed);
    const found = range.untilMs > range.sinceMs ? await store.histogram({ ...narrowed, ...range, bars, by }) : [];
    const answer = histogramAnswer.format({
      since: timeText(range.sinceMs),
      until: timeText(range.untilMs),
      width_ms: barsOf({ ...range, bars }).widthMs,
      by,
      bars: found.flatMap(barView),
      completeness: await completeness(),
    });
    const rows = found.reduce((sum, { counts }) => sum + Object.values(counts).reduce((all, count) => all + count, 0), 0);
    reading.record(reader, {
      type: 'events_searched',
      message: 'Events counted over time',
      details: { ...searchDetails(search), by, rows },
    });
    return sendJson(reply, answer);
  });

  const facetsDocs = {
    summary: 'The most frequent values of fields',
    querystring: facetsQuery,
    response: answers('Values by field, the most frequent first', facetsSchema, 'SEARCH_MALFORMED'),
  };
  app.get(facetsPath, { onRequest, schema: facetsDocs }, async (request, reply) => {
    const { fields: list, limit = facetValuesByDefault, ...parameters } = request.query;
    const names = fieldsOf(list);
    const search = searchOf(parameters);
    const reader = reading.admit(request, reply);
    const found = await store.facets({ ...search, visible: reader.visible, signal: reader.signal, fields: names, limit });
    const facets = names.map((field) => ({ field, values: found[field] ?? [] }));
    const rows = facets.reduce((sum, { values }) => sum + values.length, 0);
    const details = { ...searchDetails(search), fields: names, rows };
    reading.record(reader, { type: 'events_searched', message: 'Values of fields read', details });
    return sendJson(reply, facetsAnswer.format({ facets }));
  });

  const statsDocs = {
    summary: 'Statistics of what a search finds',
    querystring: statsQuery,
    response: answers('The statistics', statsSchema, 'SEARCH_MALFORMED'),
  };
  app.get(statsPath, { onRequest, schema: statsDocs }, async (request, reply) => {
    const search = searchOf(request.query);
    const reader = reading.admit(request, reply);
    const completeness = reading.completenessBefore(reader, search.query);
    const stats = await store.stats({ ...search, visible: reader.visible, signal: reader.signal });
    const answer = statsAnswer.format(statsView(stats, await completeness()));
    const details = { ...searchDetails(search), rows: stats.events };
    reading.record(reader, { type: 'events_searched', message: 'Statistics of events read', details });
    return sendJson(reply, answer);
  });
}

function barView({
  fromMs,
  counts,
}: HistogramBar): readonly { readonly from: string; readonly counts: readonly { value: string; count: number }[] }[] {
  const values = Object.entries(counts).map(([value, count]) => ({ value, count }));
  return values.length === 0 ? [] : [{ from: timeText(fromMs), counts: values }];
}

const fieldNames = new Set(fields.filter(({ kind }) => kind !== 'group' && kind !== 'details').map(({ name }) => name));

/** @throws Refusal REQUEST_MALFORMED */
function fieldsOf(list: string): readonly string[] {
  const names = [...new Set(list.split(',').map((name) => name.trim()))].filter((name) => name !== '');
  if (names.length === 0 || names.length > facetFieldsMax)
    throw new Refusal('REQUEST_MALFORMED', `"fields" has ${names.length} names: give 1 to ${facetFieldsMax}, such as type,agent_id`);
  for (const name of names) {
    if (fieldNames.has(name) || (name.startsWith('details.') && name !== 'details.')) continue;
    const meant = suggest(name, [...fieldNames]);
    const hint = meant === undefined ? 'give one of an event, or a path such as details.tool' : `did you mean ${meant}?`;
    throw new Refusal('REQUEST_MALFORMED', `"fields" names ${JSON.stringify(name)}, which no event has: ${hint}`);
  }
  return names;
}

function statsView(stats: EventStats, completeness: StatsAnswer['completeness']): StatsAnswer {
  return {
    events: stats.events,
    ...(stats.firstMs === undefined ? {} : { first: timeText(stats.firstMs) }),
    ...(stats.lastMs === undefined ? {} : { last: timeText(stats.lastMs) }),
    by_type: stats.byType,
    by_severity: stats.bySeverity,
    by_agent: stats.byAgent,
    top_errors: stats.topErrors,
    durations: stats.durations.map(durationsView),
    completeness,
  };
}

function durationsView({ type, count, medianMs, p95Ms, maxMs }: EventStats['durations'][number]): StatsAnswer['durations'][number] {
  return { type, count, median_ms: medianMs, p95_ms: p95Ms, max_ms: maxMs };
}
