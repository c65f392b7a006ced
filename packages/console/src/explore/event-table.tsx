import { useVirtualizer } from '@tanstack/react-virtual';
import { memo, type ReactNode, type RefObject, useCallback, useEffect, useRef } from 'react';
import { clockTime, dayTime, utcTime } from '../time.ts';
import { type EventView, isApart, keyOf, viewOf, visible } from './event-view.ts';
import type { Rows } from './rows.ts';
import { SeverityOf } from './severity.tsx';
import './event-table.css';

interface EventTableProps {
  readonly rows: Rows;
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

/** Rows left before the end when more are fetched; of a short list the half, so that the first page alone is not asked to go on. */
const moreBefore = 200;

/** Events, however many: only the rows that are in view exist. */
export function EventTable(props: EventTableProps): ReactNode {
  const { rows, at, openKey, nowMs, isNarrow, hasMore, onMore, onOpen, scroller } = props;
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => (isNarrow ? 52 : 28),
    overscan: 12,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? 0;
  useEffect(() => {
    if (hasMore && last >= rows.length - Math.min(moreBefore, rows.length / 2)) onMore();
  }, [hasMore, last, rows.length, onMore]);
  const atEvent = rows.at(at);
  const atKey = atEvent === undefined ? undefined : keyOf(atEvent);
  const atNow = useRef(at);
  atNow.current = at;
  useEffect(() => {
    // Only where the keys go to another event: rows that come in above it, and scrolling by hand, are left alone.
    if (atKey !== undefined) virtual.scrollToIndex(atNow.current, { align: 'auto' });
  }, [atKey, virtual]);
  useEffect(() => {
    virtual.measure();
  }, [isNarrow, virtual]);
  // Rows that stay as they are must not be drawn again while others scroll by.
  const newest = useRef(onOpen);
  newest.current = onOpen;
  const open = useCallback((index: number) => newest.current(index), []);

  return (
    <div
      className="events-scroll"
      ref={scroller}
      tabIndex={0}
      onScroll={({ currentTarget }) => props.onScrolled(currentTarget.scrollTop < 8)}
    >
      <div
        className="events"
        role="grid"
        aria-label="Events"
        aria-rowcount={hasMore ? -1 : rows.length}
        style={{ height: virtual.getTotalSize() }}
      >
        {items.map(({ index, start, key }) => {
          const event = rows.at(index);
          if (event === undefined) return null;
          const view = viewOf(event);
          const isOpen = view.key === openKey;
          return <Row key={key} view={view} index={index} start={start} isAt={index === at} isOpen={isOpen} nowMs={nowMs} onOpen={open} />;
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
  readonly isOpen: boolean;
  readonly nowMs: number;
  readonly onOpen: (index: number) => void;
}

const Row = memo(function Row({ view, index, start, isAt, isOpen, nowMs, onOpen }: RowProps): ReactNode {
  const { timeMs, receivedMs } = view;
  const shownMs = timeMs ?? receivedMs;
  const title = `${utcTime(shownMs)}${isApart(view) ? `\nreceived ${utcTime(receivedMs)}` : ''}`;
  return (
    <div
      className={`event-row${isAt ? ' event-row-at' : ''}${view.type.startsWith('log.') ? ' event-row-own' : ''}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isOpen}
      style={{ transform: `translateY(${start}px)` }}
      onClick={() => onOpen(index)}
    >
      <time role="gridcell" className="cell-time" title={title} dateTime={new Date(shownMs).toISOString()}>
        <span className="faint cell-day">{dayTime(shownMs, nowMs)} </span>
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
      <span role="gridcell" className="cell-agent" title={visible(view.agent)}>
        {visible(view.agent)}
      </span>
      <span role="gridcell" className="cell-message">
        {visible(view.message.slice(0, 400))}
        {view.error !== '' && <span className="cell-error"> {visible(view.error.slice(0, 200))}</span>}
      </span>
      <span role="gridcell" className="cell-job mono" title={visible(view.job)}>
        {visible(view.job)}
      </span>
    </div>
  );
});
