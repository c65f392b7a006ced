import type { ReadAgent, ReadEvent } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { viewOf, visible } from '../explore/event-view.ts';
import { SeverityOf } from '../explore/severity.tsx';
import { ErrorNotice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import './agents.css';
import { useNewestLines } from './agents.ts';

const messageCharsMax = 300;

/** What an agent did last: the end of its log, whatever time is looked at. */
export function NewestLines({ agent }: { agent: ReadAgent }): ReactNode {
  const { data, error, isLoading, refetch } = useNewestLines(agent);
  if (agent.size === 0) return null;
  return (
    <section className="alarms-section" aria-labelledby="newest" aria-busy={isLoading}>
      <h2 id="newest">Its newest lines</h2>
      {error !== null && <ErrorNotice error={error} retry={() => void refetch()} />}
      {data !== undefined && data.events.length === 0 && <p className="soft">They are not here any more: retention deleted them.</p>}
      {data !== undefined && data.events.length > 0 && (
        <ol className="card agent-lines">
          {data.events.toReversed().map((event) => (
            <Line key={event.seq} event={event} />
          ))}
        </ol>
      )}
    </section>
  );
}

function Line({ event }: { event: ReadEvent }): ReactNode {
  const { key, timeMs, receivedMs, severity, type, message, error, agent } = viewOf(event);
  return (
    <li>
      <Link to="/" search={{ event: key, q: `agent_id:${JSON.stringify(agent)}` }}>
        <TimeOf text={new Date(timeMs ?? receivedMs).toISOString()} />
      </Link>
      <SeverityOf severity={severity} />
      <span className="mono">{visible(type)}</span>
      <span>
        {visible(message.slice(0, messageCharsMax))}
        {error !== '' && <span className="agent-line-error"> {visible(error.slice(0, messageCharsMax))}</span>}
      </span>
    </li>
  );
}
