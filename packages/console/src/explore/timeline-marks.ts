// What the timeline must not hide: events that were lost, lines that nobody has, logs that fell silent.
import { type Completeness, LogError, type LogGap, parseLogLine, type ReadEvent, utf8 } from '@agent-audit/log';
import { count, duration } from '../time.ts';
import { viewOf } from './event-view.ts';

/** A stretch of the timeline where something is missing. */
export interface Mark {
  readonly kind: 'loss' | 'gap' | 'silence';
  readonly fromMs: number;
  readonly toMs: number;
  readonly agent: string;
  /** Events or lines that are missing, where that is known. */
  readonly missing?: number;
  /** For a person. */
  readonly text: string;
  /** The line that tells of it, `LOG/SEQ`. */
  readonly key?: string;
}

/** Losses, as the logs themselves tell of them. */
export function lossMarks(events: readonly ReadEvent[]): readonly Mark[] {
  return events.flatMap((event) => {
    const { agent, key, timeMs } = viewOf(event);
    const loss = lossOf(event.line);
    const fromMs = loss === undefined ? timeMs : Date.parse(loss.firstAt);
    const toMs = loss === undefined ? timeMs : Date.parse(loss.lastAt);
    if (fromMs === undefined || toMs === undefined || Number.isNaN(fromMs) || Number.isNaN(toMs)) return [];
    const where = { kind: 'loss', fromMs, toMs, agent, key } as const;
    if (loss === undefined) return [{ ...where, text: 'events were lost; the line does not say how many' }];
    return [{ ...where, missing: loss.events, text: `${count(loss.events)} events lost: ${loss.why}` }];
  });
}

interface Loss {
  readonly events: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly why: string;
}

function lossOf(line: string): Loss | undefined {
  try {
    const reading = parseLogLine(utf8(line));
    if (reading.kind !== 'known' || reading.line.type !== 'log.loss') return undefined;
    const { events, first_at: firstAt, last_at: lastAt, why } = reading.line.details;
    return { events, firstAt, lastAt, why };
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}

/**
 * Gaps, between the times of the lines that stand around them. Where only one of those is here the gap is drawn at its time; where none
 * is, it has no place in a timeline.
 */
export function gapMarks({ gaps }: Pick<Completeness, 'gaps'>): readonly Mark[] {
  return gaps.flatMap((gap) => {
    const { from_time: fromTime, to_time: toTime } = gap;
    const times = [fromTime, toTime].flatMap((time) => (time === undefined ? [] : [Date.parse(time)]));
    if (times.length === 0) return [];
    // The clock of an agent may have been set back in between.
    return [{ kind: 'gap', fromMs: Math.min(...times), toMs: Math.max(...times), ...gapWords(gap) }];
  });
}

function gapWords({ log, agent, from, to, to_time: toTime }: LogGap): Pick<Mark, 'agent' | 'missing' | 'text' | 'key'> {
  const text = `lines ${count(from)} to ${count(to - 1)} are missing: nobody will ever have them here`;
  return { agent, missing: to - from, text, key: `${log}/${toTime === undefined ? from - 1 : to}` };
}

/** Logs that have not been heard of, from when they last were until `nowMs`. */
export function silenceMarks({ silent }: Pick<Completeness, 'silent'>, nowMs: number): readonly Mark[] {
  return silent.map(({ agent, seen_at: seenAt }) => {
    const fromMs = Date.parse(seenAt);
    return { kind: 'silence', fromMs, toMs: nowMs, agent, text: `not heard of for ${duration(Math.max(0, nowMs - fromMs))}` };
  });
}

/** What is missing of one agent, in words. */
export interface MissingWords {
  readonly kind: Mark['kind'];
  readonly agent: string;
  readonly text: string;
  readonly key: string | undefined;
}

/** Marks in words: one for each agent and kind. */
export function missingWords(marks: readonly Mark[]): readonly MissingWords[] {
  const groups = new Map<string, Mark[]>();
  for (const mark of marks) {
    const name = `${mark.kind} ${mark.agent}`;
    groups.set(name, [...(groups.get(name) ?? []), mark]);
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { kind, agent, key } = first;
    return [{ kind, agent, key, text: groupWords(first, group) }];
  });
}

function groupWords({ kind, text }: Mark, group: readonly Mark[]): string {
  if (kind === 'silence') return text;
  const missing = group.reduce((sum, mark) => sum + (mark.missing ?? 0), 0);
  const one = kind === 'loss' ? 'event' : 'line';
  const amount = `${count(missing)} ${one}${missing === 1 ? '' : 's'}`;
  const least = group.every((mark) => mark.missing !== undefined) ? amount : missing === 0 ? 'events' : `at least ${amount}`;
  return `${least} ${kind === 'loss' ? 'lost' : 'missing for ever'}`;
}
