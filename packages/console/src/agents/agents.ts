// All logs that the reader may see, read page by page, and what is to be told about them.
import {
  agentsAnswer,
  agentsPath,
  type AlarmsAnswer,
  alarmsAnswer,
  alarmsPath,
  histogramAnswer,
  histogramPath,
  type ReadAgent,
} from '@agent-audit/log';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import { boundsOf, rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';
import { logStates } from './state.ts';

const refreshMs = 5_000;
const pagesMax = 20;
/** Bars of a sparkline. */
const barsMax = 40;

/** What a table of agents shows. */
export interface AgentList {
  /** Those that somebody must look at first, then by agent. */
  readonly agents: readonly ReadAgent[];
  readonly more: boolean;
}

async function readAgents(signal: AbortSignal): Promise<AgentList> {
  const agents: ReadAgent[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < pagesMax; page++) {
    const answer = await read(agentsAnswer, agentsPath, { cursor }, signal);
    agents.push(...answer.agents);
    cursor = answer.next;
    if (cursor === undefined) break;
  }
  const rank = ({ state }: ReadAgent): number => logStates.indexOf(state);
  return { agents: agents.toSorted((a, b) => rank(a) - rank(b) || a.agent.localeCompare(b.agent)), more: cursor !== undefined };
}

/** All agents, looked at again every few seconds. */
export function useAgents(): UseQueryResult<AgentList> {
  return useQuery({ queryKey: ['agents'], queryFn: ({ signal }) => readAgents(signal), refetchInterval: refreshMs });
}

/** All alarms, the newest first. */
export function useAlarms(): UseQueryResult<AlarmsAnswer> {
  return useQuery({
    queryKey: ['alarms'],
    queryFn: ({ signal }) => read(alarmsAnswer, alarmsPath, {}, signal),
    refetchInterval: refreshMs,
  });
}

/** Events of an agent over the chosen time, a number a bar. */
export function useRate(agent: string): UseQueryResult<readonly number[]> {
  const range = useRange();
  return useQuery({
    queryKey: ['rate', agent, range],
    staleTime: 30_000,
    queryFn: async ({ signal }) => {
      const q = `agent_id:${JSON.stringify(agent)}`;
      const answer = await read(histogramAnswer, histogramPath, { ...rangeParameters(range), q, bars: barsMax, by: 'severity' }, signal);
      const { sinceMs = Date.parse(answer.since), untilMs = nowMs() } = boundsOf(range);
      const bars = Array.from({ length: barsMax }, () => 0);
      for (const { from, counts } of answer.bars) {
        const at = Math.floor(((Date.parse(from) - sinceMs) / Math.max(1, untilMs - sinceMs)) * barsMax);
        const index = Math.min(barsMax - 1, Math.max(0, at));
        bars[index] = (bars[index] ?? 0) + counts.reduce((sum, { count }) => sum + count, 0);
      }
      return bars;
    },
  });
}
