import { type AgentsAnswer, inert, type LogState, type ReadAgent } from '@agent-audit/log';
import { getRouteApi, Link } from '@tanstack/react-router';
import { Bot } from 'lucide-react';
import type { ReactNode } from 'react';
import { Problem } from '../api/problem.ts';
import { useSession } from '../api/session.ts';
import { count, shortCount } from '../time.ts';
import { Badge } from '../ui/badge.tsx';
import { Button } from '../ui/button.tsx';
import { NameField } from '../ui/name-field.tsx';
import { ErrorNotice, Loading, Notice } from '../ui/notice.tsx';
import { useAgents, useAlarms, useRates } from './agents.ts';
import { Alarms } from './alarms.tsx';
import { useRangeWords } from './range-words.ts';
import { Sparkline, sumOf } from './sparkline.tsx';
import { behindText, heardText, logStates, relayMeaning, stateLabel, stateMeaning, stateTone } from './state.ts';
import '../ui/table.css';
import './agents.css';

const route = getRouteApi('/agents');
const alarmsShownMax = 20;

/** All agents, those that somebody must look at first. */
export function AgentsPage(): ReactNode {
  const search = route.useSearch();
  const navigate = route.useNavigate();
  const agents = useAgents(search);
  const isGone = agents.error instanceof Problem && agents.error.code === 'CURSOR_MALFORMED';
  // A place that an address kept, and that the collector does not know: the list begins anew.
  const fromStart = (): void => void navigate({ search: (before) => ({ ...before, page: undefined }), replace: true });
  return (
    <div className="page">
      <h1>Agents</h1>
      {agents.data !== undefined && <Narrow answer={agents.data} />}
      {agents.isPending && <Loading what="Asking for the agents" />}
      {agents.isError && <ErrorNotice error={agents.error} retry={isGone ? fromStart : () => void agents.refetch()} />}
      {agents.data !== undefined && !agents.isError && <AgentsOf answer={agents.data} />}
      {/* They stand below: rows are waited for. */}
      {agents.isFetched && <NewAlarms />}
    </div>
  );
}

function NewAlarms(): ReactNode {
  const { data } = useAlarms();
  if (data === undefined || data.alarms.length === 0) return null;
  return (
    <section className="alarms-section" aria-labelledby="alarms">
      <h2 id="alarms">Alarms</h2>
      <Alarms alarms={data.alarms.slice(0, alarmsShownMax)} />
      {data.alarms.length > alarmsShownMax && (
        <p className="soft">These are the newest {alarmsShownMax}. Each agent’s page has all of its own.</p>
      )}
    </section>
  );
}

const countOf = ({ counts }: AgentsAnswer, state: LogState | undefined): number =>
  state === undefined ? logStates.reduce((sum, one) => sum + counts[one], 0) : counts[state];

/** By state and by name. What is counted is counted over all agents, not over the page that is shown. */
function Narrow({ answer }: { answer: AgentsAnswer }): ReactNode {
  const { state: chosen, name } = route.useSearch();
  const navigate = route.useNavigate();
  if (countOf(answer, undefined) === 0 && name === undefined) return null;
  const choose = (state: LogState | undefined): void => void navigate({ search: (before) => ({ ...before, page: undefined, state }) });
  const look = (part: string | undefined): void =>
    void navigate({ search: (before) => ({ ...before, page: undefined, name: part }), replace: true });
  return (
    <div className="narrow-down">
      <div className="chips" role="group" aria-label="State">
        <Button aria-pressed={chosen === undefined} onClick={() => choose(undefined)}>
          All {count(countOf(answer, undefined))}
        </Button>
        {logStates.map((state) => (
          <Button
            key={state}
            aria-pressed={chosen === state}
            title={stateMeaning[state]}
            onClick={() => choose(chosen === state ? undefined : state)}
          >
            {stateLabel[state]} {count(countOf(answer, state))}
          </Button>
        ))}
      </div>
      <NameField name={name ?? ''} onName={look} />
    </div>
  );
}

