import { inertJson, type ReadEvent } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { Copy, FileCheck2, SearchX, ShieldCheck, Workflow, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { count, duration, localTime, utcTime } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import type { Place } from './around.ts';
import { EventFields } from './event-fields.tsx';
import { type EventView, isApart, keyOf, placeOf, viewOf, visible } from './event-view.ts';
import { type EventAt, useEventAt, useNeighbours } from './queries.ts';
import type { EventTab } from './routes.ts';
import { SeverityOf } from './severity.tsx';
import './event-drawer.css';

interface DrawerProps {
  /** `LOG/SEQ` */
  readonly openKey: string;
  /** The event, where the page has it already. */
  readonly known: ReadEvent | undefined;
  readonly tab: EventTab | undefined;
  readonly onTab: (tab: EventTab | undefined) => void;
  readonly onClose: () => void;
  readonly onOpen: (key: string) => void;
  /** A value of a field was chosen: it joins the search. */
  readonly onTerm: (field: string, value: string) => void;
}

const neighboursEach = 50;

/** All that is known of one event. */
export function EventDrawer({ openKey, known, onClose, ...props }: DrawerProps): ReactNode {
  const event = useEventAt(openKey, known);
  const { log, seq } = placeOf(openKey);
  return (
    <aside className="drawer" aria-label="Event">
      <div className="drawer-head">
        <h2>
          Line <span className="number">{seq}</span>
        </h2>
        <span className="faint mono drawer-log" title={log}>
          {log.slice(0, 12)}…
        </span>
        <Button look="quiet" label="Close (Esc)" onClick={onClose}>
          <X size={16} aria-hidden />
        </Button>
      </div>
      <div className="drawer-body">
        {event.isPending && <Loading />}
        {event.isError && <ErrorNotice error={event.error} retry={() => void event.refetch()} />}
        {event.data?.kind === 'absent' && (
          <Notice icon={SearchX} title="This line is not here">
            {absenceWords[event.data.why]}
          </Notice>
        )}
        {event.data?.kind === 'here' && <Details key={openKey} view={viewOf(event.data.event)} {...props} />}
      </div>
    </aside>
  );
}

const absenceWords: Readonly<Record<Extract<EventAt, { kind: 'absent' }>['why'], string>> = {
  gap: 'Nobody will ever have it here: the log went on without it. Its agent may still hold it.',
  deleted: 'It was here, and was deleted by its age. Its agent, or an export, may still hold it.',
  later: 'The log is not so long, as far as the collector knows. The line may be on its way.',
  hidden: 'It may belong to somebody else, or may never have come.',
  unknown: 'There is no such log, or it belongs to somebody else.',
};

type DetailsProps = Pick<DrawerProps, 'tab' | 'onTab' | 'onOpen' | 'onTerm'> & { readonly view: EventView };

function Details({ view, tab, onTab, onOpen, onTerm }: DetailsProps): ReactNode {
  const { event, timeMs, receivedMs, job } = view;
  // Plain texts: the routes belong to their sections.
  const proof: string = `/integrity/${event.log}/${event.seq}`;
  const story: string = `/jobs/${encodeURIComponent(job)}`;
  return (
    <>
      <div className="drawer-title">
        <SeverityOf severity={view.severity} />
        <strong className="mono">{visible(view.type)}</strong>
        {event.marks.map((mark) => (
          <Badge key={mark} tone="warn">
            {mark.replaceAll('_', ' ').toLowerCase()}
          </Badge>
        ))}
      </div>
      <p className="drawer-message">{visible(view.message)}</p>
      {view.error !== '' && <p className="drawer-error mono">{visible(view.error)}</p>}
      <dl className="drawer-times">
        <dt>Happened</dt>
        <dd>{timeMs === undefined ? 'the line tells no time' : <BothTimes ms={timeMs} />}</dd>
        {isApart(view) && (
          <>
            <dt>Received</dt>
            <dd>
              <BothTimes ms={receivedMs} />
              {timeMs !== undefined && (
                <Badge tone="warn">{receivedMs > timeMs ? `${duration(receivedMs - timeMs)} later` : 'before it happened'}</Badge>
              )}
            </dd>
          </>
        )}
      </dl>
      <div className="drawer-actions">
        <Link to={proof} className="button button-main">
          <ShieldCheck size={16} aria-hidden /> Prove it
        </Link>
        {job !== '' && (
          <Link to={story} className="button">
            <Workflow size={16} aria-hidden /> <span className="drawer-job">{visible(job)}</span>
          </Link>
        )}
        <Link to="/evidence" search={{ event: view.key }} className="button" title="A file that proves this event to whoever opens it">
          <FileCheck2 size={16} aria-hidden /> Evidence
        </Link>
      </div>
      <div className="tabs" role="tablist" aria-label="Views of the event">
        {([undefined, 'raw', 'around'] as const).map((name) => (
          <button key={name ?? 'fields'} type="button" role="tab" aria-selected={tab === name} onClick={() => onTab(name)}>
            {{ fields: 'Fields', raw: 'Raw line', around: `±${neighboursEach} lines` }[name ?? 'fields']}
          </button>
        ))}
      </div>
      {tab === undefined && <EventFields event={event} onTerm={onTerm} />}
      {tab === 'raw' && <RawLine line={event.line} />}
      {tab === 'around' && <Around event={event} onOpen={onOpen} />}
    </>
  );
}

function BothTimes({ ms }: { ms: number }): ReactNode {
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {localTime(ms)}
      <span className="faint">{utcTime(ms)}</span>
    </time>
  );
}

