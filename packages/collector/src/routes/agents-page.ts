// A page of the list of agents: what of it is shown, how much there is, and where it goes on.
import type { LogCounts, LogState } from '@agent-audit/log';
import type { LogRecord } from '../store/store.ts';
import type { JudgedLog } from './completeness.ts';
import { formatCursor, malformedCursor, parseCursor } from './cursor.ts';
import { isLogId } from './log-id.ts';

/** `agent`: by agent, then log · `state`: those that somebody must look at first, then the same. */
export type AgentsOrder = 'agent' | 'state';

/** Which agents, and where among them. */
export interface AgentsWanted {
  readonly state?: LogState;
  /** Part of the agent's name, in letters of any case. */
  readonly name?: string;
  /** One log alone. */
  readonly log?: string;
  readonly order: AgentsOrder;
  readonly limit: number;
  /** Undefined: from the beginning. */
  readonly place?: AgentsPlace;
}

/** A place in the list, and whether to go back from it. */
export interface AgentsPlace {
  readonly rank: number;
  readonly agent: string;
  readonly logId: string;
  readonly back: boolean;
}

/** What is shown. */
export interface AgentsPage<T extends LogRecord = LogRecord> {
  readonly shown: readonly JudgedLog<T>[];
  readonly before: number;
  readonly counts: LogCounts;
  readonly next?: AgentsPlace;
  readonly previous?: AgentsPlace;
}

/** Those that somebody must look at first. */
const worstFirst: readonly LogState[] = ['forked', 'silent', 'behind', 'live', 'stopped'];

/** A page of these logs. */
export function agentsPage<T extends LogRecord>(logs: readonly JudgedLog<T>[], wanted: AgentsWanted): AgentsPage<T> {
  const { state, name = '', log, order, limit, place } = wanted;
  const part = name.toLowerCase();
  const named = logs.filter(
    ({ record }) => (log === undefined || record.logId === log) && (part === '' || record.agent.toLowerCase().includes(part)),
  );
  const placed = named
    .filter((one) => state === undefined || one.state === state)
    .map((one) => ({ one, at: placeOf(one, order) }))
    .toSorted((a, b) => compare(a.at, b.at));
  const start = startOf(placed.map(({ at }) => at), limit, place);
  const shown = placed.slice(start, start + limit);
  const [first, last] = [shown[0]?.at ?? place, shown.at(-1)?.at];
  return {
    shown: shown.map(({ one }) => one),
    before: start,
    counts: countsOf(named),
    ...(last !== undefined && start + limit < placed.length ? { next: { ...last, back: false } } : {}),
    ...(first !== undefined && start > 0 ? { previous: { ...first, back: true } } : {}),
  };
}

function startOf(places: readonly AgentsPlace[], limit: number, place: AgentsPlace | undefined): number {
  if (place === undefined) return 0;
  const found = places.findIndex((at) => compare(at, place) > (place.back ? -1 : 0));
  const index = found < 0 ? places.length : found;
  return place.back ? Math.max(0, index - limit) : index;
}

function countsOf(logs: readonly JudgedLog[]): LogCounts {
  const counts = { live: 0, behind: 0, stopped: 0, silent: 0, forked: 0 };
  for (const { state } of logs) counts[state]++;
  return counts;
}

function placeOf({ record: { agent, logId }, state }: JudgedLog, order: AgentsOrder): AgentsPlace {
  return { rank: order === 'agent' ? 0 : worstFirst.indexOf(state), agent, logId, back: false };
}

function compare(a: AgentsPlace, b: AgentsPlace): number {
  return a.rank - b.rank || compareTexts(a.agent, b.agent) || compareTexts(a.logId, b.logId);
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** What a cursor goes with. */
export function agentsRequest({ state, name, log, order }: Omit<AgentsWanted, 'limit' | 'place'>): string {
  return JSON.stringify(['agents', state ?? null, name ?? null, log ?? null, order]);
}

/** A place as a cursor. */
export function formatAgentsCursor({ rank, agent, logId, back }: AgentsPlace, request: string): string {
  return formatCursor([back ? 'back' : 'on', rank, encodeURIComponent(agent), logId], request);
}

/**
 * Reads a place in the list.
 * @throws Refusal CURSOR_MALFORMED
 */
export function parseAgentsCursor(cursor: string, request: string): AgentsPlace {
  const [direction, rank = '', agent, logId, ...rest] = parseCursor(cursor, request);
  const isPlace = /^[0-9]$/.test(rank) && agent !== undefined && logId !== undefined && isLogId(logId) && rest.length === 0;
  if (!isPlace || (direction !== 'back' && direction !== 'on')) throw malformedCursor();
  return { rank: Number(rank), agent: decodeURIComponent(agent), logId, back: direction === 'back' };
}
