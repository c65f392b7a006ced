import type { ReadAgent } from '@agent-audit/log';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import './agents.css';

/** What is here, what is to come, and what is lost, in numbers. */
export function Figures({ agent }: { agent: ReadAgent }): ReactNode {
  const { size, lag_events: lag, lost_events: lost, gaps, alarms } = agent;
  const missing = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  return (
    <dl className="agent-figures">
      <Figure
        what="Lines here"
        value={count(size - missing)}
        about={size === 0 ? 'nothing has come yet' : `the newest is line ${count(size - 1)}`}
      />
      <Figure
        what="Behind"
        value={lag === undefined ? 'not known' : count(lag)}
        about={lag === undefined ? 'it does not tell how many it has' : lag === 0 ? 'nothing is still to come' : 'lines still to come'}
        isAlert={lag !== undefined && lag > 0}
      />
      <Figure
        what="Lost by the agent"
        value={count(lost)}
        about={lost === 0 ? 'events, by its own count' : 'events that it could not keep'}
        isAlert={lost > 0}
      />
      <Figure
        what="Never to be had"
        value={count(missing)}
        about={missing === 0 ? 'lines' : `lines, in ${gaps.length} ${gaps.length === 1 ? 'gap' : 'gaps'}`}
        isAlert={missing > 0}
      />
      <Figure what="Alarms" value={count(alarms)} about={alarms === 0 ? 'ever' : 'ever: see below'} isAlert={alarms > 0} />
    </dl>
  );
}

interface FigureProps {
  readonly what: string;
  readonly value: string;
  readonly about: string;
  readonly isAlert?: boolean;
}

function Figure({ what, value, about, isAlert = false }: FigureProps): ReactNode {
  return (
    <div className="card">
      <dt>{what}</dt>
      <dd className={isAlert ? 'alert' : ''}>{value}</dd>
      <dd>{about}</dd>
    </div>
  );
}
