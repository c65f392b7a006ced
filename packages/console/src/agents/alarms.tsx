import { inert, type ReadAlarm } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { Badge } from '../ui/badge.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import './agents.css';

/** What an auditor must hear of, with the signed notes that are its evidence. */
export function Alarms({ alarms }: { alarms: readonly ReadAlarm[] }): ReactNode {
  return (
    <ul className="card alarms">
      {alarms.map(({ id, kind, agent, at, message, notes }) => (
        <li key={id}>
          <span>
            <Badge tone={kind === 'GAP' || kind === 'DATA_LOST' ? 'warn' : 'bad'}>{kind.replaceAll('_', ' ')}</Badge>{' '}
            <strong>{inert(agent)}</strong>{' '}
            <span className="faint">
              <TimeOf text={at} />
            </span>
          </span>
          <span>{inert(message)}</span>
          {notes.length > 0 && (
            <details>
              <summary>
                {notes.length} signed {notes.length === 1 ? 'note' : 'notes'}
              </summary>
              {notes.map((note) => (
                <pre key={note}>{note}</pre>
              ))}
            </details>
          )}
        </li>
      ))}
    </ul>
  );
}
