import { type Completeness, inert, type JobOutcome, type JobsAnswer, jobsAnswer, jobsPath, type ReadJob } from '@agent-audit/log';
import type { SearchError } from '@agent-audit/search';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Briefcase, X } from 'lucide-react';
import { type ReactNode, type SubmitEvent, useEffect, useId, useState } from 'react';
import { read } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { CompletenessLine } from '../ui/completeness-line.tsx';
import { rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { understand } from '../explore/query-edit.ts';
import { count, duration } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { nameOf } from './job-id.ts';
import { jobOutcomes, type JobsSearch, outcomeLabel, outcomeTone } from './outcome.ts';
import '../ui/table.css';
import './jobs.css';

const route = getRouteApi('/jobs');
const jobsShownMax = 200;
const refreshMs = 10_000;

function useJobs({ q, outcome }: JobsSearch): UseQueryResult<JobsAnswer> {
  const range = useRange();
  return useQuery({
    queryKey: ['jobs', range, q, outcome],
    queryFn: ({ signal }) => read(jobsAnswer, jobsPath, { ...rangeParameters(range), q, outcome, limit: jobsShownMax }, signal),
    placeholderData: (before) => before,
    refetchInterval: refreshMs,
  });
}

/** All jobs of the chosen time, the last first. */
export function JobsPage(): ReactNode {
  const search = route.useSearch();
  const jobs = useJobs(search);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Jobs</h1>
        {jobs.data !== undefined && <CompletenessLine completeness={jobs.data.completeness} />}
      </div>
      <div className="jobs-narrow">
        <OutcomeChips chosen={search.outcome} />
        <JobSearch q={search.q ?? ''} />
      </div>
      {jobs.isPending && <Loading what="Looking for jobs" />}
      {/* What is wrong with a search is said below it. */}
      {jobs.isError && !isMisspelt(jobs.error) && <ErrorNotice error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data !== undefined && !jobs.isError && <JobsTable answer={jobs.data} chosen={search.outcome} />}
    </div>
  );
}

const isMisspelt = (error: unknown): boolean => error instanceof Problem && error.code === 'SEARCH_MALFORMED';

function OutcomeChips({ chosen }: { chosen: JobOutcome | undefined }): ReactNode {
  const navigate = route.useNavigate();
  const choose = (outcome: JobOutcome | undefined): void => void navigate({ search: (before) => ({ ...before, outcome }) });
  return (
    <div className="chips" role="group" aria-label="Outcome">
      <Button aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
        All
      </Button>
      {jobOutcomes.map((outcome) => (
        <Button key={outcome} aria-pressed={chosen === outcome} onClick={() => choose(chosen === outcome ? undefined : outcome)}>
          {outcomeLabel[outcome]}
        </Button>
      ))}
    </div>
  );
}

/** Jobs of which an event is found by a search. */
function JobSearch({ q }: { q: string }): ReactNode {
  const navigate = route.useNavigate();
  const [text, setText] = useState(q);
  const id = useId();
  const understood = understand(q);
  useEffect(() => setText(q), [q]);
  const look = (wanted: string): void =>
    void navigate({ search: (before) => ({ ...before, q: wanted.trim() === '' ? undefined : wanted.trim() }) });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    look(text);
  };
  return (
    <form className="jobs-search" onSubmit={submit}>
      <label className="visually-hidden" htmlFor={id}>
        Jobs with an event that a search finds
      </label>
      <input
        id={id}
        className="input mono"
        value={text}
        placeholder="with an event of agent_id:scanner-7"
        spellCheck={false}
        autoComplete="off"
        aria-invalid={!understood.ok}
        aria-describedby={`${id}wrong`}
        onChange={({ target }) => setText(target.value)}
      />
      {q !== '' && (
        <Button label="Jobs of all events" onClick={() => look('')}>
          <X size={14} aria-hidden />
        </Button>
      )}
      <p id={`${id}wrong`} className="field-error" role="alert">
        {!understood.ok && explain(understood.error)}
      </p>
    </form>
  );
}

function explain({ message, column, suggestion }: SearchError): string {
  const meant = suggestion === undefined ? '' : `; did you mean ${suggestion}?`;
  return `Not understood at column ${column}: ${message}${meant}`;
}

function JobsTable({ answer, chosen }: { answer: JobsAnswer; chosen: JobOutcome | undefined }): ReactNode {
  const { data: principal } = useSession();
  const isAcross = principal?.tenant === '*';
  if (answer.jobs.length === 0) return <NoJobs chosen={chosen} completeness={answer.completeness} />;
  return (
    <>
      <div className="card table jobs-table">
        <table>
          <caption className="visually-hidden">Jobs, the last first</caption>
          <thead>
            <tr>
              <th scope="col">Job</th>
              <th scope="col">Outcome</th>
              <th scope="col">Agent</th>
              <th scope="col">Began</th>
              <th scope="col" className="amount">Took</th>
              <th scope="col" className="amount">Events</th>
              <th scope="col" className="amount">Errors</th>
              <th scope="col" className="amount">Findings</th>
            </tr>
          </thead>
          <tbody>
            {answer.jobs.map((job) => (
              <JobRow key={`${job.tenant}/${job.agent}/${job.job_id}`} job={job} isAcross={isAcross} />
            ))}
          </tbody>
        </table>
      </div>
      {answer.more && <p className="soft">These are the last {count(answer.jobs.length)}. Choose a shorter time to see older ones.</p>}
    </>
  );
}

function JobRow({ job, isAcross }: { job: ReadJob; isAcross: boolean }): ReactNode {
  const { job_id, agent, tenant, outcome, started_at, took_ms, events, errors, findings } = job;
  return (
    <tr className={outcome === 'unknown' ? 'job-unknown' : ''}>
      <td className="main-cell">
        <Link to="/jobs/$jobId" params={{ jobId: job_id }}>
          {nameOf(job_id)}
        </Link>
      </td>
      <td>
        <Badge tone={outcomeTone[outcome]}>{outcomeLabel[outcome]}</Badge>
      </td>
      <td className="jobs-agent">
        {inert(agent)}
        {isAcross && <span className="faint"> · {inert(tenant)}</span>}
      </td>
      <td>
        <TimeOf text={started_at} />
      </td>
      <td className="amount" data-label="took">{took_ms === undefined ? '–' : duration(took_ms)}</td>
      <td className="amount" data-label="events">{count(events)}</td>
      <td className={errors > 0 ? 'amount alert' : 'amount'} data-label="errors">{count(errors)}</td>
      <td className="amount" data-label="findings">{findings === undefined ? '–' : count(findings)}</td>
    </tr>
  );
}

function NoJobs({ chosen, completeness }: { chosen: JobOutcome | undefined; completeness: Completeness }): ReactNode {
  const verb = chosen === 'unknown' ? 'has an' : 'is';
  const what = chosen === undefined ? 'No job began in this time' : `No job of this time ${verb} ${outcomeLabel[chosen]}`;
  const isWhole = completeness.logs.behind + completeness.logs.silent + completeness.logs.forked === 0;
  return (
    <Notice icon={Briefcase} title={what}>
      <p>
        {isWhole
          ? 'All agents have delivered what they recorded, so there was none.'
          : 'Some agents have not delivered everything yet: there may have been one.'}
      </p>
      {chosen !== undefined && <p>Jobs that ended in another way are not shown.</p>}
      <p>A job is whatever carries a job_id: in code, <code>audit.operation({'{'} type: &apos;job&apos;, jobId {'}'}, …)</code>.</p>
    </Notice>
  );
}
