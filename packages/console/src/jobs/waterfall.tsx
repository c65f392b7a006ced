import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { duration, utcTime } from '../time.ts';
import type { Mark, Story, StoryRow } from './story.ts';
import './waterfall.css';

/** A job drawn over time, a row for each thing that happened. Every row leads to the event that it ends with. */
export function Waterfall({ story }: { story: Story }): ReactNode {
  const spanMs = Math.max(1, story.toMs - story.fromMs);
  const placeOf = (ms: number): number => Math.min(100, Math.max(0, ((ms - story.fromMs) / spanMs) * 100));
  return (
    <div className="card waterfall">
      <div className="waterfall-scale" aria-hidden>
        <span />
        <span className="waterfall-ticks">
          {[0, 0.25, 0.5, 0.75, 1].map((part) => (
            <span key={part}>{duration(spanMs * part)}</span>
          ))}
        </span>
      </div>
      <ol>
        {story.rows.map((row) => (
          <Row key={`${row.ref.log}/${row.ref.seq}`} row={row} beganMs={story.fromMs} placeOf={placeOf} />
        ))}
      </ol>
    </div>
  );
}

type PlaceOf = (ms: number) => number;

function Row({ row, beganMs, placeOf }: { row: StoryRow; beganMs: number; placeOf: PlaceOf }): ReactNode {
  const { label, fromMs, toMs, state, isError, depth, times, message, error, ref } = row;
  const took = toMs === undefined ? (state === 'open' ? 'no end seen' : undefined) : duration(toMs - fromMs);
  return (
    <li className={isError ? 'waterfall-row is-error' : 'waterfall-row'}>
      <span className="waterfall-label" style={{ paddingInlineStart: `${Math.min(depth, 8) * 0.75}rem` }}>
        <span className="waterfall-after" title={utcTime(fromMs)}>{duration(fromMs - beganMs)}</span>
        <Link to="/" search={{ event: `${ref.log}/${ref.seq}`, since: 'all' }}>
          {label}
          {times > 1 && <span className="soft"> ×{times}</span>}
        </Link>
      </span>
      <span className="waterfall-track">
        <Bar row={row} placeOf={placeOf} />
      </span>
      <span className="waterfall-said">
        {isError && <span className="visually-hidden">failed: </span>}
        {error ?? message}
        {took !== undefined && <span className="faint"> · {took}</span>}
        <span className="faint"> #{ref.seq}</span>
      </span>
    </li>
  );
}

function Bar({ row, placeOf }: { row: StoryRow; placeOf: PlaceOf }): ReactNode {
  const { fromMs, toMs, state, isError, marks } = row;
  const from = placeOf(fromMs);
  const to = state === 'open' ? 100 : placeOf(toMs ?? fromMs);
  const isPoint = state === 'point' && toMs === undefined;
  return (
    <>
      {!isPoint && (
        <span className={`bar bar-${isError ? 'failed' : state}`} style={{ insetInlineStart: `${from}%`, width: `${to - from}%` }} />
      )}
      {marks.map((mark, index) => (
        <Tick key={index} mark={mark} place={placeOf(mark.atMs)} />
      ))}
    </>
  );
}

function Tick({ mark, place }: { mark: Mark; place: number }): ReactNode {
  return (
    <span className={mark.isError ? 'tick tick-error' : 'tick'} style={{ insetInlineStart: `${place}%` }} title={mark.text} aria-hidden>
      {mark.isError ? '×' : ''}
    </span>
  );
}
