import { inert, type ReadAgent } from '@agent-audit/log';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Bot, Briefcase, Search, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { count, duration } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { useAgents, useAlarms } from './agents.ts';
import { Alarms } from './alarms.tsx';
import { Sparkline } from './sparkline.tsx';
import { behindText, stateLabel, stateMeaning, stateTone } from './state.ts';
import '../ui/table.css';
import './agents.css';

const route = getRouteApi('/agents/$log');

/** One agent's log: how it is, what is missing, and what was wrong with it. */
export function AgentPage(): ReactNode {
  const { log } = route.useParams();
  const agents = useAgents();
  const agent = agents.data?.agents.find((one) => one.log === log);
  return (
    <div className="page">
      <Link to="/agents" className="back">
        <ArrowLeft size={14} aria-hidden /> All agents
      </Link>
      {agents.isPending && <Loading what="Asking for the agent" />}
      {agents.isError && <ErrorNotice heading="h1" error={agents.error} retry={() => void agents.refetch()} />}
      {agents.data !== undefined && agent === undefined && (
        <Notice icon={Bot} title="No such log" heading="h1">
          <p>There is none of this id among those that you may see.</p>
        </Notice>
      )}
      {agent !== undefined && <Agent agent={agent} />}
    </div>
  );
}

function Agent({ agent }: { agent: ReadAgent }): ReactNode {
  const { data } = useAlarms();
  const alarms = (data?.alarms ?? []).filter(({ log }) => log === agent.log);
  const q = `agent_id:${JSON.stringify(agent.agent)}`;
  return (
    <>
      <div className="page-head">
        <h1 className="wrapping">{inert(agent.agent)}</h1>
        <Badge tone={stateTone[agent.state]}>{stateLabel[agent.state]}</Badge>
        <Sparkline agent={agent.agent} />
      </div>
      <p>{stateMeaning[agent.state]}</p>
      <div className="chips">
        <Link className="button" to="/" search={{ q }}>
          <Search size={14} aria-hidden /> Its events
        </Link>
        <Link className="button" to="/jobs" search={{ q }}>
          <Briefcase size={14} aria-hidden /> Its jobs
        </Link>
        {agent.size > agent.first && (
          <Link className="button" to="/integrity/$log/$seq" params={{ log: agent.log, seq: String(agent.size - 1) }}>
            <ShieldCheck size={14} aria-hidden /> Prove its newest line
          </Link>
        )}
      </div>
      <Facts agent={agent} />
      {alarms.length > 0 && (
        <section className="alarms-section" aria-labelledby="alarms">
          <h2 id="alarms">Alarms</h2>
          <Alarms alarms={alarms} />
        </section>
      )}
    </>
  );
}

function Facts({ agent }: { agent: ReadAgent }): ReactNode {
  const { size, first, seen_at, lag_ms, newest_event_at, enrolled_at, lost_events, gaps, origin, vkey, tenant } = agent;
  const missing = gaps.map(({ from, to }) => `${count(from)}–${count(to - 1)}`).join(', ');
  return (
    <dl className="card facts">
      <dt>Lines</dt>
      <dd>{size === 0 ? 'none yet' : `${count(first)}–${count(size - 1)}`}</dd>
      <dt>Behind</dt>
      <dd>{agent.lag_events === 0 ? 'nothing: all that it told of is here' : `${behindText(agent)} lines`}</dd>
      <dt>Never to be had</dt>
      <dd>{missing === '' ? 'none' : `lines ${missing}`}</dd>
      <dt>Lost by the agent</dt>
      <dd>{lost_events === 0 ? 'none' : `${count(lost_events)} events, by its own count`}</dd>
      <dt>Last heard</dt>
      <dd>
        {duration(lag_ms)} ago, <TimeOf text={seen_at} />
      </dd>
      <dt>Newest event</dt>
      <dd>{newest_event_at === undefined ? 'none' : <TimeOf text={newest_event_at} />}</dd>
      <dt>Known since</dt>
      <dd>
        <TimeOf text={enrolled_at} />
      </dd>
      <dt>Tenant</dt>
      <dd>{inert(tenant)}</dd>
      <dt>Origin</dt>
      <dd className="mono">{inert(origin)}</dd>
      <dt>Key</dt>
      <dd className="mono">{vkey}</dd>
    </dl>
  );
}
