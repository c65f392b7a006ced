import { inert } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import { count, duration, utcTime } from '../time.ts';
import { type Mark, seqsOf, type Story, type StoryPart, type StoryRow } from './story.ts';
import './waterfall.css';

interface WaterfallProps {
  readonly story: Story;
  /** A search that finds the job's events: they stand beside the one that a row leads to. */
  readonly q: string;
  /** Whether agents of several tenants may be here. */
  readonly isAcross: boolean;
}

const ticks = [0, 0.25, 0.5, 0.75, 1] as const;

/** A job drawn over time, a row for each thing that happened. Every row leads to the event that it ends with. */
export function Waterfall({ story, q, isAcross }: WaterfallProps): ReactNode {
  const spanMs = Math.max(1, story.toMs - story.fromMs);
  const placeOf = (ms: number): number => Math.min(100, Math.max(0, ((ms - story.fromMs) / spanMs) * 100));
  return (
    <section className="card waterfall" aria-label="What happened, over time">
      <div className="waterfall-scale" aria-hidden>
        <span />
        <span className="waterfall-ticks">
          {ticks.map((part) => (
            <span key={part}>{duration(spanMs * part)}</span>
          ))}
        </span>
      </div>
      {story.parts.map((part) => (
        <Part key={part.log} {...{ part, placeOf, q, isAcross }} beganMs={story.fromMs} isNamed={story.parts.length > 1} />
      ))}
    </section>
  );
}

type PlaceOf = (ms: number) => number;

interface PartProps {
  readonly part: StoryPart;
  readonly beganMs: number;
  readonly placeOf: PlaceOf;
  readonly q: string;
  /** Several logs are told: each says whose it is. */
  readonly isNamed: boolean;
  readonly isAcross: boolean;
}

function Part({ part, beganMs, placeOf, q, isNamed, isAcross }: PartProps): ReactNode {
  const headId = useId();
  return (
    <>
      {isNamed && (
        <h2 id={headId} className="waterfall-agent">
          {inert(part.agent)}
          {isAcross && <span className="faint"> · {inert(part.tenant)}</span>}
        </h2>
      )}
      <ol aria-labelledby={isNamed ? headId : undefined}>
        {part.rows.map((row) => (
          <Row key={row.firstSeq} row={row} beganMs={beganMs} placeOf={placeOf} q={q} />
        ))}
      </ol>
    </>
  );
}

interface RowProps {
  readonly row: StoryRow;
  readonly beganMs: number;
  readonly placeOf: PlaceOf;
  readonly q: string;
}

function Row({ row, beganMs, placeOf, q }: RowProps): ReactNode {
  const { label, fromMs, toMs, state, isError, depth, times, message, error, ref } = row;
  const took = toMs === undefined ? (state === 'open' ? 'no end seen' : undefined) : duration(toMs - fromMs);
  return (
    <li className={isError ? 'waterfall-row is-error' : 'waterfall-row'}>
      <span className="waterfall-label">
        <span className="waterfall-after" title={utcTime(fromMs)}>
          {duration(fromMs - beganMs)}
        </span>
        <span className="waterfall-name" style={{ paddingInlineStart: `${Math.min(depth, 8) * 0.875}rem` }}>
          <Link to="/" search={{ q, event: `${ref.log}/${ref.seq}`, since: 'all' }}>
            {inert(label)}
            {times > 1 && <span className="soft"> ×{count(times)}</span>}
          </Link>
        </span>
      </span>
      <span className="waterfall-track">
        <Bar row={row} placeOf={placeOf} />
      </span>
      <span className="waterfall-end">
        <span className="waterfall-said" title={inert(error ?? message)}>
          {isError && <strong>{state === 'failed' ? 'failed: ' : 'error: '}</strong>}
          {inert(error ?? message)}
        </span>
        <span className="faint number">
          {took !== undefined && `${took} · `}
          {seqsOf(row)}
        </span>
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
      {state === 'failed' && <Tick mark={{ atMs: toMs ?? fromMs, isError: true, text: row.error ?? row.message }} place={to} />}
    </>
  );
}

function Tick({ mark, place }: { mark: Mark; place: number }): ReactNode {
  return (
    <span
      className={mark.isError ? 'tick tick-error' : 'tick'}
      style={{ insetInlineStart: `${place}%` }}
      title={inert(mark.text)}
      aria-hidden
    >
      {mark.isError ? '×' : ''}
    </span>
  );
}
