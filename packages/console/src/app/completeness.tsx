// Whether an empty answer can be trusted: how far all that happened is here, and who keeps it from being so.
import { type Completeness, inert, type LaggingLog } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { count, duration, localTime } from '../time.ts';
import { completenessIn, completenessText as textAt, type TextRoom } from '../ui/completeness-text.ts';
import { Popover } from '../ui/popover.tsx';
import { useMedia } from '../ui/use-media.ts';
import './completeness.css';

/** How complete everything is, in one line. */
export function completenessText(completeness: Completeness): string {
  return textAt(completeness, nowMs());
}

const noRoom: TextRoom = { good: 0, most: 0 };
const muchRoom: TextRoom = { good: 80, most: 80 };
/** Longer than the good length, it takes the room of the name that stands before it. */
const someRoom: TextRoom = { good: 52, most: 66 };

/** How complete everything is, and by a click who keeps it from being so. */
export function CompletenessButton({ completeness }: { completeness: Completeness }): ReactNode {
  const { logs, gaps_total: gaps } = completeness;
  const isBad = logs.forked > 0 || gaps > 0;
  const isLate = logs.behind + logs.silent > 0 || completeness.complete_to === undefined;
  const isLarge = useMedia('(min-width: 1441px)');
  const isInItsOwnRow = useMedia('(max-width: 1160px)');
  const isPhone = useMedia('(max-width: 760px)');
  const room = isPhone ? noRoom : isLarge || isInItsOwnRow ? muchRoom : someRoom;
  const text = completenessText(completeness);
  const shown = completenessIn(room, completeness, nowMs());
  const tone = isBad ? 'bad' : isLate ? 'late' : 'good';
  const Icon = isBad ? TriangleAlert : isLate ? CircleDashed : CircleCheck;
  const button = (
    <span className={`completeness completeness-${tone}${shown.length > someRoom.good ? ' completeness-long' : ''}`}>
      <Icon size={14} aria-hidden />
      <span aria-hidden>{shown}</span>
      <span className="visually-hidden">{text}</span>
    </span>
  );
  return (
    <Popover button={button} title="How complete this is" look="quiet">
      {(close) => <Who completeness={completeness} leave={close} />}
    </Popover>
  );
}

function Who({ completeness, leave }: { completeness: Completeness; leave: () => void }): ReactNode {
  const { complete_to: completeTo, heard_to: heardTo, logs, gaps, gaps_total: gapsTotal } = completeness;
  const isListed = logs.behind + logs.silent + logs.forked + gapsTotal > 0;
  return (
    <div className="who">
      <p>
        {completeTo === undefined
          ? 'Nothing can be said yet: there is no log, or nothing has come of one.'
          : `Everything before ${localTime(Date.parse(completeTo))} is here${isListed ? ', but for what is listed below' : ''}.`}
      </p>
      {heardTo !== undefined && heardTo !== completeTo && (
        <p className="soft">Without waiting for the silent ones: before {localTime(Date.parse(heardTo))}.</p>
      )}
      <WhoList title="Behind" about="told of lines that are not here yet" total={logs.behind} list={completeness.behind} leave={leave} />
      <WhoList title="Silent" about="not heard of for too long" total={logs.silent} list={completeness.silent} leave={leave} />
      <WhoList title="Forked" about="showed two histories: no more is taken" total={logs.forked} list={completeness.forked} leave={leave} />
      {gapsTotal > 0 && (
        <section>
          <h3>Gaps · {count(gapsTotal)}</h3>
          <p className="faint">lines that nobody will ever have here</p>
          <ul>
            {gaps.map(({ log, agent, from, to }) => (
              <li key={`${log}${from}`}>
                <LogLink log={log} agent={agent} leave={leave} />
                <span className="faint number">
                  {count(from)}–{count(to - 1)}
                </span>
              </li>
            ))}
          </ul>
        </section>
      )}
      <p className="faint">
        {count(logs.live)} live, {count(logs.stopped)} ended by their own will.
      </p>
    </div>
  );
}

interface WhoListProps {
  readonly title: string;
  readonly about: string;
  readonly total: number;
  readonly list: readonly LaggingLog[];
  readonly leave: () => void;
}

function LogLink({ log, agent, leave }: { log: string; agent: string; leave: () => void }): ReactNode {
  return (
    <Link className="wrapping" to="/agents/$log" params={{ log }} onClick={leave}>
      {inert(agent)}
    </Link>
  );
}

function toCome(lag = 0): string {
  return lag === 0 ? '' : `${count(lag)} ${lag === 1 ? 'line' : 'lines'} to come, `;
}

function WhoList({ title, about, total, list, leave }: WhoListProps): ReactNode {
  if (total === 0) return null;
  const now = nowMs();
  return (
    <section>
      <h3>
        {title} · {count(total)}
      </h3>
      <p className="faint">{about}</p>
      <ul>
        {list.map(({ log, agent, lag_events: lag, seen_at: seenAt }) => (
          <li key={log}>
            <LogLink log={log} agent={agent} leave={leave} />
            <span className="faint" title={localTime(Date.parse(seenAt))}>
              {toCome(lag)}heard {duration(Math.max(0, now - Date.parse(seenAt)))} ago
            </span>
          </li>
        ))}
      </ul>
      {total > list.length && <p className="faint">and {count(total - list.length)} more</p>}
    </section>
  );
}
