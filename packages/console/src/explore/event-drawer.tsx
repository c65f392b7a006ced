import type { ReadEvent } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { Copy, SearchX, ShieldCheck, Workflow, X } from 'lucide-react';
import { type ReactNode, useEffect, useRef, useState } from 'react';
import { duration, localTime, utcTime } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { EventFields } from './event-fields.tsx';
import { type EventView, isApart, keyOf, placeOf, viewOf, visible } from './event-view.ts';
import { useEventAt, useNeighbours } from './queries.ts';
import { SeverityOf } from './severity.tsx';
import './event-drawer.css';

interface DrawerProps {
  /** `LOG/SEQ` */
  readonly openKey: string;
  /** The event, where the page has it already. */
  readonly known: ReadEvent | undefined;
  readonly onClose: () => void;
  readonly onOpen: (key: string) => void;
  /** A value of a field was chosen: it joins the search. */
  readonly onTerm: (field: string, value: string) => void;
}

const neighboursEach = 50;

/** All that is known of one event. */
export function EventDrawer({ openKey, known, onClose, onOpen, onTerm }: DrawerProps): ReactNode {
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
        {event.data === null && (
          <Notice icon={SearchX} title="This line is not here">
            It may not have arrived yet, may have been deleted by its age, or belongs to somebody else.
          </Notice>
        )}
        {event.data !== undefined && event.data !== null && (
          <Details key={openKey} view={viewOf(event.data)} onOpen={onOpen} onTerm={onTerm} />
        )}
      </div>
    </aside>
  );
}

interface DetailsProps {
  readonly view: EventView;
  readonly onOpen: (key: string) => void;
  readonly onTerm: (field: string, value: string) => void;
}

function Details({ view, onOpen, onTerm }: DetailsProps): ReactNode {
  const { event, timeMs, receivedMs, job } = view;
  // Plain texts: the routes belong to their sections.
  const proof: string = `/integrity/${event.log}/${event.seq}`;
  const story: string = `/jobs/${encodeURIComponent(job)}`;
  const [tab, setTab] = useState<'fields' | 'raw' | 'around'>('fields');
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
            <Workflow size={16} aria-hidden /> {visible(job)}
          </Link>
        )}
      </div>
      <div className="tabs" role="tablist" aria-label="Views of the event">
        {(['fields', 'raw', 'around'] as const).map((name) => (
          <button key={name} type="button" role="tab" aria-selected={tab === name} onClick={() => setTab(name)}>
            {{ fields: 'Fields', raw: 'Raw line', around: `±${neighboursEach} lines` }[name]}
          </button>
        ))}
      </div>
      {tab === 'fields' && <EventFields event={event} fields={view.fields} onTerm={onTerm} />}
      {tab === 'raw' && <RawLine line={event.line} />}
      {tab === 'around' && <Around event={event} onOpen={onOpen} />}
    </>
  );
}

function BothTimes({ ms }: { ms: number }): ReactNode {
  return (
    <time dateTime={new Date(ms).toISOString()}>
      {localTime(ms)} <span className="faint">{utcTime(ms)}</span>
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
      <pre>{visible(line)}</pre>
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
      {lines.data.map((line, index) => {
        const view = viewOf(line);
        const before = lines.data[index - 1];
        const missing = before === undefined ? 0 : line.seq - before.seq - 1;
        return (
          <li key={line.seq} ref={line.seq === event.seq ? own : undefined} aria-current={line.seq === event.seq}>
            {missing > 0 && <p className="around-missing">{missing} lines are not here</p>}
            <button type="button" onClick={() => onOpen(keyOf(line))}>
              <span className="number faint">{line.seq}</span>
              <SeverityOf severity={view.severity} />
              <span className="around-message">
                <span className="mono">{visible(view.type)}</span> {visible(view.message.slice(0, 200))}
              </span>
            </button>
          </li>
        );
      })}
    </ol>
  );
}
