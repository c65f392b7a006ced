import type { Invocation } from '../command.ts';
import { agentOf } from '../reading.ts';
import type { Io } from '../io.ts';
import type { Style } from '../style.ts';
import { cutTo, inert, jsonLine, padTo, widthOf } from '../text.ts';
import { localTime } from '../time.ts';
import { count, counted, duration } from '../units.ts';
import { drawBar, type Scale } from './bar.ts';
import type { JobEvent, State } from './job-event.ts';
import { ordinal, paintState } from './list-view.ts';
import { type Attempt, type Row, stateOfAttempt, type Timeline } from './timeline.ts';

const gap = '  ';
const barWidthMax = 60;
const barWidthMin = 8;
const nameWidthMax = 28;
/** Notes take up to this share of a terminal; where nobody looks on, lines are as long as they are. */
const noteShare = 0.4;
const columnsWithoutTerminal = 100;
/** Rows of one attempt that are drawn. */
const rowsMax = 100;
const errorLinesMax = 8;

export interface TimelineView extends Pick<Invocation, 'io' | 'style' | 'utc'> {
  /** How many logs were read. */
  readonly logs: number;
}

/** The attempts of a job, one below the other. */
export function showTimeline(id: string, timeline: Timeline, view: TimelineView): string {
  const { attempts } = timeline;
  const blocks = attempts.map((attempt, index) => {
    const title = attempts.length === 1 ? view.style.bold(inert(id)) : `${view.style.bold(inert(id))} ${ordinal(index + 1)} attempt`;
    return [headline(title, attempt, view), ...drawAttempt(attempt, view)];
  });
  const omitted = timeline.omitted === 0 ? [] : ['', `${counted(timeline.omitted, 'event')} more, not drawn`];
  return `${[...blocks.flatMap((lines, index) => (index === 0 ? lines : ['', ...lines])), ...omitted].join('\n')}\n`;
}

