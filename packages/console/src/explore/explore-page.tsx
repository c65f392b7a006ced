import type { ReadEvent } from '@agent-audit/log';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { CircleHelp, ListFilter, Pause, Play, Radio, RotateCw } from 'lucide-react';
import { type ReactNode, useMemo, useRef, useState } from 'react';
import { boundsOf, rangeParameters } from '../app/range.ts';
import { useRange, useSetRange } from '../app/use-range.ts';
import { nowMs } from '../clock.ts';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { useMedia } from '../ui/use-media.ts';
import { EventDrawer } from './event-drawer.tsx';
import { keyOf } from './event-view.ts';
import { ExportMenu } from './export-menu.tsx';
import { Facets } from './facets.tsx';
import { HelpDialog } from './help-dialog.tsx';
import { useCount, useEvents, useFacets, type Wanted } from './queries.ts';
import { understand, withTerm } from './query-edit.ts';
import { Results } from './results.tsx';
import type { ExploreSearch } from './routes.ts';
import { SearchBox } from './search-box.tsx';
import { TimelinePanel } from './timeline-panel.tsx';
import { useKeys } from './use-keys.ts';
import { type Tail, useTail } from './use-tail.ts';
import './explore.css';

const route = getRouteApi('/');

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
function useMerged(tail: Tail, found: readonly ReadEvent[], isLive: boolean): readonly ReadEvent[] {
  return useMemo(() => {
    if (!isLive || tail.events.length === 0) return found;
    const here = new Set(tail.events.map(keyOf));
    return [...tail.events, ...found.filter((event) => !here.has(keyOf(event)))];
  }, [tail.events, found, isLive]);
}

/** Events, searched: the first page of the console. */
export function ExplorePage(): ReactNode {
  const { q = '', order = 'desc', event: openKey, live } = route.useSearch();
  const navigate = route.useNavigate();
  const change = (changed: Partial<ExploreSearch>): void => void navigate({ search: (search) => ({ ...search, ...changed }) });
  const setRange = useSetRange();
  const { until } = useRange();
  const isLive = live === '1' && until === undefined && order === 'desc';
  const isNarrow = useMedia('(max-width: 760px)');

  const { wanted: fixed, askAgain } = useWanted(q);
  const wanted: Wanted = { q, since: fixed.since, until: fixed.until };
  const read = useMemo(() => understand(q), [q]);
  const events = useEvents(wanted, order, read.ok);
  const total = useCount(wanted, read.ok);
  const facets = useFacets(wanted, read.ok);
  const client = useQueryClient();
  const [isPaused, setPaused] = useState(false);
  const [isAtTop, setAtTop] = useState(true);
  const tail = useTail(q, isLive && read.ok, isPaused || !isAtTop);
  const found = useMemo(() => events.data?.pages.flatMap((page) => page.events) ?? [], [events.data]);
  const rows = useMerged(tail, found, isLive);

  const [at, setAt] = useState(-1);
  const [isHelped, setHelped] = useState(false);
  const [hasFacets, setHasFacets] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const scroller = useRef<HTMLDivElement>(null);
  const open = (key: string | undefined): void => change({ event: key });
  const search = (wantedText: string): void => {
    setAt(-1);
    change({ q: wantedText === '' ? undefined : wantedText });
  };
  const move = (by: number): void => {
    const next = Math.min(Math.max(at + by, 0), rows.length - 1);
    setAt(next);
    const event = rows[next];
    if (openKey !== undefined && event !== undefined) open(keyOf(event));
  };
  const refresh = (): void => {
    void client.invalidateQueries({ queryKey: ['completeness'] });
    askAgain();
  };
  const follow = (): void => {
    if (until !== undefined && !isLive) setRange({});
    setPaused(false);
    change({ live: isLive ? undefined : '1', order: undefined });
  };
  useKeys({
    '/': () => input.current?.select(),
    '?': () => setHelped(true),
    j: () => move(1),
    k: () => move(-1),
    l: follow,
    r: refresh,
    Enter: () => {
      const event = rows[at];
      if (event !== undefined) open(keyOf(event));
    },
    Escape: () => open(undefined),
  });

  const facetPanel = facets.data !== undefined && read.ok && (
    <Facets facets={facets.data.facets} query={read.query} onSearch={search} />
  );
  return (
    <div className="explore">
      <div className="explore-bar">
        <SearchBox search={q} range={wanted} input={input} onSearch={search} />
        <div className="explore-tools">
          {isNarrow && (
            <Button label="Narrow down" aria-pressed={hasFacets} onClick={() => setHasFacets(!hasFacets)}>
              <ListFilter size={16} aria-hidden />
            </Button>
          )}
          <Button aria-pressed={isLive} onClick={follow} title="Follow what comes in (l)">
            <Radio size={14} aria-hidden /> Live
          </Button>
          {isLive && (
            <Button label={isPaused ? 'Go on' : 'Pause'} onClick={() => setPaused(!isPaused)}>
              {isPaused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
            </Button>
          )}
          <Button label="Ask again (r)" onClick={refresh}>
            <RotateCw size={14} aria-hidden />
          </Button>
          <ExportMenu wanted={wanted} />
          <Button look="quiet" label="Keys and searches (?)" onClick={() => setHelped(true)}>
            <CircleHelp size={16} aria-hidden />
          </Button>
        </div>
      </div>
      <TimelinePanel
        wanted={wanted}
        enabled={read.ok}
        completeness={events.data?.pages[0]?.completeness}
        onZoom={(sinceMs, untilMs) => setRange({ since: new Date(sinceMs).toISOString(), until: new Date(untilMs).toISOString() })}
        onOpen={open}
      />
      <div className={`explore-body${openKey === undefined ? '' : ' explore-open'}`}>
        {(!isNarrow || hasFacets) && (
          <nav className="explore-facets" aria-label="Narrow down">
            {facetPanel}
          </nav>
        )}
        <Results
          q={q}
          rows={rows}
          events={events}
          problem={read.ok ? undefined : read.error}
          tail={isLive ? tail : undefined}
          total={total.data === undefined ? undefined : count(total.data)}
          table={{ at, isNarrow, openKey, scroller, order }}
          isPaused={isPaused}
          onShowWaiting={() => {
            setPaused(false);
            scroller.current?.scrollTo({ top: 0 });
          }}
          onOrder={() => change({ order: order === 'desc' ? 'asc' : undefined, live: undefined })}
          onOpen={(event, index) => {
            setAt(index);
            open(keyOf(event));
          }}
          onScrolled={setAtTop}
          onSearch={search}
          onWiden={() => setRange({ since: 'all' })}
        />
        {openKey !== undefined && (
          <EventDrawer
            openKey={openKey}
            known={rows.find((event) => keyOf(event) === openKey)}
            onClose={() => open(undefined)}
            onOpen={open}
            onTerm={(field, value) => read.ok && search(withTerm(read.query, field, value, 'has'))}
          />
        )}
      </div>
      {isHelped && (
        <HelpDialog
          onClose={() => setHelped(false)}
          onExample={(example) => {
            setHelped(false);
            search(example);
          }}
        />
      )}
    </div>
  );
}
