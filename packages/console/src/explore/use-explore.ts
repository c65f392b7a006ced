// All that Explore holds: what the address says, what was read for it, and what can be done. The page only lays it out.
import type { EventsAnswer, ReadEvent } from '@agent-audit/log';
import { type InfiniteData, useQueryClient, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type RefObject, useMemo, useRef, useState } from 'react';
import { boundsOf, rangeParameters } from '../app/range.ts';
import { useRange, useSetRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';
import { keyOf } from './event-view.ts';
import { useEvents, type Wanted } from './queries.ts';
import { type Understood, understand, withTerm } from './query-edit.ts';
import type { ExploreSearch } from './routes.ts';
import { type Tail, useTail } from './use-tail.ts';

const route = getRouteApi('/');

/** The state of the page. */
export interface Explore {
  readonly q: string;
  readonly order: 'asc' | 'desc';
  readonly openKey: string | undefined;
  readonly read: Understood;
  readonly wanted: Wanted;
  readonly events: UseInfiniteQueryResult<InfiniteData<EventsAnswer, string | undefined>>;
  /** What is shown: what came in above what was found. */
  readonly rows: readonly ReadEvent[];
  /** Undefined where nothing is followed. */
  readonly tail: Tail | undefined;
  readonly isPaused: boolean;
  /** The row that the keys are at; -1: none. */
  readonly at: number;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly setPaused: (isPaused: boolean) => void;
  readonly setAtTop: (isAtTop: boolean) => void;
  readonly open: (key: string | undefined) => void;
  readonly openRow: (index: number) => void;
  readonly move: (by: number) => void;
  readonly search: (text: string) => void;
  readonly addTerm: (field: string, value: string) => void;
  readonly turn: () => void;
  readonly follow: () => void;
  readonly refresh: () => void;
  readonly zoom: (sinceMs: number, untilMs: number) => void;
  readonly widen: () => void;
}

/** The times of a range, fixed until it changes or is asked for again. */
function useWanted(q: string): { readonly wanted: Wanted; readonly askAgain: () => void } {
  const { since, until } = useRange();
  const [round, setRound] = useState(0);
  const wanted = useMemo(() => {
    const { since: from, until: to } = rangeParameters({ since, until });
    // Where the range ends now, all that is shown ends at the same moment.
    const end = to ?? (boundsOf({ since, until }).sinceMs === undefined ? undefined : new Date(nowMs()).toISOString());
    return { q, since: from?.toString(), until: end?.toString(), round };
  }, [q, since, until, round]);
  return { wanted, askAgain: () => setRound(round + 1) };
}

/** What came in, the newest first, above what a search found; each once. */
function merge(tail: Tail | undefined, found: readonly ReadEvent[]): readonly ReadEvent[] {
  if (tail === undefined || tail.events.length === 0) return found;
  const here = new Set(tail.events.map(keyOf));
  return [...tail.events, ...found.filter((event) => !here.has(keyOf(event)))];
}

/** The page's state, from the address down. */
export function useExplore(): Explore {
  const { q = '', order = 'desc', event: openKey, live } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changed: Partial<ExploreSearch>): void => void navigate({ search: (search) => ({ ...search, ...changed }) });
  const setRange = useSetRange();
  const { until } = useRange();
  const client = useQueryClient();
  const { wanted: fixed, askAgain } = useWanted(q);
  const wanted: Wanted = { q, since: fixed.since, until: fixed.until };
  const read = useMemo(() => understand(q), [q]);
  const events = useEvents(wanted, order, read.ok);

  const isLive = live === '1' && until === undefined && order === 'desc' && read.ok;
  const [isPaused, setPaused] = useState(false);
  const [isAtTop, setAtTop] = useState(true);
  const heard = useTail(q, isLive, isPaused || !isAtTop);
  const tail = isLive ? heard : undefined;
  const rows = useMemo(() => merge(tail, events.data?.pages.flatMap((page) => page.events) ?? []), [tail, events.data]);

  const [at, setAt] = useState(-1);
  const scroller = useRef<HTMLDivElement>(null);
  const open = (key: string | undefined): void => change({ event: key });
  const openRow = (index: number): void => {
    const event = rows[index];
    setAt(index);
    if (event !== undefined) open(keyOf(event));
  };
  const search = (text: string): void => {
    setAt(-1);
    change({ q: text === '' ? undefined : text });
  };
  return {
    q,
    order,
    openKey,
    read,
    wanted,
    events,
    rows,
    tail,
    isPaused,
    at,
    scroller,
    setPaused,
    setAtTop,
    open,
    openRow,
    search,
    move(by) {
      const next = Math.min(Math.max(at + by, 0), rows.length - 1);
      if (openKey === undefined) setAt(next);
      else openRow(next);
    },
    addTerm: (field, value) => read.ok && search(withTerm(read.query, field, value, 'has')),
    turn: () => change({ order: order === 'desc' ? 'asc' : undefined, live: undefined }),
    follow() {
      if (until !== undefined && !isLive) setRange({});
      setPaused(false);
      change({ live: isLive ? undefined : '1', order: undefined });
    },
    refresh() {
      void client.invalidateQueries({ queryKey: ['completeness'] });
      askAgain();
    },
    zoom: (sinceMs, untilMs) => setRange({ since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() }),
    widen: () => setRange({ since: 'all' }),
  };
}
