import { inert } from '@agent-audit/log';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ChevronRight, Eye } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { count, localTime, utcTime } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { useDeeds } from './access.ts';
import type { Deed, Range } from './deed.ts';
import { type DeedKind, deedKinds } from './deed-kind.ts';
import { type DeedGroup, groupsOf } from './deed-group.ts';
import { WhatOf } from './what-of.tsx';
import '../ui/table.css';
import './access.css';

const route = getRouteApi('/access');

/** Who looked at what: the collector's own log. */
export function WhoLooked(): ReactNode {
  const { kind } = route.useSearch();
  const deeds = useDeeds(kind);
  return (
    <section aria-labelledby="who-looked" className="access-section">
      <h2 id="who-looked">Who looked at what</h2>
      <p className="soft">
        From the collector&apos;s own sealed log: each line can be proven like any other. What is done again and again is counted.
      </p>
      <Kinds chosen={kind} />
      {deeds.isPending && <Loading />}
      {deeds.isError && <ErrorNotice error={deeds.error} retry={() => void deeds.refetch()} />}
      {deeds.data?.deeds.length === 0 && <Notice icon={Eye} title="Nobody did anything of this kind in this time" />}
      {deeds.data !== undefined && deeds.data.deeds.length > 0 && <DeedsTable groups={groupsOf(deeds.data.deeds)} />}
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

function Kinds({ chosen }: { chosen: DeedKind | undefined }): ReactNode {
  const navigate = route.useNavigate();
  const choose = (kind: DeedKind | undefined): void => void navigate({ search: (before) => ({ ...before, kind }) });
  return (
    <div className="chips" role="group" aria-label="Kind">
      <Button aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
        All
      </Button>
      {deedKinds.map(({ kind, label }) => (
        <Button key={kind} aria-pressed={chosen === kind} onClick={() => choose(chosen === kind ? undefined : kind)}>
          {label}
        </Button>
      ))}
    </div>
  );
}

function DeedsTable({ groups }: { groups: readonly DeedGroup[] }): ReactNode {
  return (
    <div className="card table access-table deeds-table">
      <table>
        <caption className="visually-hidden">Who looked at what, the last first</caption>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">Who</th>
            <th scope="col">Did</th>
            <th scope="col">What</th>
            <th scope="col" className="amount">Rows</th>
            <th scope="col" className="amount">Proof</th>
          </tr>
        </thead>
        <tbody>
          {groups.map((group) => (
            <Group key={`${group.last.log}/${group.last.seq}`} group={group} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Group({ group: { last, others } }: { group: DeedGroup }): ReactNode {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Row deed={last}>
        {others.length > 0 && (
          <button type="button" className="deeds-more" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
            <ChevronRight size={12} aria-hidden />
            <span>
              and {count(others.length)} more since <TimeOf text={others.at(-1)?.at ?? ''} form="clock" />
            </span>
          </button>
        )}
      </Row>
      {isOpen && others.map((deed) => <Row key={`${deed.log}/${deed.seq}`} deed={deed} isWithin />)}
    </>
  );
}

interface RowProps {
  readonly deed: Deed;
  /** One of those that follow each other. */
  readonly isWithin?: boolean;
  readonly children?: ReactNode;
}

function Row({ deed, isWithin = false, children }: RowProps): ReactNode {
  const { log, seq, at, who, sees, did, isBad, how, range, rows } = deed;
  return (
    <tr className={isWithin ? 'deeds-within' : ''}>
      <td>
        <TimeOf text={at} />
      </td>
      <td className="deeds-who">
        <strong>{inert(who)}</strong>
        {sees !== undefined && <span className="faint"> {inert(sees)}</span>}
      </td>
      <td className={isBad ? 'deeds-did alert' : 'deeds-did'}>{inert(did)}</td>
      <td className="wrapping deeds-what">
        <WhatOf deed={deed} />
        {range !== undefined && <RangeOf range={range} at={at} />}
        {how !== '' && <span className="faint"> {inert(how)}</span>}
        {children}
      </td>
      <td className="amount" data-label="rows">{rows === undefined ? '' : count(rows)}</td>
      <td className="amount" data-label="proof">
        <Link to="/integrity/$log/$seq" params={{ log, seq: String(seq) }} title={`Prove line ${seq} of the collector's own log`}>
          #{seq}
        </Link>
      </td>
    </tr>
  );
}

/** The time that was looked at. */
function RangeOf({ range: { since, until }, at }: { range: Range; at: string }): ReactNode {
  const [fromMs, toMs] = [since === undefined ? undefined : Date.parse(since), Date.parse(until ?? at)];
  if (fromMs === undefined) return <span className="soft deeds-range" title={`up to ${utcTime(toMs)}`}> all up to {whole(toMs)}</span>;
  const isOneDay = whole(fromMs).slice(0, -clockLength) === whole(toMs).slice(0, -clockLength);
  return (
    <span className="soft deeds-range" title={`${utcTime(fromMs)} – ${utcTime(toMs)}`}>
      {' '}
      {whole(fromMs)} – {isOneDay ? whole(toMs).slice(-clockLength) : whole(toMs)}
    </span>
  );
}

const clockLength = 'hh:mm:ss'.length;
/** Day and time to the second, in the reader's zone. */
const whole = (ms: number): string => localTime(ms).replace(/\.\d+$/, '');
