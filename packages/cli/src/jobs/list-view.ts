import type { Invocation } from '../command.ts';
import type { Output } from '../io.ts';
import type { Style } from '../style.ts';
import { cutTo, inert, jsonLine, padTo, widthOf } from '../text.ts';
import { localTime } from '../time.ts';
import { count, duration } from '../units.ts';
import type { State } from './job-event.ts';
import type { Job } from './list.ts';

const gap = '  ';
const widthsMax = { id: 28, agent: 20 };
/** `14:03:22` */
const clockWidth = 8;
/** What a job does gets at least so many columns, however narrow the terminal. */
const whatWidthMin = 12;

/** A job as a program reads it. */
export function jobAsJson(job: Job, output: Output): string {
  const { id, what, state, agents, started, durationMs, attempts, events, errors, error } = job;
  const told = {
    job_id: id,
    what,
    outcome: state,
    agents,
    started,
    duration_ms: durationMs ?? null,
    attempts,
    events,
    errors,
    ...(error !== '' && { error }),
  };
  return jsonLine(told, output);
}

interface Texts {
  readonly started: string;
  readonly id: string;
  readonly state: string;
  readonly took: string;
  readonly agent: string;
  readonly events: string;
  readonly errors: string;
  readonly what: string;
}

interface Cells extends Texts {
  readonly heading: string;
  readonly state: State;
}

/** Jobs in columns, under their days on a terminal. */
export function showJobs(jobs: readonly Job[], { io, style, utc }: Pick<Invocation, 'io' | 'style' | 'utc'>): string {
  const { isTerminal } = io.stdout;
  let day = '';
  const rows = jobs.map((job): Cells => {
    const { when, clock } = startOf(job, isTerminal, utc);
    const heading = when === day ? '' : when;
    if (when !== '') day = when;
    return { heading, started: clock, ...textsOf(job, io.now()) };
  });
  const widest = (name: keyof Texts, max = Infinity): number =>
    Math.min(max, Math.max(widthOf(titles[name]), ...rows.map((row) => widthOf(row[name]))));
  const widths = {
    started: widest('started'),
    id: widest('id', isTerminal ? widthsMax.id : Infinity),
    state: widest('state'),
    took: widest('took'),
    agent: widest('agent', isTerminal ? widthsMax.agent : Infinity),
    events: widest('events'),
    errors: widest('errors'),
  };
  const used = Object.values(widths).reduce((sum, width) => sum + width + gap.length, 0);
  const whatWidth = isTerminal ? Math.max(whatWidthMin, io.stdout.columns - used) : Infinity;
  const show = (row: Texts, paint: (cells: readonly string[]) => readonly string[] = (cells) => cells): string =>
    paint(
      [
        padTo(row.started, widths.started),
        padTo(cutTo(row.id, widths.id), widths.id),
        padTo(row.state, widths.state),
        row.took.padStart(widths.took),
        padTo(cutTo(row.agent, widths.agent), widths.agent),
        row.events.padStart(widths.events),
        row.errors.padStart(widths.errors),
        cutTo(row.what, whatWidth),
      ],
    )
      .join(gap)
      .trimEnd();
  const head = style.dim(show(titles));
  const lines = rows.flatMap((row) => [
    ...(row.heading === '' ? [] : [style.dim(`── ${row.heading}`)]),
    show(row, (cells) => painted(cells, row, style)),
  ]);
  return `${[head, ...lines].join('\n')}\n`;
}

const titles: Texts = {
  started: 'started',
  id: 'job',
  state: 'outcome',
  took: 'took',
  agent: 'agent',
  events: 'events',
  errors: 'errors',
  what: 'what',
};

function startOf({ started, startedMs }: Job, isTerminal: boolean, utc: boolean): { when: string; clock: string } {
  if (!isTerminal) return { when: '', clock: inert(started) };
  if (Number.isNaN(startedMs)) return { when: '', clock: ' '.repeat(clockWidth) };
  const { day, clock } = localTime(startedMs, utc);
  return { when: day, clock: clock.slice(0, clockWidth) };
}

function textsOf(job: Job, nowMs: number): Omit<Cells, 'heading' | 'started'> {
  const { id, state, agents, startedMs, durationMs, events, errors, attempts, what, error } = job;
  const goesOn = state === 'running' && !Number.isNaN(startedMs) ? `${duration(Math.max(0, nowMs - startedMs))}…` : '';
  const [agent = '', ...others] = agents;
  return {
    id: inert(id),
    state,
    took: durationMs === undefined || Number.isNaN(durationMs) ? goesOn : duration(durationMs),
    agent: inert(agent) + (others.length === 0 ? '' : ` +${others.length}`),
    events: count(events),
    errors: errors === 0 ? '' : count(errors),
    what: [inert(what), attempts > 1 ? `${ordinal(attempts)} attempt` : '', state === 'completed' ? '' : inert(error)]
      .filter((text) => text !== '')
      .join(' · '),
  };
}

function painted(cells: readonly string[], { state, errors }: Cells, style: Style): readonly string[] {
  const [started = '', id = '', outcome = '', took = '', agent = '', events = '', errorCount = '', what = ''] = cells;
  const paintErrors = errors === '' || state === 'completed' ? style.dim : style.red;
  const told = [style.dim(started), style.cyan(id), paintState(style, state)(outcome)];
  return [...told, took, agent, style.dim(events), paintErrors(errorCount), what];
}

/** Colours only repeat what the word says. */
export function paintState(style: Style, state: State): (text: string) => string {
  switch (state) {
    case 'completed':
      return style.green;
    case 'failed':
    case 'timeout':
      return style.red;
    case 'denied':
    case 'unknown':
      return (text) => style.bold(style.yellow(text));
    case 'received':
    case 'running':
      return style.cyan;
  }
}

/** `1st`, `2nd`, `3rd`, `11th`. */
export function ordinal(value: number): string {
  const endings = ['th', 'st', 'nd', 'rd'];
  const tens = value % 100;
  return `${count(value)}${tens > 10 && tens < 14 ? 'th' : (endings[value % 10] ?? 'th')}`;
}
