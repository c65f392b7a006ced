import type { EventsAnswer, ReadEvent } from '@agent-audit/log';
import type { SearchError } from '@agent-audit/search';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import { ArrowDown, ArrowUp, CircleHelp, SearchX } from 'lucide-react';
import { type ReactNode, type RefObject, useCallback } from 'react';
import { completenessText } from '../app/completeness.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { nowMs } from '../clock.ts';
import { count } from '../time.ts';
import { EventTable } from './event-table.tsx';
import type { Tail } from './use-tail.ts';

interface ResultsProps {
  readonly q: string;
  readonly rows: readonly ReadEvent[];
  readonly events: UseInfiniteQueryResult<InfiniteData<EventsAnswer, string | undefined>>;
  /** Why the search in the address cannot be asked at all. */
  readonly problem: SearchError | undefined;
  readonly tail: Tail | undefined;
  readonly total: string | undefined;
  readonly table: {
    readonly at: number;
    readonly isNarrow: boolean;
    readonly openKey: string | undefined;
    readonly scroller: RefObject<HTMLDivElement | null>;
    readonly order: 'asc' | 'desc';
  };
  readonly isPaused: boolean;
  readonly onShowWaiting: () => void;
  readonly onOrder: () => void;
  readonly onOpen: (event: ReadEvent, index: number) => void;
  readonly onScrolled: (isAtTop: boolean) => void;
  readonly onSearch: (search: string) => void;
  readonly onWiden: () => void;
}

/** What a search found, or why it found nothing. */
export function Results(props: ResultsProps): ReactNode {
  const { rows, events, tail, total, table } = props;
  const { fetchNextPage, hasNextPage, isFetchingNextPage } = events;
  const onMore = useCallback(() => {
    if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, fetchNextPage]);
  const completeness = events.data?.pages[0]?.completeness;
  return (
    <section className="results" aria-label="Events" aria-busy={events.isFetching}>
      <div className="results-line" role="status">
        {tail !== undefined && <TailLine tail={tail} />}
        {total !== undefined && <strong className="number">{total} events</strong>}
        {completeness !== undefined && <span className="faint">{completenessText(completeness)}</span>}
        {events.isFetching && <span className="spinner spinner-small" aria-label="Loading" />}
        {tail !== undefined && tail.waiting > 0 && (
          <Button look="main" onClick={props.onShowWaiting}>
            {count(tail.waiting)} new
          </Button>
        )}
      </div>
      {rows.length > 0 && !table.isNarrow && <Head order={table.order} onOrder={props.onOrder} />}
      <div className="results-rows">
        <Body {...props} onMore={onMore} />
      </div>
    </section>
  );
}

function Body(props: ResultsProps & { readonly onMore: () => void }): ReactNode {
  const { rows, events, problem, table, onMore } = props;
  if (problem !== undefined) {
    return (
      <Notice icon={CircleHelp} tone="bad" title="This search is not understood">
        <p>
          {problem.message} <code>{problem.code}</code>
        </p>
        <p>Column {problem.column}. Correct it in the line above.</p>
      </Notice>
    );
  }
  if (events.isError && rows.length === 0) return <ErrorNotice error={events.error} retry={() => void events.refetch()} />;
  if (events.isPending) return <Loading what="Searching" />;
  if (rows.length === 0) return <Nothing {...props} />;
  return (
    <EventTable
      events={rows}
      nowMs={nowMs()}
      isNarrow={table.isNarrow}
      at={table.at}
      openKey={table.openKey}
      scroller={table.scroller}
      hasMore={events.hasNextPage}
      onMore={onMore}
      onOpen={props.onOpen}
      onScrolled={props.onScrolled}
    />
  );
}

function Head({ order, onOrder }: { order: 'asc' | 'desc'; onOrder: () => void }): ReactNode {
  const Arrow = order === 'desc' ? ArrowDown : ArrowUp;
  return (
    <div className="events-head">
      <button type="button" onClick={onOrder} title={order === 'desc' ? 'The newest first' : 'The oldest first'}>
        Time <Arrow size={12} aria-hidden />
      </button>
      <span>Severity</span>
      <span>Type</span>
      <span>Agent</span>
      <span>Message</span>
      <span>Job</span>
    </div>
  );
}

/** Nothing was found: whether that can be trusted, and what else there is to try. */
function Nothing({ q, events, onSearch, onWiden }: ResultsProps): ReactNode {
  const completeness = events.data?.pages[0]?.completeness;
  const late = completeness === undefined ? 0 : completeness.logs.behind + completeness.logs.silent;
  const hasHoles = completeness !== undefined && (completeness.gaps_total > 0 || completeness.logs.forked > 0);
  const isWhole = completeness?.complete_to !== undefined && late === 0 && !hasHoles;
  const actions = (
    <>
      <Button onClick={onWiden}>Search all time</Button>
      {q !== '' && <Button onClick={() => onSearch('')}>Clear the search</Button>}
    </>
  );
  return (
    <Notice icon={SearchX} title="No such event in this time" actions={actions}>
      {isWhole ? (
        <p>Every log that could hold one is complete here, so there was none.</p>
      ) : (
        <p>
          That does not say that there was none:{' '}
          {completeness === undefined ? 'nothing is known of the logs.' : `${completenessText(completeness)}.`} Who is behind stands at the
          top of the page.
        </p>
      )}
    </Notice>
  );
}

function TailLine({ tail }: { tail: Tail }): ReactNode {
  const { state, gap } = tail;
  const words = {
    connecting: 'connecting…',
    open: 'live',
    waiting: state.kind === 'waiting' ? `${state.why} Trying again.` : '',
    ended: state.kind === 'ended' && state.error instanceof Error ? `Ended: ${state.error.message}` : 'Ended.',
  }[state.kind];
  return (
    <>
      <span className={`live live-${state.kind}`}>{words}</span>
      {gap !== undefined && <span className="live-gap">{gap}</span>}
    </>
  );
}