/** `j-42 scan on web-01 · failed after 3.2 s · scanner-7 · 2026-11-24 14:03:22 +01:00` */
function headline(title: string, attempt: Attempt, { io, style, utc, logs }: TimelineView): string {
  const state = stateOfAttempt(attempt);
  const parts = [
    `${title} ${inert(attempt.what)}`.trimEnd(),
    paintState(style, state)(stateText(attempt, state, io.now())),
    inert(attempt.agent) || (agentOf(attempt.log) ?? ''),
    startText(attempt, io.stdout.isTerminal, utc),
    logs > 1 ? inert(attempt.log) : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function stateText({ durationMs, startMs, end }: Attempt, state: State, nowMs: number): string {
  const took = durationMs === undefined || Number.isNaN(durationMs) ? '' : ` after ${duration(durationMs)}`;
  switch (state) {
    case 'timeout':
      return `timed out${took}`;
    case 'running':
      return Number.isNaN(startMs) ? 'still running' : `still running, for ${duration(Math.max(0, nowMs - startMs))}`;
    case 'received':
      return 'received, not started';
    case 'unknown':
      return end?.type.startsWith('log.') === true ? 'outcome unknown: the process ended before it' : `outcome unknown${took}`;
    default:
      return `${state}${took}`;
  }
}

function startText({ startMs, first }: Attempt, isTerminal: boolean, utc: boolean): string {
  if (!isTerminal || Number.isNaN(startMs)) return inert(first.timestamp);
  const { day, clock } = localTime(startMs, utc);
  const [date = '', zone = ''] = day.split(' ');
  return `${date} ${clock.slice(0, 8)} ${zone}`;
}

interface Line {
  readonly startMs: number;
  readonly name: string;
  readonly row: Row;
}

function drawAttempt(attempt: Attempt, { io, style }: TimelineView): string[] {
  const all = linesOf(attempt.rows, 0);
  const lines = all.slice(0, rowsMax);
  const goesOn = attempt.end === undefined && stateOfAttempt(attempt) === 'running';
  const endMs = Math.max(attempt.startMs, attempt.lastMs, goesOn ? io.now() : -Infinity);
  const columns = io.stdout.isTerminal ? io.stdout.columns : columnsWithoutTerminal;
  const offset = offsetFormat(endMs - attempt.startMs);
  const offsetWidth = Math.max(...[attempt.startMs, endMs].map((timeMs) => offset(timeMs - attempt.startMs).length));
  const endName = attempt.end === undefined ? '' : inert(attempt.end.type);
  const nameWidth = Math.min(nameWidthMax, Math.max(widthOf(endName), ...lines.map(({ name }) => widthOf(name))));
  const tooks = lines.map(({ row }) => tookText(row));
  const tookWidth = Math.max(0, ...tooks.map((text) => text.length));
  const notes = lines.map(({ row }) => noteText(row));
  const noteWidth = Math.min(Math.floor(columns * noteShare), Math.max(0, ...notes.map(widthOf)));
  const fixed = offsetWidth + 3 + nameWidth + 3 * gap.length + tookWidth + noteWidth;
  const barWidth = Math.max(barWidthMin, Math.min(barWidthMax, columns - fixed));
  const scale: Scale = { startMs: attempt.startMs, endMs, columns: barWidth };
  const left = (timeMs: number): string => style.dim(offset(Math.max(0, timeMs - attempt.startMs)).padStart(offsetWidth));
  const rows = lines.map(({ startMs, name, row }, index) => {
    const paint = row.kind === 'span' && row.state !== 'running' ? paintState(style, row.state) : (text: string) => text;
    const cells = [
      padTo(cutTo(name, nameWidth), nameWidth),
      padTo(drawBar(row, scale), barWidth),
      (tooks[index] ?? '').padStart(tookWidth),
      cutTo(notes[index] ?? '', Math.max(noteWidth, columns - fixed - barWidth + noteWidth)),
    ];
    const [label = '', bar = '', took = '', note = ''] = cells;
    return `${left(startMs)} ├ ${label}${gap}${paint(bar)}${gap}${took}${gap}${style.dim(note)}`.trimEnd();
  });
  const more = all.length > rowsMax ? [`${' '.repeat(offsetWidth)} ├ ${counted(all.length - rowsMax, 'more line')}; --json has all`] : [];
  const width = nameWidth + gap.length + barWidth + gap.length + tookWidth;
  return [...rows, ...more, ...drawEnd(attempt, { left, offsetWidth, width, style })];
}

const endSigns: Readonly<Record<State, string>> = {
  received: '…',
  running: '…',
  completed: '✔',
  failed: '✘',
  timeout: '✘',
  denied: '✘',
  unknown: '?',
};

interface EndView {
  /** The offset of a time, as it stands at the left. */
  readonly left: (timeMs: number) => string;
  readonly offsetWidth: number;
  readonly width: number;
  readonly style: Style;
}

/** `3.200 ✘ job_failed  #12298`, and its error below. What the log itself says of an end has no time of the job's. */
function drawEnd({ end, state }: Attempt, { left, offsetWidth, width, style }: EndView): string[] {
  if (end === undefined) return [];
  const isLogs = end.type.startsWith('log.');
  const offset = Number.isNaN(end.timeMs) || isLogs ? ' '.repeat(offsetWidth) : left(end.timeMs);
  const name = isLogs ? `no end: ${inert(end.type)}` : inert(end.type);
  const seq = end.seq < 0 ? '' : style.dim(`#${end.seq}`);
  const margin = ' '.repeat(offsetWidth + 1);
  const lines = end.error === '' ? [] : end.error.split(/\r?\n/).map(inert);
  const more = lines.length > errorLinesMax ? [`… ${lines.length - errorLinesMax} more lines; --json shows them`] : [];
  return [
    `${offset} ${paintState(style, state)(endSigns[state])} ${padTo(name, width)}${gap}${seq}`.trimEnd(),
    ...[...lines.slice(0, errorLinesMax), ...more]
      .map((line, index) => `${index === 0 ? '└' : ' '} ${line}`)
      .map((line) => `${margin}${style.red(line)}`),
  ];
}

function linesOf(rows: readonly Row[], depth: number): Line[] {
  return rows.flatMap((row) => [
    { startMs: row.startMs, name: `${'  '.repeat(depth)}${inert(row.name)}`, row },
    ...linesOf(row.rows, depth + 1),
  ]);
}

function tookText({ kind, durationMs, stretches, state, events }: Row): string {
  if (kind === 'points') return events > 1 ? `×${count(events)}` : '';
  if (kind === 'span') {
    if (durationMs !== undefined && !Number.isNaN(durationMs)) return duration(durationMs);
    return state === 'unknown' ? '?' : '…';
  }
  const sum = stretches.reduce((total, { startMs, endMs }) => total + ((endMs ?? startMs) - startMs), 0);
  return Number.isNaN(sum) || sum === 0 ? '' : duration(sum);
}

function noteText(row: Row): string {
  const { last, kind } = row;
  const other = kind === 'throttle' ? throttleText(last) : firstLine(last.error === '' ? last.message : last.error);
  return (kind === 'span' ? spanNotes(row) : [other])
    .filter((part) => part !== '')
    .map(inert)
    .join(' · ');
}

function spanNotes({ name, last, state, marks }: Row): string[] {
  const failures = marks.filter(({ sign }) => sign === '✘').length;
  const successes = marks.filter(({ sign }) => sign === '✔').length;
  const isTold = state === 'completed' || state === 'failed' || state === 'running';
  const tries = name === 'upload' && successes === 0 ? `${count(failures + 1)} tries` : `${count(failures)} failed`;
  const isEnded = state !== 'running' && !last.type.startsWith('log.');
  return [
    isTold ? '' : state === 'unknown' ? 'outcome unknown' : state,
    failures === 0 ? '' : tries,
    successes === 0 ? '' : counted(successes, 'chunk'),
    firstLine(last.error),
    isEnded && last.error === '' ? factsText(last) : '',
  ];
}

function throttleText({ message, details }: JobEvent): string {
  const reason = message.replace(/^Resource throttling activated: /, '');
  const facts = factsText({ details });
  return facts === '' ? reason : `${reason} ${facts}`;
}

/** `212 findings`, `tool=nuclei`: the first two facts. */
function factsText({ details }: Pick<JobEvent, 'details'>): string {
  return Object.entries(details)
    .filter(([, value]) => typeof value === 'number' || typeof value === 'string')
    .slice(0, 2)
    .map(([name, value]) => {
      const [, noun, unit] = typeof value === 'number' ? (/^(\w+)_(count|percent)$/.exec(name) ?? []) : [];
      if (unit === 'percent') return `${String(value)} %`;
      return noun === undefined ? `${name}=${String(value)}` : `${count(Number(value))} ${noun}`;
    })
    .join(' ');
}

function firstLine(text: string): string {
  return text.split(/\r?\n/, 1)[0] ?? '';
}

/** Offsets all of one form: seconds with milliseconds, minutes, or hours, by the longest. */
function offsetFormat(longestMs: number): (offsetMs: number) => string {
  const two = (value: number): string => String(value).padStart(2, '0');
  if (!(longestMs >= 100_000)) return (offsetMs) => (offsetMs / 1_000).toFixed(3);
  if (longestMs < 6_000_000) return (ms) => `${Math.floor(ms / 60_000)}:${((ms % 60_000) / 1_000).toFixed(1).padStart(4, '0')}`;
  return (ms) => `${count(Math.floor(ms / 3_600_000))}:${two(Math.floor(ms / 60_000) % 60)}:${two(Math.floor(ms / 1_000) % 60)}`;
}

/** The job as a program reads it: one object. */
export function timelineAsJson(id: string, { attempts, omitted }: Timeline, { stdout }: Pick<Io, 'stdout'>): string {
  const last = attempts.at(-1);
  const told = {
    job_id: id,
    outcome: last === undefined ? null : stateOfAttempt(last),
    attempts: attempts.map((attempt) => ({
      log: attempt.log,
      agent_id: attempt.agent,
      what: attempt.what,
      outcome: stateOfAttempt(attempt),
      started: attempt.first.timestamp,
      duration_ms: attempt.durationMs ?? null,
      events: attempt.events,
      errors: attempt.errors,
      ...(attempt.end !== undefined && { end: { seq: attempt.end.seq, type: attempt.end.type, ...errorOf(attempt.end) } }),
      rows: attempt.rows.map(rowAsJson),
    })),
    ...(omitted > 0 && { omitted }),
  };
  return jsonLine(told, stdout);
}

function errorOf({ error }: JobEvent): { error?: string } {
  return error === '' ? {} : { error };
}

function rowAsJson(row: Row): object {
  return {
    kind: row.kind,
    name: row.name,
    ...(row.spanId !== '' && { span_id: row.spanId }),
    ...(row.kind === 'span' && { outcome: row.state, duration_ms: row.durationMs ?? null }),
    seq: row.last.seq,
    start: isoOf(row.startMs),
    events: row.events,
    ...errorOf(row.last),
    ...(row.stretches.length > 0 && { stretches: row.stretches.map(({ startMs, endMs }) => [isoOf(startMs), isoOf(endMs)]) }),
    ...(row.marks.length > 0 && { marks: row.marks.map(({ timeMs, sign }) => [isoOf(timeMs), sign]) }),
    ...(row.rows.length > 0 && { rows: row.rows.map(rowAsJson) }),
  };
}

function isoOf(timeMs: number | undefined): string | null {
  return timeMs === undefined || Number.isNaN(timeMs) ? null : new Date(timeMs).toISOString();
}
