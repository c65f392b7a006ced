// Statistics, as a collector counts them.
import {
  type HistogramAnswer,
  histogramAnswer,
  histogramBarsMax,
  histogramPath,
  type StatsAnswer,
  statsAnswer,
  statsPath,
} from '@agent-audit/log';
import type { Counts, DurationSummary, Summary } from '../stats/summary.ts';
import type { Collector, Parameters } from './client.ts';

/** Counts events at the collector. */
export async function remoteStatistics(
  collector: Collector,
  search: Parameters,
): Promise<{ readonly summary: Summary; readonly completeness: StatsAnswer['completeness'] }> {
  const stats = await collector.get(statsAnswer, statsPath, search);
  const { first, last } = stats;
  // Over the time that there are events of: the rest would be empty.
  const bounds = first === undefined || last === undefined ? undefined : { since: first, until: afterwards(last) };
  const histogram =
    bounds === undefined
      ? undefined
      : await collector.get(histogramAnswer, histogramPath, { ...search, ...bounds, by: 'severity', bars: histogramBarsMax });
  return { summary: summaryOf(stats, histogram), completeness: stats.completeness };
}

function afterwards(time: string): string {
  return new Date(Date.parse(time) + 1).toISOString();
}

const endings = /_(completed|failed|timeout)$/;

function summaryOf(stats: StatsAnswer, histogram: HistogramAnswer | undefined): Summary {
  const types = new Map(stats.by_type.map(({ value, count }) => [value, count]));
  const own = (type: string): number => types.get(`log.${type}`) ?? 0;
  return {
    events: stats.events,
    times: timesOf(stats, histogram),
    types: countsOf(stats.by_type, stats.events),
    severities: countsOf(stats.by_severity, stats.events),
    agents: countsOf(stats.by_agent, stats.events),
    // The collector counts errors by their text alone.
    errors: countsOf(stats.top_errors.map(({ value, count }) => ({ value: `\n${value}`, count }))),
    durations: durationsOf(stats.durations),
    own: {
      losses: own('loss'),
      lostEvents: own('loss') === 0 ? 0 : undefined,
      prunes: own('prune'),
      erasures: own('erasure'),
      recoveries: own('recovered'),
      orphans: own('orphan'),
      starts: own('open'),
    },
  };
}

function countsOf(values: StatsAnswer['by_type'], total?: number): Counts {
  const listed = values.reduce((sum, { count }) => sum + count, 0);
  return { others: Math.max(0, (total ?? listed) - listed), sorted: () => values.map(({ value, count }) => [value, count] as const) };
}

function timesOf({ first, last }: StatsAnswer, histogram: HistogramAnswer | undefined): Summary['times'] {
  const [firstMs, lastMs] = [Date.parse(first ?? ''), Date.parse(last ?? '')];
  return {
    firstMs,
    lastMs,
    columns(columns) {
      const counts = Array.from({ length: columns }, () => 0);
      const spanMs = Math.max(1, lastMs - firstMs);
      for (const { from, counts: bar } of histogram?.bars ?? []) {
        const middleMs = Date.parse(from) + (histogram?.width_ms ?? 0) / 2;
        const column = Math.min(columns - 1, Math.max(0, Math.floor(((middleMs - firstMs) / spanMs) * columns)));
        counts[column] = (counts[column] ?? 0) + bar.reduce((sum, { count }) => sum + count, 0);
      }
      return counts;
    },
  };
}

/** By operation. */
function durationsOf(durations: StatsAnswer['durations']): ReadonlyMap<string, DurationSummary> {
  const summaries = new Map<string, DurationSummary>();
  for (const { type, count, median_ms: median, p95_ms: p95, max_ms: maxMs } of durations) {
    const operation = type.replace(endings, '');
    // Percentiles of two endings cannot be added up: the second keeps its whole name.
    const name = summaries.has(operation) ? type : operation;
    summaries.set(name, { count, maxMs, percentileMs: (share) => (share === 0.5 ? median : p95) });
  }
  return summaries;
}
