import { inert, type ReadJob } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { differ, length } from './length.ts';
import { outcomeLabel, outcomeTone } from './outcome.ts';
import { saidOf, type StoryRow } from './row.ts';
import type { Story } from './story.ts';

interface RunProps {
  readonly run: ReadJob;
  readonly story: Story;
  readonly now: number;
  /** Whether agents of several tenants may be here. */
  readonly isAcross: boolean;
}

/** How a job went with one agent, in a sentence, and why. */
export function Run({ run, story, now, isAcross }: RunProps): ReactNode {
  const { agent, tenant, outcome, started_at, events, errors, findings } = run;
  const parts = story.parts.filter((part) => part.agent === agent && part.tenant === tenant);
  const runs = parts.flatMap((part) => part.runs);
  const last = runs.at(-1);
  return (
    <li>
      <p>
        <Badge tone={outcomeTone[outcome]}>{outcomeLabel[outcome]}</Badge> {howLong(run, runs.length, now)}on{' '}
        <AgentName agent={agent} log={parts[0]?.log} />
        {isAcross && <span className="faint"> · {inert(tenant)}</span>}, began <TimeOf text={started_at} />
        {` · ${counted(events, 'event')} · ${counted(errors, 'error')}`}
        {findings !== undefined && ` · ${counted(findings, 'finding')}`}
      </p>
      <Why run={run} last={last} lastMs={story.lastMs} now={now} />
    </li>
  );
}

function AgentName({ agent, log }: { agent: string; log: string | undefined }): ReactNode {
  if (log === undefined) return <strong>{inert(agent)}</strong>;
  return (
    <Link to="/agents/$log" params={{ log }} className="run-agent">
      {inert(agent)}
    </Link>
  );
}

/** `after 57.3 s `, and what else is to be known of that number. */
function howLong({ outcome, started_at, ended_at, took_ms }: ReadJob, runs: number, now: number): string {
  if (outcome === 'running') return `for ${length(Math.max(0, now - Date.parse(started_at)))} `;
  if (took_ms === undefined) return '';
  if (runs > 1) return `in run ${runs} of ${runs}, after ${length(took_ms)}, `;
  const apartMs = ended_at === undefined ? took_ms : Date.parse(ended_at) - Date.parse(started_at);
  const apart = differ(took_ms, apartMs) ? `, its lines ${length(apartMs)} apart,` : '';
  return `after ${length(took_ms)}${apart} `;
}

interface WhyProps {
  readonly run: ReadJob;
  readonly last: StoryRow | undefined;
  readonly lastMs: number;
  readonly now: number;
}

function Why({ run: { outcome, ended_at }, last, lastMs, now }: WhyProps): ReactNode {
  if (outcome === 'running') return <p className="soft">Last event {length(Math.max(0, now - lastMs))} ago.</p>;
  if (outcome === 'unknown' && ended_at === undefined) {
    return <p className="soft">Its process ended before the job did: nobody saw how it went.</p>;
  }
  if (outcome === 'completed' || last?.state !== 'failed') return null;
  return (
    <p className={outcome === 'unknown' ? 'soft wrapping' : 'run-why wrapping'}>
      {last.ending === 'denied' && 'Denied: '}
      {outcome === 'unknown' && 'The agent itself could not tell how it went: '}
      {inert(saidOf(last))}
    </p>
  );
}

const counted = (some: number, what: string): string => `${count(some)} ${what}${some === 1 ? '' : 's'}`;
