// Whether an empty answer can be trusted: how far all that happened is here, and who keeps it from being so.
import type { Completeness, LaggingLog } from '@agent-audit/log';
import { CircleCheck, CircleDashed, TriangleAlert } from 'lucide-react';
import type { ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { count, dayTime, duration, localTime, minuteTime } from '../time.ts';
import { Popover } from '../ui/popover.tsx';
import { useMedia } from '../ui/use-media.ts';
import './completeness.css';

/** Logs that could still hold events: all but those that ended. */
function openLogs({ logs }: Completeness): number {
  return logs.live + logs.behind + logs.silent + logs.forked;
}

const completeWords = 'complete to ';

/** How complete everything is, in one line. */
export function completenessText(completeness: Completeness): string {
  const { complete_to: completeTo, logs, gaps_total: gaps } = completeness;
  const late = logs.behind + logs.silent;
  const parts = [
    completeTo === undefined ? 'not known how complete' : completeWords + shortTime(Date.parse(completeTo)),
    ...(late > 0 ? [`${count(late)} of ${count(openLogs(completeness))} ${openLogs(completeness) === 1 ? 'log' : 'logs'} behind`] : []),
    ...(logs.forked > 0 ? [`${count(logs.forked)} forked`] : []),
    ...(gaps > 0 ? [`${count(gaps)} ${gaps === 1 ? 'gap' : 'gaps'}`] : []),
  ];
  return parts.join(' · ');
}

/** The time of the day; with the day where that is not today. */
function shortTime(ms: number): string {
  const now = nowMs();
  const isToday = new Date(ms).toDateString() === new Date(now).toDateString();
  return isToday ? minuteTime(ms) : `${dayTime(ms, now)}, ${minuteTime(ms)}`;
}

/** How complete everything is, and by a click who keeps it from being so. */
export function CompletenessButton({ completeness }: { completeness: Completeness }): ReactNode {
  const { logs, gaps_total: gaps } = completeness;
  const isBad = logs.forked > 0 || gaps > 0;
  const isLate = logs.behind + logs.silent > 0 || completeness.complete_to === undefined;
  // The sign says the words that a narrow screen has no room for.
  const isNarrow = useMedia('(max-width: 1440px)');
  const text = completenessText(completeness);
  const Icon = isBad ? TriangleAlert : isLate ? CircleDashed : CircleCheck;
  const button = (
    <span className={`completeness completeness-${isBad ? 'bad' : isLate ? 'late' : 'good'}`}>
      <Icon size={14} aria-hidden />
      <span>
        {isNarrow ? text.replace(completeWords, '').replace(/ logs?(?= behind)/, '') : text}
      </span>
    </span>
  );
  return (
    <Popover button={button} title="How complete this is" look="quiet">
      {() => <Who completeness={completeness} />}
    </Popover>
  );
}

function Who({ completeness }: { completeness: Completeness }): ReactNode {
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
      <WhoList title="Behind" about="have told of lines that are not here yet" total={logs.behind} list={completeness.behind} />
      <WhoList title="Silent" about="have not been heard of for longer than they should" total={logs.silent} list={completeness.silent} />
      <WhoList title="Forked" about="showed two histories: look at Integrity" total={logs.forked} list={completeness.forked} />
      {gapsTotal > 0 && (
        <section>
          <h3>Gaps · {count(gapsTotal)}</h3>
          <p className="faint">lines that nobody will ever have here</p>
          <ul>
            {gaps.map(({ log, agent, from, to }) => (
              <li key={`${log}${from}`}>
                <span>{agent}</span>
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
}

function WhoList({ title, about, total, list }: WhoListProps): ReactNode {
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
            <span>{agent}</span>
            <span className="faint" title={localTime(Date.parse(seenAt))}>
              {lag === undefined ? '' : `${count(lag)} lines, `}heard {duration(Math.max(0, now - Date.parse(seenAt)))} ago
            </span>
          </li>
        ))}
      </ul>
      {total > list.length && <p className="faint">and {count(total - list.length)} more</p>}
    </section>
  );
}
