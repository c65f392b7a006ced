import { inert, type LogState, type ReadAgent } from '@agent-audit/log';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Bot } from 'lucide-react';
import type { ReactNode } from 'react';
import { useSession } from '../api/session.ts';
import { count, duration } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { type AgentList, useAgents, useAlarms } from './agents.ts';
import { Alarms } from './alarms.tsx';
import { Sparkline } from './sparkline.tsx';
import { behindText, logStates, stateLabel, stateMeaning, stateTone } from './state.ts';
import '../ui/table.css';
import './agents.css';

const route = getRouteApi('/agents');
/** Agents whose rate is drawn: each is a question of its own. */
const drawnMax = 50;

/** All agents, those that somebody must look at first. */
export function AgentsPage(): ReactNode {
  const agents = useAgents();
  return (
    <div className="page">
      <h1>Agents</h1>
      {agents.isPending && <Loading what="Asking for the agents" />}
      {agents.isError && <ErrorNotice error={agents.error} retry={() => void agents.refetch()} />}
      {agents.data !== undefined && <AgentsOf list={agents.data} />}
      <NewAlarms />
    </div>
  );
}

function NewAlarms(): ReactNode {
  const { data } = useAlarms();
  if (data === undefined || data.alarms.length === 0) return null;
  return (
    <section className="alarms-section" aria-labelledby="alarms">
      <h2 id="alarms">Alarms</h2>
      <Alarms alarms={data.alarms.slice(0, 20)} />
    </section>
  );
}

function AgentsOf({ list }: { list: AgentList }): ReactNode {
  const { state: chosen } = route.useSearch();
  const navigate = route.useNavigate();
  if (list.agents.length === 0) {
    return (
      <Notice icon={Bot} title="No agent has come yet">
        <p>Set AGENT_AUDIT_REMOTE and AGENT_AUDIT_TOKEN where an agent runs: its log arrives here within seconds.</p>
      </Notice>
    );
  }
  const choose = (state: LogState | undefined): void => void navigate({ search: (before) => ({ ...before, state }) });
  const shown = chosen === undefined ? list.agents : list.agents.filter(({ state }) => state === chosen);
  return (
    <>
      <div className="chips" role="group" aria-label="State">
        <Button aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
          All {count(list.agents.length)}
        </Button>
        {logStates.map((state) => (
          <Button
            key={state}
            aria-pressed={chosen === state}
            title={stateMeaning[state]}
            onClick={() => choose(chosen === state ? undefined : state)}
          >
            {stateLabel[state]} {count(list.agents.filter((agent) => agent.state === state).length)}
          </Button>
        ))}
      </div>
      {shown.length === 0 ? <Notice icon={Bot} title="None is in this state" /> : <AgentsTable agents={shown} />}
      {list.more && <p className="soft">There are more; these are the first {count(list.agents.length)}.</p>}
    </>
  );
}

function AgentsTable({ agents }: { agents: readonly ReadAgent[] }): ReactNode {
  const { data: principal } = useSession();
  const isAcross = principal?.tenant === '*';
  return (
    <div className="card table agents-table">
      <table>
        <caption className="visually-hidden">Agents and their logs</caption>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">State</th>
            <th scope="col">Events</th>
            <th scope="col" className="amount">Lines</th>
            <th scope="col" className="amount">Behind</th>
            <th scope="col" className="amount">Heard</th>
            <th scope="col" className="amount">Lost</th>
            <th scope="col" className="amount">Gaps</th>
            <th scope="col" className="amount">Alarms</th>
          </tr>
        </thead>
        <tbody>
          {agents.map((agent, index) => (
            <AgentRow key={agent.log} agent={agent} isDrawn={index < drawnMax} isAcross={isAcross} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface AgentRowProps {
  readonly agent: ReadAgent;
  readonly isDrawn: boolean;
  readonly isAcross: boolean;
}

function AgentRow({ agent, isDrawn, isAcross }: AgentRowProps): ReactNode {
  const { log, state, tenant, size, lag_ms, lost_events, gaps, alarms } = agent;
  const amount = (label: string, some: number): ReactNode => (
    <td className={some > 0 ? 'amount alert' : 'amount faint'} data-label={label}>
      {some > 0 ? count(some) : '–'}
    </td>
  );
  return (
    <tr>
      <td className="main-cell">
        <Link to="/agents/$log" params={{ log }}>
          {inert(agent.agent)}
        </Link>
        {isAcross && <span className="faint agents-tenant"> · {inert(tenant)}</span>}
      </td>
      <td>
        <Badge tone={stateTone[state]} title={stateMeaning[state]}>
          {stateLabel[state]}
        </Badge>
      </td>
      <td>{isDrawn && <Sparkline agent={agent.agent} />}</td>
      <td className="amount" data-label="lines">{count(size)}</td>
      <td className={state === 'behind' ? 'amount alert' : 'amount'} data-label="behind">{behindText(agent)}</td>
      <td className="amount" data-label="heard">{duration(lag_ms)} ago</td>
      {amount('lost', lost_events)}
      {amount('gaps', gaps.length)}
      {amount('alarms', alarms)}
    </tr>
  );
}
