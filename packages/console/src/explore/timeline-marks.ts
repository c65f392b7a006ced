// What the timeline must not hide: events that were lost, lines that nobody has, logs that fell silent, and what is not complete yet.
import { type Completeness, LogError, parseLogLine, type ReadEvent, utf8 } from '@agent-audit/log';
import { viewOf } from './event-view.ts';

/** A stretch of the timeline where something is missing. */
export interface Mark {
  readonly kind: 'loss' | 'silence';
  readonly fromMs: number;
  readonly toMs: number;
  readonly agent: string;
  /** For a person. */
  readonly text: string;
  /** The line that tells of it, `LOG/SEQ`. */
  readonly key?: string;
}

/** Losses, as the logs themselves tell of them. */
export function lossMarks(events: readonly ReadEvent[]): readonly Mark[] {
  return events.flatMap((event) => {
    const view = viewOf(event);
    const loss = lossOf(event.line);
    const fromMs = loss === undefined ? view.timeMs : Date.parse(loss.firstAt);
    const toMs = loss === undefined ? view.timeMs : Date.parse(loss.lastAt);
    if (fromMs === undefined || toMs === undefined || Number.isNaN(fromMs) || Number.isNaN(toMs)) return [];
    const text = loss === undefined ? 'events were lost; the line does not say how many' : `${loss.events} events lost: ${loss.why}`;
    return [{ kind: 'loss', fromMs, toMs, agent: view.agent, text, key: view.key }];
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

/** Logs that have not been heard of, from when they last were until `nowMs`. */
export function silenceMarks({ silent }: Completeness, nowMs: number): readonly Mark[] {
  return silent.map(({ agent, seen_at: seenAt }) => ({
    kind: 'silence',
    fromMs: Date.parse(seenAt),
    toMs: nowMs,
    agent,
    text: 'not heard of since',
  }));
}
