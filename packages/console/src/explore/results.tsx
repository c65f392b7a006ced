import { ArrowDown, ArrowUp, CircleHelp, SearchX } from 'lucide-react';
import { type ReactNode, useCallback } from 'react';
import { completenessText } from '../app/completeness.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { nowMs } from '../clock.ts';
import { count } from '../time.ts';
import { EventTable } from './event-table.tsx';
import { useCount, useHistogram } from './queries.ts';
import type { Explore } from './use-explore.ts';
import type { Tail } from './use-tail.ts';

interface ResultsProps {
  readonly explore: Explore;
  /** Rows are two lines high. */
  readonly isNarrow: boolean;
}

/** What a search found, or why it found nothing. */
export function Results(props: ResultsProps): ReactNode {
  const { explore, isNarrow } = props;
  const { rows, events, tail, around, isAsked, by } = explore;
  const total = useCount(around, isAsked);
  const histogram = useHistogram(around, by, isAsked);
  // While events come in the timeline knows more than the page that was read before them.
  const completeness = (tail === undefined ? undefined : histogram.data?.completeness) ?? events.data?.pages[0]?.completeness;
  const showWaiting = (): void => {
    explore.setPaused(false);
    explore.scroller.current?.scrollTo({ top: 0 });
  };
  return (
    <section className="results" aria-label="Events" aria-busy={events.isFetching}>
      <div className="results-line" role="status">
        {tail !== undefined && <TailLine tail={tail} />}
        {total.data !== undefined && <strong className="number">{count(total.data)} events</strong>}
        {completeness !== undefined && <span className="faint">{completenessText(completeness)}</span>}
        {events.isFetching && <span className="spinner spinner-small" role="img" aria-label="Loading" />}
        {tail !== undefined && tail.waiting > 0 && (
          <Button look="main" onClick={showWaiting}>
            {count(tail.waiting)} new
          </Button>
        )}
      </div>
      {rows.length > 0 && !isNarrow && <Head order={explore.order} onOrder={explore.turn} />}
      <div className="results-rows">
        <Body {...props} />
      </div>
      {events.isFetchNextPageError && (
        <div className="results-failed" role="alert">
          <span>
            Further events could not be read: {events.error.message}
          </span>
          <Button onClick={() => void events.fetchNextPage()}>Try again</Button>
        </div>
      )}
    </section>
  );
}

function Body({ explore, isNarrow }: ResultsProps): ReactNode {
  const { rows, events, read, openKey } = explore;
  const { fetchNextPage, hasNextPage, isFetchingNextPage, isFetchNextPageError } = events;
  const onMore = useCallback(() => {
    // What failed is tried again by hand only.
    if (hasNextPage && !isFetchingNextPage && !isFetchNextPageError) void fetchNextPage();
  }, [hasNextPage, isFetchingNextPage, isFetchNextPageError, fetchNextPage]);
  // The day that is today; a moment would draw every row again.
  const todayMs = new Date(nowMs()).setHours(0, 0, 0, 0);
  if (!read.ok) {
    const { message, code, column } = read.error;
    return (
      <Notice icon={CircleHelp} tone="bad" title="This search is not understood">
        <p>
          {message} <code>{code}</code>
        </p>
        <p>Column {column}. Correct it in the line above.</p>
      </Notice>
    );
  }
  if (events.isError && !isFetchNextPageError) return <ErrorNotice error={events.error} retry={() => void events.refetch()} />;
  if (events.isPending) return <Loading what="Searching" />;
  if (rows.length === 0) return <Nothing explore={explore} />;
  return (
    <EventTable
      rows={rows}
      nowMs={todayMs}
      isNarrow={isNarrow}
      at={explore.at}
      openKey={openKey}
      scroller={explore.scroller}
      hasMore={hasNextPage}
      onMore={onMore}
      onOpen={explore.openRow}
      onScrolled={explore.setAtTop}
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
      <span className="head-agent">Agent</span>
      <span>Message</span>
      <span className="head-job">Job</span>
    </div>
  );
}

/** Nothing was found: whether that can be trusted, and what else there is to try. */
function Nothing({ explore: { q, wanted, events, search, widen } }: { explore: Explore }): ReactNode {
  const completeness = events.data?.pages[0]?.completeness;
  const late = completeness === undefined ? 0 : completeness.logs.behind + completeness.logs.silent;
  const hasHoles = completeness !== undefined && (completeness.gaps_total > 0 || completeness.logs.forked > 0);
  const completeTo = completeness?.complete_to;
  // Without an end the search asks for what is still to come.
  const isCovered = completeTo !== undefined && wanted.until !== undefined && Date.parse(completeTo) >= Date.parse(wanted.until);
  const isWhole = isCovered && late === 0 && !hasHoles;
  const actions = (
    <>
      <Button onClick={widen}>Search all time</Button>
      {q !== '' && <Button onClick={() => search('')}>Clear the search</Button>}
    </>
  );
  return (
    <Notice icon={SearchX} title="No such event in this time" actions={actions}>
      {isWhole ? (
        <p>Every log that could hold one is complete here, so there was none.</p>
      ) : (
        <p>
          That does not say that there was none:{' '}
          {completeness === undefined ? 'nothing is known of the logs.' : `${completenessText(completeness)}.`} What happened later
          may still be on its way; who is behind stands at the top of the page.
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
