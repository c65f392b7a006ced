import { inert } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { isJobOutcome } from '../jobs/outcome.ts';
import { nameOf } from '../jobs/job-id.ts';
import { count } from '../time.ts';
import type { Deed } from './deed.ts';

/** What a deed was done to, as a way there: the same search over the same time, the job, the line. */
export function WhatOf({ deed: { what, range, at } }: { deed: Deed }): ReactNode {
  const time = { since: range?.since ?? 'all', until: range?.until ?? at };
  switch (what.kind) {
    case 'events':
      return (
        <Link to="/" search={{ ...(what.q === '' ? {} : { q: what.q }), ...time }}>
          <SearchText q={what.q} all="all events" />
        </Link>
      );
    case 'jobs':
      return (
        <Link to="/jobs" search={{ q: what.q, ...(isJobOutcome(what.outcome) ? { outcome: what.outcome } : {}), ...time }}>
          <SearchText q={what.q} all="all jobs" />
        </Link>
      );
    case 'job':
      return (
        <Link to="/jobs/$jobId" params={{ jobId: what.jobId }}>
          job {nameOf(what.jobId)}
        </Link>
      );
    case 'line':
      return (
        <>
          <Link to="/" search={{ event: `${what.log}/${what.seq}`, since: 'all' }}>
            line {count(what.seq)}
          </Link>{' '}
          of <LogOf log={what.log} agent={what.agent} />
        </>
      );
    case 'lines':
      return (
        <>
          <Link to="/" search={{ event: `${what.log}/${what.from}`, since: 'all' }}>
            lines {count(what.from)}–{count(Math.max(what.from, what.to - 1))}
          </Link>{' '}
          of <LogOf log={what.log} agent={what.agent} />
        </>
      );
    case 'log':
      return (
        <>
          <LogOf log={what.log} agent={what.agent} />
          {what.size !== undefined && <span className="faint"> of {count(what.size)} lines</span>}
        </>
      );
    case 'agents':
      return <Link to="/agents">{what.word}</Link>;
    case 'deeds':
      return <Link to="/access" search={time}>who looked at what</Link>;
    case 'text':
      return inert(what.text);
  }
}

function SearchText({ q, all }: { q: string; all: string }): ReactNode {
  return q === '' ? all : <code>{inert(q)}</code>;
}

/** Of an agent, by its name; older lines know the log's id alone. */
function LogOf({ log, agent }: { log: string; agent: string | undefined }): ReactNode {
  return (
    <Link to="/agents/$log" params={{ log }} title={`Log ${log}`}>
      {agent === undefined ? `log ${log.slice(0, 8)}…` : inert(agent)}
    </Link>
  );
}