function AgentsOf({ answer }: { answer: AgentsAnswer }): ReactNode {
  const { state, name } = route.useSearch();
  if (answer.agents.length > 0) {
    return (
      <>
        <AgentsTable agents={answer.agents} />
        <Pages answer={answer} />
      </>
    );
  }
  if (answer.previous !== undefined) return <Pages answer={answer} />;
  if (name !== undefined) {
    return <Notice icon={Bot} title={`No agent${state === undefined ? '' : ' in this state'} has “${inert(name)}” in its name`} />;
  }
  if (state !== undefined) return <Notice icon={Bot} title="None is in this state" />;
  return (
    <Notice icon={Bot} title="No agent has come yet">
      <p>Set AGENT_AUDIT_REMOTE and AGENT_AUDIT_TOKEN where an agent runs: its log arrives here within seconds.</p>
    </Notice>
  );
}

/** Where the page is among all, and the ways on and back. */
function Pages({ answer }: { answer: AgentsAnswer }): ReactNode {
  const { state } = route.useSearch();
  const { agents, before, next, previous } = answer;
  const all = countOf(answer, state);
  if (next === undefined && previous === undefined) return null;
  return (
    <nav className="agents-pages" aria-label="Pages of agents">
      {previous !== undefined && (
        <Link className="button" to="/agents" search={(now) => ({ ...now, page: previous })}>
          Before these
        </Link>
      )}
      <span className="soft number" role="status">
        {agents.length === 0 ? 'none here any more' : `${count(before + 1)}–${count(before + agents.length)}`} of {count(all)}
      </span>
      {next !== undefined && (
        <Link className="button" to="/agents" search={(now) => ({ ...now, page: next })}>
          After these
        </Link>
      )}
    </nav>
  );
}

function AgentsTable({ agents }: { agents: readonly ReadAgent[] }): ReactNode {
  const { data: principal } = useSession();
  const isAcross = principal?.tenant === '*';
  const when = useRangeWords();
  const rates = useRates(agents.map(({ log }) => log), 'row');
  const byLog = new Map(rates.data?.rates.map(({ log, counts }) => [log, counts]));
  return (
    <>
      <div className="card table agents-table" aria-busy={rates.isPending}>
        <table>
          <caption className="visually-hidden">Agents and their logs</caption>
          <thead>
            <tr>
              <th scope="col">Agent</th>
              <th scope="col">State</th>
              <th scope="col" title={`${when}: bars to each agent's own highest, and how many there are`}>Events</th>
              <th scope="col" className="amount">Lines</th>
              <th scope="col" className="amount">Behind</th>
              <th scope="col" className="amount">Heard</th>
              <th scope="col" className="amount">Lost</th>
              <th scope="col" className="amount">Gaps</th>
              <th scope="col" className="amount">Alarms</th>
            </tr>
          </thead>
          <tbody>
            {agents.map((agent) => (
              <AgentRow key={agent.log} agent={agent} counts={byLog.get(agent.log)} when={when} isAcross={isAcross} />
            ))}
          </tbody>
        </table>
      </div>
      {rates.isError && <p className="field-error">How much they recorded could not be read: {rates.error.message}</p>}
      <p className="faint">
        Bars: events {when}, each agent to its own highest; the number beside them compares one agent with another.
      </p>
    </>
  );
}

interface AgentRowProps {
  readonly agent: ReadAgent;
  readonly counts: readonly number[] | undefined;
  readonly when: string;
  readonly isAcross: boolean;
}

function AgentRow({ agent, counts, when, isAcross }: AgentRowProps): ReactNode {
  const { log, state, tenant, size, lost_events, gaps, alarms, relay = false } = agent;
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
        {relay && <span className="faint agents-about">{relayMeaning}</span>}
      </td>
      <td>
        <Badge tone={stateTone[state]} title={stateMeaning[state]}>
          {stateLabel[state]}
        </Badge>
      </td>
      <td className="agents-rate">
        <span>
          <Sparkline counts={counts} when={when} size="row" />
          <span className="number faint" aria-hidden>{counts === undefined ? '' : shortCount(sumOf(counts))}</span>
        </span>
      </td>
      <td className="amount" data-label="lines">{count(size)}</td>
      <td className={state === 'behind' ? 'amount alert' : 'amount faint'} data-label="behind">{behindText(agent)}</td>
      <td className={state === 'silent' ? 'amount alert' : 'amount'} data-label="heard">{heardText(agent)}</td>
      {amount('lost', lost_events)}
      {amount('gaps', gaps.length)}
      {amount('alarms', alarms)}
    </tr>
  );
}
