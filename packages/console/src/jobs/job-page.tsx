import { inert, type JobAnswer, jobAnswer, jobPath, type ReadEvent } from '@agent-audit/log';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, ClipboardCopy, FileCheck2, Search, SearchX } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { read } from '../api/client.ts';
import { Problem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { CompletenessLine } from '../ui/completeness-line.tsx';
import { count } from '../time.ts';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { incidentNote } from './incident-note.ts';
import { jobTerm, nameOf } from './job-id.ts';
import { Run } from './run.tsx';
import { type Story, storyOf } from './story.ts';
import { useNow } from './use-now.ts';
import { Waterfall } from './waterfall.tsx';
import '../ui/table.css';
import './jobs.css';

const route = getRouteApi('/jobs/$jobId');
const refreshMs = 10_000;
/** How often it is told how long a job has been running. */
const nowEveryMs = 1_000;
/** Pages of a job's events that are read: more is not for a picture. */
const pagesMax = 5;

async function readJob(jobId: string, signal: AbortSignal): Promise<JobAnswer> {
  let answer = await read(jobAnswer, jobPath(jobId), {}, signal);
  const events: ReadEvent[] = [...answer.events];
  for (let page = 1; page < pagesMax && answer.next !== undefined; page++) {
    answer = await read(jobAnswer, jobPath(jobId), { cursor: answer.next }, signal);
    events.push(...answer.events);
  }
  return { ...answer, events };
}

function useJob(jobId: string): UseQueryResult<JobAnswer> {
  return useQuery({
    queryKey: ['job', jobId],
    queryFn: ({ signal }) => readJob(jobId, signal),
    refetchInterval: ({ state }) => (state.data?.runs.some(({ outcome }) => outcome === 'running') === true ? refreshMs : false),
  });
}

/** One job: how it ended, and what happened in it, drawn. */
export function JobPage(): ReactNode {
  const { jobId } = route.useParams();
  const job = useJob(jobId);
  return (
    <div className="page">
      <Link to="/jobs" className="back">
        <ArrowLeft size={14} aria-hidden /> All jobs
      </Link>
      {job.isPending && <Loading what="Reading the job" />}
      {job.isError && <NoJob jobId={jobId} error={job.error} retry={() => void job.refetch()} />}
      {job.data !== undefined && !isUnknown(job.error) && <JobStory answer={job.data} />}
    </div>
  );
}

const isUnknown = (error: unknown): boolean => error instanceof Problem && error.code === 'NOT_FOUND';

interface NoJobProps {
  readonly jobId: string;
  readonly error: Error;
  readonly retry: () => void;
}

function NoJob({ jobId, error, retry }: NoJobProps): ReactNode {
  if (!isUnknown(error)) return <ErrorNotice heading="h1" error={error} retry={retry} />;
  const actions = (
    <>
      <Link className="button" to="/jobs">
        All jobs
      </Link>
      <Button onClick={retry}>Ask again</Button>
    </>
  );
  return (
    <Notice icon={SearchX} title="No such job here" heading="h1" actions={actions}>
      <p className="wrapping">
        No event of <code>{inert(jobId)}</code> is here, or none that you may see. It may not have arrived yet: the top of the page says
        which agents are behind.
      </p>
    </Notice>
  );
}

function JobStory({ answer }: { answer: JobAnswer }): ReactNode {
  const { data: principal } = useSession();
  const isRunning = answer.runs.some(({ outcome }) => outcome === 'running');
  const now = useNow(nowEveryMs, isRunning);
  const story = storyOf(answer.events, isRunning ? now : undefined);
  const isAcross = principal?.tenant === '*';
  const q = jobTerm(answer.job_id);
  return (
    <>
      <div className="page-head">
        <h1 className="wrapping">{nameOf(answer.job_id)}</h1>
        <CompletenessLine completeness={answer.completeness} />
      </div>
      <ul className="runs">
        {answer.runs.map((run) => (
          <Run key={`${run.tenant}/${run.agent}`} run={run} story={story} now={now} isAcross={isAcross} />
        ))}
      </ul>
      <div className="chips">
        <CopyNote answer={answer} story={story} />
        <Link className="button" to="/" search={{ q, since: 'all' }}>
          <Search size={14} aria-hidden /> Its events
        </Link>
        <Link className="button" to="/evidence" search={{ q, since: 'all' }}>
          <FileCheck2 size={14} aria-hidden /> Evidence of this job
        </Link>
      </div>
      {answer.next !== undefined && <p className="soft">The first {count(answer.events.length)} events are drawn; there are more.</p>}
      <Waterfall story={story} q={q} isAcross={isAcross} />
    </>
  );
}

function CopyNote({ answer, story }: { answer: JobAnswer; story: Story }): ReactNode {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(incidentNote(answer.job_id, answer.runs, story));
      setState('copied');
    } catch {
      // Only a page that came over https, or from this machine, may write to the clipboard.
      setState('refused');
    }
  };
  const said = { ready: 'Copy as incident note', copied: 'Copied', refused: 'The browser does not allow it here' }[state];
  return (
    <Button onClick={() => void copy()}>
      <ClipboardCopy size={14} aria-hidden /> <span aria-live="polite">{said}</span>
    </Button>
  );
}
