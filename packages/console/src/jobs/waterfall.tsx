import { inert } from '@agent-audit/log';
import { Link } from '@tanstack/react-router';
import { type ReactNode, useId } from 'react';
import { count, utcTime } from '../time.ts';
import { axisStepMs, axisTicksMs, differ, length } from './length.ts';
import { type Mark, type RowKind, saidOf, seqsOf, type StoryRow, tookMsOf } from './row.ts';
import type { Story, StoryPart } from './story.ts';
import './waterfall.css';

interface WaterfallProps {
  readonly story: Story;
  /** A search that finds the job's events: they stand beside the one that a row leads to. */
  readonly q: string;
  /** Whether agents of several tenants may be here. */
  readonly isAcross: boolean;
}

/** A job drawn over time, a row for each thing that happened. Every row leads to the event that it ends with. */
export function Waterfall({ story, q, isAcross }: WaterfallProps): ReactNode {
  const spanMs = Math.max(1, story.toMs - story.fromMs);
  const placeOf = (ms: number): number => Math.min(100, Math.max(0, ((ms - story.fromMs) / spanMs) * 100));
  const step = { ['--step' as string]: `${(axisStepMs(spanMs) / spanMs) * 100}%` };
  return (
    <section className="card waterfall" aria-label="What happened, over time" style={step}>
      <div className="waterfall-scale" aria-hidden>
        <Legend story={story} />
        <span className="waterfall-ticks">
          {axisTicksMs(spanMs).map((ms) => (
            <span key={ms} className={tickClass((ms / spanMs) * 100)} style={{ insetInlineStart: `${(ms / spanMs) * 100}%` }}>
              {ms === 0 ? '0' : length(ms)}
            </span>
          ))}
        </span>
        <span />
      </div>
      {story.parts.map((part) => (
        <Part key={part.log} {...{ part, placeOf, q, isAcross }} beganMs={story.fromMs} isNamed={story.parts.length > 1} />
      ))}
    </section>
  );
}

const tickClass = (place: number): string => (place === 0 ? 'is-first' : place > 94 ? 'is-last' : '');

const kindLabel: Readonly<Record<RowKind, string>> = { job: 'job', scan: 'scan', upload: 'upload', wait: 'waiting', other: 'other' };

/** What the colours are, of those that are there. */
function Legend({ story }: { story: Story }): ReactNode {
  const rows = story.parts.flatMap((part) => part.rows);
  const bars = rows.filter((row) => row.state !== 'point' || row.toMs !== undefined || row.waitMs !== undefined);
  const kinds = (['job', 'scan', 'upload', 'wait', 'other'] as const).filter((kind) => bars.some((row) => row.kind === kind));
  return (
    <span className="waterfall-legend">
      {kinds.map((kind) => (
        <span key={kind}>
          <span className={`legend-bar kind-${kind}`} /> {kindLabel[kind]}
        </span>
      ))}
      {rows.some((row) => row.isError) && (
        <span>
          <span className="legend-error">×</span> error
        </span>
      )}
    </span>
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
  const { label, about, fromMs, isError, kind, depth, times, ref } = row;
  return (
    <li className={`waterfall-row of-${kind}${isError ? ' is-error' : ''}`}>
      <span className="waterfall-label">
        <span className="waterfall-after" title={utcTime(fromMs)}>
          {fromMs === beganMs ? '0' : `+${length(fromMs - beganMs)}`}
        </span>
        <span className="waterfall-name" style={{ paddingInlineStart: `${Math.min(depth, 8) * 0.875}rem` }}>
          <Link to="/" search={{ q, event: `${ref.log}/${ref.seq}`, since: 'all' }}>
            {inert(label)}
            {times > 1 && <span className="soft"> ×{count(times)}</span>}
          </Link>
          {about !== undefined && <span className="waterfall-about" title={inert(about)}> {inert(shortPath(about))}</span>}
        </span>
      </span>
      <span className="waterfall-track">
        <Bar row={row} placeOf={placeOf} />
      </span>
      <span className="waterfall-end">
        <Said row={row} />
        <span className="waterfall-took number">
          <Took row={row} />
          <span className="faint">{seqsOf(row)}</span>
        </span>
      </span>
    </li>
  );
}

const pathLengthMax = 28;

/** Of a long path the end, which tells it from others. */
function shortPath(text: string): string {
  const end = text.slice(text.lastIndexOf('/', text.length - 2) + 1);
  return text.length > pathLengthMax && text.startsWith('/') && end.length < text.length ? `…/${end}` : text;
}

function Said({ row }: { row: StoryRow }): ReactNode {
  const { state, isError, ending, findings } = row;
  const said = saidOf(row);
  const word = state === 'failed' ? (ending ?? 'failed') : 'error';
  return (
    <span className="waterfall-said" title={inert(said)}>
      {isError && <strong>{word}: </strong>}
      {inert(said)}
      {findings !== undefined && ` · ${count(findings)} ${findings === 1 ? 'finding' : 'findings'}`}
    </span>
  );
}

const apart = 'Its first and its last line are so far apart: it waited for its first line to be on the disk, or a clock was set meanwhile.';

/** How long; where its own word and its lines differ, both. */
function Took({ row }: { row: StoryRow }): ReactNode {
  const { state, fromMs, toMs, waitMs } = row;
  const tookMs = tookMsOf(row);
  if (tookMs === undefined && state === 'open') return <span>no end seen</span>;
  if (tookMs === undefined) return waitMs !== undefined && <span>waits {length(waitMs)}</span>;
  const drawnMs = toMs === undefined ? tookMs : toMs - fromMs;
  return (
    <>
      <span>{length(tookMs)}</span>
      {differ(tookMs, drawnMs) && (
        <span className="faint" title={apart}>
          lines {length(drawnMs)} apart
        </span>
      )}
    </>
  );
}

function Bar({ row, placeOf }: { row: StoryRow; placeOf: PlaceOf }): ReactNode {
  const { fromMs, toMs, waitMs, openToMs, state, kind, isError, marks } = row;
  const from = placeOf(fromMs);
  const isPoint = state === 'point' && toMs === undefined;
  const end = waitMs === undefined ? (toMs ?? fromMs) : fromMs + waitMs;
  const to = state === 'open' ? (openToMs === undefined ? 100 : placeOf(openToMs)) : placeOf(end);
  const look = `bar kind-${kind}${isError ? ' bar-failed' : ''}${state === 'open' ? ' bar-open' : ''}`;
  return (
    <>
      {(!isPoint || waitMs !== undefined) && (
        <span className={look} style={{ insetInlineStart: `${from}%`, width: `${to - from}%` }} />
      )}
      {marks.map((mark, index) => (
        <Tick key={index} mark={mark} place={placeOf(mark.atMs)} isWithin={!isPoint} />
      ))}
      {state === 'failed' && <Tick mark={{ atMs: end, tone: 'bad', text: row.error ?? row.message }} place={to} isWithin />}
    </>
  );
}

/** A point of its own, or a notch in the bar of what it happened within. */
function Tick({ mark: { tone, text }, place, isWithin }: { mark: Mark; place: number; isWithin: boolean }): ReactNode {
  const look = tone === 'bad' ? 'tick tick-error' : isWithin ? 'tick tick-notch' : `tick tick-${tone}`;
  return (
    <span className={look} style={{ insetInlineStart: `${place}%` }} title={inert(text)} aria-hidden>
      {tone === 'bad' ? '×' : ''}
    </span>
  );
}
