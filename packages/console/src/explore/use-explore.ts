// All that Explore holds: what the address says, what was read for it, and what can be done. The page only lays it out.
import type { EventsAnswer } from '@agent-audit/log';
import { type InfiniteData, useQueryClient, type UseInfiniteQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { type RefObject, useEffect, useMemo, useRef, useState } from 'react';
import { boundsOf, rangeParameters } from '../app/range.ts';
import { useRange, useSetRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';
import { keyOf, placeOf } from './event-view.ts';
import { useEvents, type Wanted } from './queries.ts';
import { type Understood, understand, withTerm } from './query-edit.ts';
import type { EventTab, ExploreSearch } from './routes.ts';
import { FoundKeys, Rows } from './rows.ts';
import type { TimelineBy } from './timeline-series.ts';
import { useAround } from './use-around.ts';
import { type Tail, useTail } from './use-tail.ts';

const route = getRouteApi('/');

/** The state of the page. */
export interface Explore {
  readonly q: string;
  readonly order: 'asc' | 'desc';
  readonly openKey: string | undefined;
  /** How the open event is looked at. */
  readonly tab: EventTab | undefined;
  /** What the colours of the timeline are. */
  readonly by: TimelineBy;
  readonly read: Understood;
  readonly wanted: Wanted;
  /** What stands around the events is asked for with this. */
  readonly around: Wanted;
  /** Whether what stands around the events may be asked for. */
  readonly isAsked: boolean;
  readonly events: UseInfiniteQueryResult<InfiniteData<EventsAnswer, string | undefined>>;
  /** What is shown: what came in above what was found. */
  readonly rows: Rows;
  /** Undefined where nothing is followed. */
  readonly tail: Tail | undefined;
  readonly isPaused: boolean;
  /** The row that the keys are at; -1: none. */
  readonly at: number;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly setPaused: (isPaused: boolean) => void;
  readonly setAtTop: (isAtTop: boolean) => void;
  readonly setBy: (by: TimelineBy) => void;
  readonly setTab: (tab: EventTab | undefined) => void;
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
    return { q, since: from?.toString(), until: end?.toString(), round } satisfies Wanted;
  }, [q, since, until, round]);
  return { wanted, askAgain: () => setRound(round + 1) };
}

/** What came in, the newest first, above what a search found; each once. */
function useRows(tail: Tail | undefined, pages: readonly EventsAnswer[]): Rows {
  const found = useRef(new FoundKeys());
  return useMemo(
    () => new Rows([...(tail === undefined ? [] : [found.current.without(tail.events, pages)]), ...pages.map((page) => page.events)]),
    [tail?.events, pages],
  );
}

const noPages: readonly EventsAnswer[] = [];

/** Events, and whether they were asked for: the rest asks after them, for a collector answers in that order, and rows are waited for. */
function useSearched(wanted: Wanted, order: 'asc' | 'desc', enabled: boolean): Pick<Explore, 'events' | 'isAsked'> {
  const events = useEvents(wanted, order, enabled);
  const [asked, setAsked] = useState<Wanted>();
  useEffect(() => setAsked(wanted), [wanted]);
  return { events, isAsked: enabled && asked === wanted };
}

/** What is followed. It is held back while the reader pauses it, and while somebody reads further down. */
function useFollowed(q: string, isLive: boolean): Pick<Explore, 'tail' | 'isPaused' | 'setPaused' | 'setAtTop'> {
  const [isPaused, setPaused] = useState(false);
  const [isAtTop, setAtTop] = useState(true);
  const heard = useTail(q, isLive, isPaused || !isAtTop);
  return { tail: isLive ? heard : undefined, isPaused, setPaused, setAtTop };
}

/** The row that the keys are at. It is held by its event: rows move down while others come in. */
function useAt(openKey: string | undefined, rows: Rows): { readonly at: number; readonly setAtKey: (key: string | undefined) => void } {
  const [atKey, setAtKey] = useState(openKey);
  useEffect(() => {
    if (openKey !== undefined) setAtKey(openKey);
  }, [openKey]);
  const at = useMemo(() => (atKey === undefined ? -1 : rows.indexOf(placeOf(atKey))), [atKey, rows]);
  return { at, setAtKey };
}

/** What looks at another time. */
function rangesOf(setRange: ReturnType<typeof useSetRange>): Pick<Explore, 'zoom' | 'widen'> {
  return {
    zoom: (sinceMs, untilMs) => setRange({ since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() }),
    widen: () => setRange({ since: 'all' }),
  };
}

type Change = (changed: Partial<ExploreSearch>, replace?: boolean) => void;

/** What changes the address and nothing else. */
function changesOf(change: Change, order: 'asc' | 'desc'): Pick<Explore, 'setBy' | 'setTab' | 'open' | 'turn'> {
  return {
    setBy: (by) => change({ by: by === 'type' ? by : undefined }),
    setTab: (view) => change({ view }, true),
    open: (event) => change({ event, ...(event === undefined ? { view: undefined } : {}) }),
    turn: () => change({ order: order === 'desc' ? 'asc' : undefined, live: undefined }),
  };
}

/** The page's state, from the address down. */
export function useExplore(): Explore {
  const { q = '', order = 'desc', event: openKey, view: tab, live, by = 'severity' } = route.useSearch();
  const navigate = route.useNavigate();
  const change: Change = (changed, replace = false) =>
    void navigate({ search: (search) => ({ ...search, ...changed }), replace });
  const setRange = useSetRange();
  const range = useRange();
  const { until } = range;
  const client = useQueryClient();
  const { wanted, askAgain } = useWanted(q);
  const read = useMemo(() => understand(q), [q]);
  const searched = useSearched(wanted, order, read.ok);

  const isLive = live === '1' && until === undefined && order === 'desc' && read.ok;
  const { tail, isPaused, setPaused, setAtTop } = useFollowed(q, isLive);
  const around = useAround(wanted, range, tail);
  const rows = useRows(tail, searched.events.data?.pages ?? noPages);

  const { at, setAtKey } = useAt(openKey, rows);
  const scroller = useRef<HTMLDivElement>(null);
  const keyAt = (index: number): string | undefined => {
    const event = rows.at(index);
    return event === undefined ? undefined : keyOf(event);
  };
  const search = (text: string): void => {
    setAtKey(openKey);
    change({ q: text === '' ? undefined : text });
  };
  return {
    q,
    order,
    openKey,
    tab,
    by,
    read,
    wanted,
    around,
    ...searched,
    rows,
    tail,
    isPaused,
    at,
    scroller,
    setPaused,
    setAtTop,
    ...changesOf(change, order),
    openRow(index) {
      const event = keyAt(index);
      if (event !== undefined) change({ event });
    },
    search,
    move(rowsOn) {
      const next = keyAt(Math.min(Math.max(at + rowsOn, 0), rows.length - 1));
      // Back leads to where one was before, not through every event that one went past.
      if (openKey !== undefined && next !== undefined) change({ event: next }, true);
      else setAtKey(next);
    },
    addTerm: (field, value) => read.ok && search(withTerm(read.query, field, value, 'has')),
    follow() {
      if (until !== undefined && !isLive) setRange({});
      setPaused(false);
      change({ live: isLive ? undefined : '1', order: undefined });
    },
    refresh() {
      void client.invalidateQueries({ queryKey: ['completeness'] });
      askAgain();
    },
    ...rangesOf(setRange),
  };
}
