// What is asked of the logs that the reader may see: a page of them, one of them, their alarms, and how much they recorded.
import {
  type AgentsAnswer,
  agentsAnswer,
  agentsPath,
  type AlarmsAnswer,
  alarmsAnswer,
  alarmsPath,
  type LinesAnswer,
  linesAnswer,
  linesPath,
  type LogState,
  type RatesAnswer,
  ratesAnswer,
  ratesPath,
  type ReadAgent,
} from '@agent-audit/log';
import { keepPreviousData, useQuery, type UseQueryResult } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import { rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';

/** Each request is written down in the collector's own log. */
const refreshMs = 10_000;
const ratesRefreshMs = 30_000;
/** Rows of a page; the rates of all of them come in one answer. */
const pageSize = 100;
const barsOfRow = 40;
const barsOfPage = 96;
const newestLines = 8;

/** Which of the logs are shown, as the address says it. */
export interface AgentsSearch {
  readonly state?: LogState | undefined;
  /** Part of the agent's name. */
  readonly name?: string | undefined;
  /** The cursor of the page; undefined: the first one. */
  readonly page?: string | undefined;
}

/** A page of the logs, those that somebody must look at first; looked at again every few seconds. */
export function useAgents({ state, name, page }: AgentsSearch): UseQueryResult<AgentsAnswer> {
  const parameters = { order: 'state', limit: pageSize, state, name, cursor: page };
  return useQuery({
    queryKey: ['agents', parameters],
    queryFn: ({ signal }) => read(agentsAnswer, agentsPath, parameters, signal),
    placeholderData: keepPreviousData,
    refetchInterval: refreshMs,
  });
}

/** One log; null where there is none of this id that the reader may see. */
export function useAgent(log: string): UseQueryResult<ReadAgent | null> {
  return useQuery({
    queryKey: ['agent', log],
    queryFn: async ({ signal }) => (await read(agentsAnswer, agentsPath, { log }, signal)).agents[0] ?? null,
    refetchInterval: refreshMs,
  });
}

/** Alarms, the newest first: all, or those of one log. */
export function useAlarms(log?: string): UseQueryResult<AlarmsAnswer> {
  return useQuery({
    queryKey: ['alarms', log],
    queryFn: ({ signal }) => read(alarmsAnswer, alarmsPath, { log }, signal),
    refetchInterval: refreshMs,
  });
}

/** The newest lines of a log, by their place. */
export function useNewestLines({ log, size }: Pick<ReadAgent, 'log' | 'size'>): UseQueryResult<LinesAnswer> {
  return useQuery({
    queryKey: ['newest lines', log, size],
    queryFn: ({ signal }) => read(linesAnswer, linesPath(log), { from: Math.max(0, size - newestLines), to: size }, signal),
    enabled: size > 0,
    placeholderData: keepPreviousData,
  });
}

/** Events of logs over the time that all pages look at, up to now where that has no end: one question, however many they are. */
export function useRates(logs: readonly string[], bars: 'row' | 'page'): UseQueryResult<RatesAnswer> {
  const range = useRange();
  // Rows change their places; the question stays the same.
  const asked = logs.toSorted().join(',');
  return useQuery({
    queryKey: ['rates', asked, range, bars],
    queryFn: ({ signal }) => {
      const { since, until = new Date(nowMs()).toISOString() } = rangeParameters(range);
      const parameters = { since, until, logs: asked, bars: bars === 'row' ? barsOfRow : barsOfPage };
      return read(ratesAnswer, ratesPath, parameters, signal);
    },
    enabled: logs.length > 0,
    placeholderData: keepPreviousData,
    staleTime: ratesRefreshMs,
    refetchInterval: ratesRefreshMs,
  });
}
