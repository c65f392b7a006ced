// What a job's events tell, as rows of a picture: a bar for what began and ended, a point for everything else.
//
//   an operation    its two ends name themselves (`operation`), and share a span
//   a pair          X_started … X_completed | X_failed | X_timeout, and resource_throttle … resource_resume, of one log, the last first
//   a point         everything else; what follows itself is counted
//
// What happened within an operation stands below it. What several agents did for one job is told one agent after the other, on one
// scale of time.
import type { ReadEvent } from '@agent-audit/log';
import { factOf } from './fact.ts';
import type { StoryRow } from './row.ts';
import { rowsOf } from './rows.ts';

/** What one log tells of a job, in order. */
export interface StoryPart {
  readonly log: string;
  readonly agent: string;
  readonly tenant: string;
  readonly rows: readonly StoryRow[];
  /** The runs of the job itself: one that was tried again has several. */
  readonly runs: readonly StoryRow[];
}

/** A job's picture: [fromMs, toMs], and what each log tells. */
export interface Story {
  readonly fromMs: number;
  readonly toMs: number;
  /** When the last event was. */
  readonly lastMs: number;
  readonly parts: readonly StoryPart[];
}

/**
 * The picture of these events, oldest first. A line that is no event is a point of its own.
 * @param nowMs where the job still runs: what did not end is drawn to now
 */
export function storyOf(events: readonly ReadEvent[], nowMs?: number): Story {
  const logs = new Map<string, ReadEvent[]>();
  for (const event of events) {
    const ofLog = logs.get(event.log);
    if (ofLog === undefined) logs.set(event.log, [event]);
    else ofLog.push(event);
  }
  let [fromMs, lastMs] = [Infinity, -Infinity];
  const parts = [...logs.values()].map((ofLog): StoryPart => {
    const facts = ofLog.map(factOf);
    const rows = rowsOf(facts);
    for (const { atMs } of facts) lastMs = Math.max(lastMs, atMs);
    for (const row of rows) fromMs = Math.min(fromMs, row.fromMs);
    const { log = '', agent = '', tenant = '' } = ofLog[0] ?? {};
    return { log, agent, tenant, rows, runs: rows.filter(({ kind, depth }) => kind === 'job' && depth === 0) };
  });
  if (parts.length === 0) return { fromMs: 0, toMs: 0, lastMs: 0, parts };
  return { fromMs, toMs: Math.max(lastMs, nowMs ?? lastMs), lastMs, parts };
}
