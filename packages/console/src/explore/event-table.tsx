import type { ReadEvent } from '@agent-audit/log';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, type RefObject, useEffect } from 'react';
import { clockTime, dayTime, utcTime } from '../time.ts';
import { type EventView, isApart, viewOf, visible } from './event-view.ts';
import { SeverityOf } from './severity.tsx';
import './event-table.css';

interface EventTableProps {
  readonly events: readonly ReadEvent[];
  readonly nowMs: number;
  /** Rows are two lines high. */
  readonly isNarrow: boolean;
  /** The row that the keys are at. */
  readonly at: number;
  readonly openKey: string | undefined;
  readonly scroller: RefObject<HTMLDivElement | null>;
  readonly hasMore: boolean;
  readonly onMore: () => void;
  readonly onOpen: (index: number) => void;
  readonly onScrolled: (isAtTop: boolean) => void;
}

/** Rows left before the end when more are fetched. */
const moreBefore = 80;

/** Events, however many: only the rows that are in view exist. */
export function EventTable(props: EventTableProps): ReactNode {
  const { events, at, isNarrow, hasMore, onMore, scroller } = props;
  const rows = useVirtualizer({
    count: events.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? 52 : 28),
    overscan: 20,
  });
  const items = rows.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= events.length - moreBefore) onMore();
  }, [hasMore, last, events.length, onMore]);
  useEffect(() => {
    if (at >= 0) rows.scrollToIndex(at, { align: 'auto' });
    // Only where the keys move it: scrolling by hand is left alone.
  }, [at, rows]);
  useEffect(() => {
    rows.measure();
  }, [isNarrow, rows]);

  return (
    <div
      className="events-scroll"
      ref={scroller}
      tabIndex={-1}
      onScroll={({ currentTarget }) => props.onScrolled(currentTarget.scrollTop < 8)}
    >
      <div
        className="events"
        role="grid"
        aria-label="Events"
        aria-rowcount={hasMore ? -1 : events.length}
        style={{ height: rows.getTotalSize() }}
      >
        {items.map(({ index, start, key }) => {
          const event = events[index];
          return (
            event !== undefined && (
              <Row key={key} view={viewOf(event)} index={index} start={start} isAt={index === at} table={props} />
            )
          );
        })}
      </div>
    </div>
  );
}

interface RowProps {
  readonly view: EventView;
  readonly index: number;
  readonly start: number;
  readonly isAt: boolean;
  readonly table: EventTableProps;
}

function Row({ view, index, start, isAt, table }: RowProps): ReactNode {
  const { timeMs, receivedMs } = view;
  const shownMs = timeMs ?? receivedMs;
  const title = `${utcTime(shownMs)}${isApart(view) ? `\nreceived ${utcTime(receivedMs)}` : ''}`;
  return (
    <div
      className={`event-row${isAt ? ' event-row-at' : ''}${view.type.startsWith('log.') ? ' event-row-own' : ''}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={view.key === table.openKey}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => table.onOpen(index)}
    >
      <time role="gridcell" className="cell-time" title={title} dateTime={new Date(shownMs).toISOString()}>
        <span className="faint cell-day">{dayTime(shownMs, table.nowMs)} </span>
        {clockTime(shownMs)}
        {isApart(view) && (
          <span className="cell-late" title={title}>
            {timeMs === undefined ? ' received' : ` → ${clockTime(receivedMs).slice(0, 5)}`}
          </span>
        )}
      </time>
      <span role="gridcell" className="cell-severity">
        <SeverityOf severity={view.severity} />
      </span>
      <span role="gridcell" className="cell-type mono">
        {visible(view.type)}
      </span>
      <span role="gridcell" className="cell-agent">
        {visible(view.agent)}
      </span>
      <span role="gridcell" className="cell-message">
        {visible(view.message.slice(0, 400))}
        {view.error !== '' && <span className="cell-error"> {visible(view.error.slice(0, 200))}</span>}
      </span>
      <span role="gridcell" className="cell-job mono">
        {visible(view.job)}
      </span>
    </div>
  );
}