function RawLine({ line }: { line: string }): ReactNode {
  const [isCopied, setCopied] = useState(false);
  return (
    <div className="raw">
      <Button onClick={() => void navigator.clipboard.writeText(line).then(() => setCopied(true))}>
        <Copy size={14} aria-hidden /> {isCopied ? 'Copied' : 'Copy, byte for byte'}
      </Button>
      <pre>{inertJson(line)}</pre>
    </div>
  );
}

/** The lines of the same log around it, whatever the search says. */
function Around({ event, onOpen }: { event: ReadEvent; onOpen: (key: string) => void }): ReactNode {
  const lines = useNeighbours(event, neighboursEach);
  const own = useRef<HTMLLIElement>(null);
  useEffect(() => {
    own.current?.scrollIntoView({ block: 'center' });
  }, [lines.data]);
  if (lines.isPending) return <Loading />;
  if (lines.isError) return <ErrorNotice error={lines.error} retry={() => void lines.refetch()} />;
  return (
    <ol className="around">
      {lines.data.map((place) => (
        <li
          key={place.kind === 'line' ? place.event.seq : place.from}
          ref={isOwn(place, event) ? own : undefined}
          aria-current={isOwn(place, event) ? 'true' : undefined}
        >
          {place.kind === 'line' ? <Neighbour event={place.event} onOpen={onOpen} /> : <Hole {...place} />}
        </li>
      ))}
    </ol>
  );
}

function isOwn(place: Place, { seq }: ReadEvent): boolean {
  return place.kind === 'line' && place.event.seq === seq;
}

function Neighbour({ event, onOpen }: { event: ReadEvent; onOpen: (key: string) => void }): ReactNode {
  const { severity, type, message } = viewOf(event);
  return (
    <button type="button" onClick={() => onOpen(keyOf(event))}>
      <span className="number faint">{event.seq}</span>
      <SeverityOf severity={severity} />
      <span className="around-message">
        <span className="mono">{visible(type)}</span> {visible(message.slice(0, 200))}
      </span>
    </button>
  );
}

const holeWords = {
  gap: 'missing: nobody will ever have them here',
  deleted: 'deleted by their age',
  later: 'not here yet',
  hidden: 'not to be seen here',
} as const;

function Hole({ from, to, why }: Extract<Place, { kind: 'hole' }>): ReactNode {
  const amount = to - from;
  return (
    <p className={`around-missing around-${why}`}>
      {count(from)}{amount > 1 ? `–${count(to - 1)}` : ''}: {count(amount)} {amount === 1 ? 'line' : 'lines'} {holeWords[why]}
    </p>
  );
}
