import { inert, type ReadAgent } from '@agent-audit/log';
import { getRouteApi, Link } from '@tanstack/react-router';
import { ArrowLeft, Bot, Briefcase, CircleAlert, Search, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { TimeOf } from '../ui/time-of.tsx';
import { Figures } from './agent-figures.tsx';
import { NewestLines } from './agent-lines.tsx';
import { Rate } from './agent-rate.tsx';
import { Verdict } from './agent-verdict.tsx';
import { useAgent, useAlarms } from './agents.ts';
import { Alarms } from './alarms.tsx';
import { heardText, stateLabel, stateTone } from './state.ts';
import '../ui/table.css';
import './agents.css';

const route = getRouteApi('/agents/$log');

/** One agent's log: whether it is well and since when, what is missing, what it does now, and where to look next. */
export function AgentPage(): ReactNode {
  const { log } = route.useParams();
  const agent = useAgent(log);
  return (
    <div className="page">
      <Link to="/agents" className="back">
        <ArrowLeft size={14} aria-hidden /> All agents
      </Link>
      {agent.isPending && <Loading what="Asking for the agent" />}
      {agent.isError && <ErrorNotice heading="h1" error={agent.error} retry={() => void agent.refetch()} />}
      {agent.data === null && (
        <Notice icon={Bot} title="No such log" heading="h1">
          <p>There is none of this id among those that you may see.</p>
        </Notice>
      )}
      {agent.data !== undefined && agent.data !== null && <Agent agent={agent.data} />}
    </div>
  );
}

function Agent({ agent }: { agent: ReadAgent }): ReactNode {
  const { data } = useAlarms(agent.log);
  const alarms = data?.alarms ?? [];
  return (
    <>
      <div className="page-head">
        <h1 className="wrapping">{inert(agent.agent)}</h1>
        <Badge tone={stateTone[agent.state]}>{stateLabel[agent.state]}</Badge>
      </div>
      <Verdict agent={agent} alarms={alarms} />
      <Next agent={agent} />
      <Figures agent={agent} />
      <Rate agent={agent} />
      <NewestLines agent={agent} />
      {alarms.length > 0 && (
        <section className="alarms-section" aria-labelledby="alarms">
          <h2 id="alarms">Alarms</h2>
          <Alarms alarms={alarms} />
        </section>
      )}
      <section className="alarms-section" aria-labelledby="log">
        <h2 id="log">Its log</h2>
        <Facts agent={agent} />
      </section>
    </>
  );
}

/** Where to look next. The events in a log of the collector's own are of other agents: no search is about them all. */
function Next({ agent: { agent, log, size, first, relay = false } }: { agent: ReadAgent }): ReactNode {
  const q = `agent_id:${JSON.stringify(agent)}`;
  return (
    <div className="chips">
      {!relay && (
        <>
          <Link className="button" to="/" search={{ q }}>
            <Search size={14} aria-hidden /> Its events
          </Link>
          <Link className="button" to="/" search={{ q: `${q} severity:>=ERROR` }}>
            <CircleAlert size={14} aria-hidden /> Its errors
          </Link>
          <Link className="button" to="/jobs" search={{ q }}>
            <Briefcase size={14} aria-hidden /> Its jobs
          </Link>
        </>
      )}
      {size > first && (
        <Link className="button" to="/integrity/$log/$seq" params={{ log, seq: String(size - 1) }}>
          <ShieldCheck size={14} aria-hidden /> Prove its newest line
        </Link>
      )}
    </div>
  );
}

function Facts({ agent }: { agent: ReadAgent }): ReactNode {
  const { seen_at, newest_event_at, enrolled_at, gaps, origin, vkey, tenant } = agent;
  const missing = gaps.map(({ from, to }) => `${count(from)}–${count(to - 1)}`).join(', ');
  return (
    <dl className="card facts">
      <dt>Never to be had</dt>
      <dd>{missing === '' ? 'none' : `lines ${missing}`}</dd>
      <dt>Last heard</dt>
      <dd>
        {heardText(agent)}, <TimeOf text={seen_at} />
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
