// The timeline in words: a colour alone tells nobody who cannot see it.
import type { HistogramAnswer } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { nowMs } from '../clock.ts';
import { clockTime, count, dayTime, duration, localTime, shortCount } from '../time.ts';
import { visible } from './event-view.ts';
import { type Mark, missingWords } from './timeline-marks.ts';
import { amountsOf, type Series, type TimelineBy } from './timeline-series.ts';

interface LegendProps {
  readonly histogram: HistogramAnswer;
  readonly series: readonly Series[];
  /** What the colours shall be: what they are may still be on its way. */
  readonly wish: TimelineBy;
  /** Where the pointer is: the amounts are those of the bar there. */
  readonly pointedMs: number | undefined;
  readonly onBy: (by: TimelineBy) => void;
  /** A value was chosen: it joins the search. */
  readonly onTerm: (field: string, value: string) => void;
}

/** What the colours are, how much there is of each, and what they stand for. */
export function Legend({ histogram, series, wish, pointedMs, onBy, onTerm }: LegendProps): ReactNode {
  const { by, bars, width_ms: widthMs } = histogram;
  const bar = bars.find(({ from }) => pointedMs !== undefined && pointedMs >= Date.parse(from) && pointedMs < Date.parse(from) + widthMs);
  const amounts = bar === undefined ? series.map(() => 0) : amountsOf(bar, series);
  return (
    <div className="timeline-head">
      <ul className="timeline-series" aria-label="Colours of the timeline">
        {series.map(({ value, look, total }, index) => {
          const amount = pointedMs === undefined ? total : (amounts[index] ?? 0);
          const words = (
            <>
              <span className={`key look-${look}`} aria-hidden />
              <span className={by === 'type' && value !== undefined ? 'mono series-name' : 'series-name'}>{nameOf(value)}</span>
              <span className="number faint">{shortCount(amount)}</span>
            </>
          );
          return (
            <li key={look} className={amount === 0 ? 'series-none' : undefined}>
              {value === undefined || value === '' ? (
                <span className="series">{words}</span>
              ) : (
                <button
                  type="button"
                  className="series"
                  title={`${count(amount)} events. Search for ${visible(value)}`}
                  onClick={() => onTerm(by, value)}
                >
                  {words}
                </button>
              )}
            </li>
          );
        })}
      </ul>
      {pointedMs !== undefined && (
        <span className="timeline-pointed faint" aria-hidden>
          {localTime(Math.floor(pointedMs / 1000) * 1000).slice(0, -4)} · {duration(widthMs)}
        </span>
      )}
      <div className="timeline-by" role="group" aria-label="Colours by">
        {(['severity', 'type'] as const).map((choice) => (
          <button key={choice} type="button" aria-pressed={wish === choice} onClick={() => onBy(choice)}>
            {choice === 'severity' ? 'Severity' : 'Type'}
          </button>
        ))}
      </div>
    </div>
  );
}

function nameOf(value: string | undefined): string {
  if (value === undefined) return 'other';
  return visible(value) || '(empty)';
}

/** Told one by one: in a fleet of thousands, events must not be pushed off the page by what is missing. */
const wordsMax = 8;

interface MissingProps {
  readonly marks: readonly Mark[];
  /** Gaps that the answer does not list. */
  readonly furtherGaps: number;
  /** From here on events may still come, where that lies within the time that is shown. */
  readonly lateFromMs: number | undefined;
  readonly onOpen: (key: string) => void;
}

/** What is missing in the time that is shown; each leads to the line that tells of it. */
export function Missing({ marks, furtherGaps, lateFromMs, onOpen }: MissingProps): ReactNode {
  const words = missingWords(marks);
  if (words.length === 0 && furtherGaps === 0 && lateFromMs === undefined) return null;
  return (
    <ul className="timeline-missing" aria-label="What is missing">
      {words.slice(0, wordsMax).map(({ kind, agent, text, key }) => {
        const said = (
          <>
            <span className={`key key-${kind}`} aria-hidden />
            <span>
              {visible(agent)}: {text}
            </span>
          </>
        );
        return (
          <li key={`${kind} ${agent}`}>
            {key === undefined ? (
              <span className="series">{said}</span>
            ) : (
              <button type="button" className="series" title="Open the line that tells of it" onClick={() => onOpen(key)}>
                {said}
              </button>
            )}
          </li>
        );
      })}
      {words.length > wordsMax && (
        <li className="series">
          <Link to="/agents">and {count(words.length - wordsMax)} more</Link>
        </li>
      )}
      {furtherGaps > 0 && <li className="series">and {count(furtherGaps)} further gaps that are not listed</li>}
      {lateFromMs !== undefined && (
        <li className="series" title={`Complete to ${localTime(lateFromMs)}`}>
          <span className="key key-late" aria-hidden />
          <span>
            after {dayTime(lateFromMs, nowMs())}, {clockTime(lateFromMs).slice(0, -4)} events may still come
          </span>
        </li>
      )}
    </ul>
  );
}
