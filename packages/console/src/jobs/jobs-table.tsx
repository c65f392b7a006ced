import { inert, type ReadJob } from '@agent-audit/log';
import { all } from '@agent-audit/search';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowDown } from 'lucide-react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { withTerm } from '../explore/query-edit.ts';
import { clockTime, count, dayTime, utcTime } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { nameOf, shortNameOf } from './job-id.ts';
import { length } from './length.ts';
import { type JobsSort, outcomeLabel, outcomeTone } from './outcome.ts';
import { useNow } from './use-now.ts';
import '../ui/table.css';
import './jobs.css';

const route = getRouteApi('/jobs');
/** How often it is told how long a job has been running. */
const nowEveryMs = 5_000;

interface JobsTableProps {
  /** The last first. */
  readonly jobs: readonly ReadJob[];
  readonly sort: JobsSort | undefined;
}

/** Jobs, a row each. */
export function JobsTable({ jobs, sort }: JobsTableProps): ReactNode {
  const { data: principal } = useSession();
  const isAcross = principal?.tenant === '*';
  const now = useNow(nowEveryMs, jobs.some(({ outcome }) => outcome === 'running'));
  const sorted = sort === undefined ? jobs : jobs.toSorted((a, b) => amountOf(b, sort, now) - amountOf(a, sort, now));
  return (
    <div className="card table jobs-table">
      <table>
        <caption className="visually-hidden">{sort === undefined ? 'Jobs, the last first' : `Jobs, by ${sort}, the most first`}</caption>
        <thead>
          <tr>
            <th scope="col">Job</th>
            <th scope="col">Outcome</th>
            <th scope="col">Agent</th>
            <Sortable sorts={undefined} sort={sort} label="Began" />
            <Sortable sorts="took" sort={sort} label="Took" />
            <Sortable sorts="events" sort={sort} label="Events" />
            <Sortable sorts="errors" sort={sort} label="Errors" />
            <Sortable sorts="findings" sort={sort} label="Findings" />
          </tr>
        </thead>
        <tbody>
          {sorted.map((job) => (
            <JobRow key={`${job.tenant}/${job.agent}/${job.job_id}`} job={job} now={now} isAcross={isAcross} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface SortableProps {
  /** Undefined: by their beginning. */
  readonly sorts: JobsSort | undefined;
  readonly sort: JobsSort | undefined;
  readonly label: string;
}

function Sortable({ sorts, sort, label }: SortableProps): ReactNode {
  const navigate = route.useNavigate();
  const isChosen = sorts === sort;
  return (
    <th scope="col" className={sorts === undefined ? '' : 'amount'} aria-sort={isChosen ? 'descending' : undefined}>
      <button
        type="button"
        className="sorts"
        title={sorts === undefined ? 'The last first' : 'The most first'}
        onClick={() => void navigate({ search: (before) => ({ ...before, sort: sorts }) })}
      >
        {label}
        {isChosen && <ArrowDown size={12} aria-hidden />}
      </button>
    </th>
  );
}

const runsForMs = ({ started_at }: ReadJob, now: number): number => Math.max(0, now - Date.parse(started_at));

function amountOf(job: ReadJob, sort: JobsSort, now: number): number {
  if (sort !== 'took') return job[sort] ?? -1;
  return job.took_ms ?? (job.outcome === 'running' ? runsForMs(job, now) : -1);
}

interface JobRowProps {
  readonly job: ReadJob;
  readonly now: number;
  readonly isAcross: boolean;
}

function JobRow({ job, now, isAcross }: JobRowProps): ReactNode {
  const { job_id, agent, tenant, outcome, started_at, events, errors, findings } = job;
  return (
    <tr className={outcome === 'unknown' ? 'job-unknown' : ''}>
      <td className="main-cell">
        <Link to="/jobs/$jobId" params={{ jobId: job_id }} title={nameOf(job_id)}>
          {shortNameOf(job_id)}
        </Link>
      </td>
      <td>
        <Badge tone={outcomeTone[outcome]}>{outcomeLabel[outcome]}</Badge>
      </td>
      <td className="jobs-agent">
        <Link to="/jobs" search={(before) => ({ ...before, q: withTerm(all, 'agent_id', agent, 'has') })} title="Only jobs of this agent">
          {inert(agent)}
        </Link>
        {isAcross && <span className="faint"> · {inert(tenant)}</span>}
      </td>
      <td>
        <Began text={started_at} now={now} />
      </td>
      <td className="amount" data-label="took">
        <Took job={job} now={now} />
      </td>
      <td className="amount" data-label="events">{count(events)}</td>
      <td className={errors > 0 ? 'amount alert' : 'amount'} data-label="errors">{count(errors)}</td>
      <td className="amount" data-label="findings">{findings === undefined ? '–' : count(findings)}</td>
    </tr>
  );
}

/** The day stands there where it is not today's. */
function Began({ text, now }: { text: string; now: number }): ReactNode {
  const ms = Date.parse(text);
  const day = dayTime(ms, now);
  return (
    <time dateTime={text} title={utcTime(ms)}>
      {day === dayTime(now, now) ? '' : `${day}, `}
      {clockTime(ms).slice(0, 'hh:mm:ss'.length)}
    </time>
  );
}

function Took({ job, now }: { job: ReadJob; now: number }): ReactNode {
  if (job.outcome === 'running') return <span className="faint">{length(runsForMs(job, now))} so far</span>;
  return job.took_ms === undefined ? '–' : length(job.took_ms);
}
