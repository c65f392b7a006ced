import type { ReadAgent, ReadAlarm } from '@agent-audit/log';
import { CircleCheck, CircleDashed, CircleStop, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { count } from '../time.ts';
import { TimeOf } from '../ui/time-of.tsx';
import './agents.css';
import { heardText, relayMeaning, stateMeaning, stateNext } from './state.ts';

const icons = { forked: TriangleAlert, silent: CircleDashed, behind: CircleDashed, live: CircleCheck, stopped: CircleStop } as const;
const lossNext = 'Nothing brings it back. Find out why: the alarms below, and the agent’s health(), say what was full.';

/** What was lost of a log for ever; undefined where nothing was. */
function lossOf({ gaps, lost_events: lost }: ReadAgent): string | undefined {
  const missing = gaps.reduce((sum, { from, to }) => sum + to - from, 0);
  const parts = [
    ...(missing > 0 ? [`${count(missing)} ${missing === 1 ? 'line' : 'lines'} that nobody will ever have here`] : []),
    ...(lost > 0 ? [`${count(lost)} ${lost === 1 ? 'event' : 'events'} that the agent could not keep`] : []),
  ];
  return parts.length === 0 ? undefined : `Missing for ever: ${parts.join(', and ')}.`;
}

const tones = { forked: 'bad', silent: 'warn', behind: 'warn', live: 'good', stopped: 'plain' } as const;

/** Whether a log is well, since when, and what is to be done: what somebody reads first. */
export function Verdict({ agent, alarms }: { agent: ReadAgent; alarms: readonly ReadAlarm[] }): ReactNode {
  const { state, relay = false } = agent;
  const loss = lossOf(agent);
  const isHarmed = loss !== undefined && (state === 'live' || state === 'stopped');
  const Icon = isHarmed ? TriangleAlert : icons[state];
  return (
    <div className={`agent-verdict agent-${isHarmed ? 'warn' : tones[state]}`}>
      <Icon size={22} aria-hidden />
      <div>
        <p>
          <Since agent={agent} alarms={alarms} isWhole={loss === undefined} />
        </p>
        <p>{stateMeaning[state]}</p>
        {loss !== undefined && <p>{loss}</p>}
        {relay && <p>This is {relayMeaning}. They are of the agents that they name: search for those.</p>}
        <p className="soft">{isHarmed ? lossNext : stateNext[state]}</p>
      </div>
    </div>
  );
}

interface SinceProps {
  readonly agent: ReadAgent;
  readonly alarms: readonly ReadAlarm[];
  readonly isWhole: boolean;
}

function Since({ agent, alarms, isWhole }: SinceProps): ReactNode {
  const { state, seen_at, lag_events } = agent;
  const ago = heardText(agent);
  switch (state) {
    case 'forked': {
      const first = alarms.findLast(({ kind }) => kind !== 'GAP');
      return first === undefined ? 'Two histories under one name' : <>Two histories under one name since <TimeOf text={first.at} /></>;
    }
    case 'silent':
      return <>Nothing heard since <TimeOf text={seen_at} />, {ago}</>;
    case 'behind':
      return lag_events === undefined || lag_events === 0
        ? `Its first lines are on their way; heard ${ago}`
        : `${count(lag_events)} ${lag_events === 1 ? 'line is' : 'lines are'} still to come; heard ${ago}`;
    case 'live':
      return `Live${isWhole ? ' and whole' : ', but not whole'}; heard ${ago}`;
    case 'stopped':
      return <>Ended in order{isWhole ? '' : ', but not whole'}, <TimeOf text={seen_at} />, {ago}</>;
  }
}
