import { type Completeness, type JobOutcome, type JobsAnswer, jobsAnswer, jobsPath } from '@agent-audit/log';
import type { SearchError } from '@agent-audit/search';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Briefcase, X } from 'lucide-react';
import { type ReactNode, type SubmitEvent, useEffect, useId, useState } from 'react';
import { read } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { CompletenessLine } from '../ui/completeness-line.tsx';
import { rangeParameters } from '../app/range.ts';
import { useRange } from '../app/use-range.ts';
import { understand } from '../explore/query-edit.ts';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { JobsTable } from './jobs-table.tsx';
import { jobOutcomes, type JobsSearch, outcomeLabel } from './outcome.ts';
import '../ui/table.css';
import './jobs.css';

const route = getRouteApi('/jobs');
const jobsShownMax = 200;
const refreshMs = 10_000;

/** `isWanted` false: nobody asks. */
function useAnswer(q: string | undefined, outcome: JobOutcome | undefined, isWanted: boolean): UseQueryResult<JobsAnswer> {
  const range = useRange();
  return useQuery({
    queryKey: ['jobs', range, q, outcome],
    queryFn: ({ signal }) => read(jobsAnswer, jobsPath, { ...rangeParameters(range), q, outcome, limit: jobsShownMax }, signal),
    placeholderData: (before) => before,
    refetchInterval: refreshMs,
    enabled: isWanted,
  });
}

interface Jobs {
  /** Those with the chosen outcome. */
  readonly chosen: UseQueryResult<JobsAnswer>;
  /** Jobs by their outcome; undefined where there are more than an answer holds. */
  readonly counts: ReadonlyMap<JobOutcome, number> | undefined;
}

function useJobs({ q, outcome }: JobsSearch): Jobs {
  const all = useAnswer(q, undefined, true);
  const isCut = all.data?.more === true;
  const narrowed = useAnswer(q, outcome, outcome !== undefined && isCut);
  const counts = new Map(jobOutcomes.map((one) => [one, all.data?.jobs.filter((job) => job.outcome === one).length ?? 0]));
  return { chosen: outcome !== undefined && isCut ? narrowed : all, counts: all.data === undefined || isCut ? undefined : counts };
}

/** All jobs of the chosen time, the last first. */
export function JobsPage(): ReactNode {
  const search = route.useSearch();
  const { chosen: jobs, counts } = useJobs(search);
  return (
    <div className="page">
      <div className="page-head">
        <h1>Jobs</h1>
        {jobs.data !== undefined && <CompletenessLine completeness={jobs.data.completeness} />}
      </div>
      <div className="narrow-down">
        <OutcomeChips chosen={search.outcome} counts={counts} />
        <JobSearch q={search.q ?? ''} />
      </div>
      {jobs.isPending && <Loading what="Looking for jobs" />}
      {/* What is wrong with a search is said below it. */}
      {jobs.isError && !isMisspelt(jobs.error) && <ErrorNotice error={jobs.error} retry={() => void jobs.refetch()} />}
      {jobs.data !== undefined && !jobs.isError && <Found answer={jobs.data} search={search} />}
    </div>
  );
}

function Found({ answer, search: { outcome, sort } }: { answer: JobsAnswer; search: JobsSearch }): ReactNode {
  const jobs = outcome === undefined ? answer.jobs : answer.jobs.filter((job) => job.outcome === outcome);
  if (jobs.length === 0) return <NoJobs chosen={outcome} completeness={answer.completeness} />;
  return (
    <>
      <JobsTable jobs={jobs} sort={sort} />
      {answer.more && <p className="soft">These are the last {count(jobs.length)}. Choose a shorter time to see older ones.</p>}
    </>
  );
}

const isMisspelt = (error: unknown): boolean => error instanceof Problem && error.code === 'SEARCH_MALFORMED';

function OutcomeChips({ chosen, counts }: { chosen: JobOutcome | undefined; counts: Jobs['counts'] }): ReactNode {
  const navigate = route.useNavigate();
  const choose = (outcome: JobOutcome | undefined): void => void navigate({ search: (before) => ({ ...before, outcome }) });
  return (
    <div className="chips" role="group" aria-label="Outcome">
      <Button aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
        All
      </Button>
      {jobOutcomes.map((outcome) => (
        <Button key={outcome} aria-pressed={chosen === outcome} onClick={() => choose(chosen === outcome ? undefined : outcome)}>
          {outcomeLabel[outcome]} {counts !== undefined && <span className="soft">{count(counts.get(outcome) ?? 0)}</span>}
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
