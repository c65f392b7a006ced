import { type JobAnswer, jobAnswer, jobPath, type ReadEvent, type ReadJob } from '@agent-audit/log';
import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, ClipboardCopy, Search } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { read } from '../api/client.ts';
import { CompletenessLine } from '../ui/completeness-line.tsx';
import { count, duration } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { incidentNote } from './incident-note.ts';
import { outcomeLabel, outcomeTone } from './outcome.ts';
import { type Story, storyOf } from './story.ts';
import { Waterfall } from './waterfall.tsx';

const route = getRouteApi('/jobs/$jobId');
const refreshMs = 10_000;
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
      {job.isError && <ErrorNotice error={job.error} retry={() => void job.refetch()} />}
      {job.data !== undefined && <JobStory answer={job.data} />}
    </div>
  );
}

function JobStory({ answer }: { answer: JobAnswer }): ReactNode {
  const story = storyOf(answer.events);
  return (
    <>
      <div className="page-head">
        <h1 className="wrapping">{answer.job_id}</h1>
        <CompletenessLine completeness={answer.completeness} />
      </div>
      <ul className="runs">
        {answer.runs.map((run) => (
          <Run key={`${run.tenant}/${run.agent}`} run={run} />
        ))}
      </ul>
      <div className="chips">
        <CopyNote answer={answer} story={story} />
        <Link className="button" to="/" search={{ q: `job_id:${JSON.stringify(answer.job_id)}`, since: 'all' }}>
          <Search size={14} aria-hidden /> Its events
        </Link>
      </div>
      {answer.next !== undefined && <p className="soft">The first {count(answer.events.length)} events are drawn; there are more.</p>}
      <Waterfall story={story} />
    </>
  );
}

function Run({ run }: { run: ReadJob }): ReactNode {
  const { agent, outcome, started_at, ended_at, events, errors, findings } = run;
  return (
    <li>
      <Badge tone={outcomeTone[outcome]}>{outcomeLabel[outcome]}</Badge>{' '}
      {ended_at !== undefined && `after ${duration(Date.parse(ended_at) - Date.parse(started_at))} `}
      on <strong>{agent}</strong>, began <TimeOf text={started_at} /> · {count(events)} events · {count(errors)} errors
      {findings !== undefined && ` · ${count(findings)} findings`}
      {outcome === 'unknown' && <span className="soft"> · its process ended before the job did: nobody saw how it went</span>}
    </li>
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
