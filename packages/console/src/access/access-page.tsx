import { inert } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { Eye } from 'lucide-react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { count } from '../time.ts';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { type Deed, useDeeds } from './access.ts';
import { Tokens } from './tokens.tsx';
import '../ui/table.css';

const deedLabel: Readonly<Record<string, string>> = {
  signed_in: 'signed in',
  signed_out: 'signed out',
  auth_failed: 'was refused',
  token_created: 'made a token',
  token_revoked: 'revoked a token',
  events_searched: 'searched',
  events_followed: 'followed',
  events_exported: 'exported',
  event_proven: 'proved an event',
  log_read: 'read a log',
  retention_changed: 'changed retention',
};

/** Who may do what here, and who looked at what. */
export function AccessPage(): ReactNode {
  const { data: principal } = useSession();
  const isAdmin = principal?.scopes.includes('admin') === true;
  if (!isAdmin) {
    return (
      <div className="page">
        <h1>Access</h1>
        <Notice icon={Eye} title="This needs an admin token">
          <p>Tokens, and who looked at what, are shown to administrators only. What you read here is recorded, too.</p>
        </Notice>
      </div>
    );
  }
  return (
    <div className="page">
      <h1>Access</h1>
      <Tokens />
      {principal.tenant === '*' && <WhoLooked />}
    </div>
  );
}

function WhoLooked(): ReactNode {
  const deeds = useDeeds();
  return (
    <section aria-labelledby="who-looked" className="access-section">
      <h2 id="who-looked">Who looked at what</h2>
      <p className="soft">From the collector&apos;s own sealed log: each line can be proven like any other.</p>
      {deeds.isPending && <Loading />}
      {deeds.isError && <ErrorNotice error={deeds.error} retry={() => void deeds.refetch()} />}
      {deeds.data?.deeds.length === 0 && <Notice icon={Eye} title="Nobody looked at anything in this time" />}
      {deeds.data !== undefined && deeds.data.deeds.length > 0 && <DeedsTable deeds={deeds.data.deeds} />}
      {deeds.data?.more === true && (
        <p className="soft">
          These are the last {count(deeds.data.deeds.length)}.{' '}
          <Link to="/" search={{ q: 'tenant_id:_collector agent_id:collector' }}>
            Search all of the collector&apos;s own log
          </Link>
        </p>
      )}
    </section>
  );
}

function DeedsTable({ deeds }: { deeds: readonly Deed[] }): ReactNode {
  return (
    <div className="card table access-table">
      <table>
        <caption className="visually-hidden">Who looked at what, the last first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col">What</th>
            <th scope="col" className="amount">Rows</th>
          </tr>
        </thead>
        <tbody>
          {deeds.map(({ log, seq, at, type, who, message, query, rows, target }) => (
            <tr key={`${log}/${seq}`}>
              <td>
                <Link to="/integrity/$log/$seq" params={{ log, seq: String(seq) }} title={`Prove line ${seq}`}>
                  <TimeOf text={at} />
                </Link>
              </td>
              <td className="main-cell">{inert(who)}</td>
              <td className={type === 'auth_failed' ? 'alert' : ''}>{deedLabel[type] ?? type}</td>
              <td className="wrapping">
                {query !== undefined && query !== '' && (
                  <>
                    <code>{inert(query)}</code>{' '}
                  </>
                )}
                <span className={query === undefined || query === '' ? '' : 'faint'}>
                  {inert(message)}
                  {target !== undefined && `: ${inert(target)}`}
                </span>
              </td>
              <td className="amount" data-label="rows">{rows === undefined ? '' : count(rows)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
