// Lines of one log by their place, whatever their times: what stands around a line, and what is missing there.
import type { LinesAnswer } from '@agent-audit/log';
import { all } from '@agent-audit/search';
import { isVisible, unknownLog } from '../ingest/ownership.ts';
import type { LogRecord } from '../store/store.ts';
import { eventView } from './event-view.ts';
import { fitting } from './events-page.ts';
import type { Reader } from './read-gate.ts';
import type { Reading } from './reading.ts';

/** Lines [from, to) of a log. */
export interface LinesRequest {
  readonly logId: string;
  readonly from: number;
  readonly to: number;
}

/**
 * Reads them. Who may not see the whole log has those lines that are theirs: a relayed log holds lines of many agents.
 * Throws what the store does.
 * @throws Refusal LOG_UNKNOWN
 */
export async function linesOf(reading: Reading, { visible, signal }: Reader, { logId, from, to }: LinesRequest): Promise<LinesAnswer> {
  const record = reading.parts.logs.log(logId);
  if (record === undefined || !isVisible({ ...record, agent: visible.agent ?? record.agent }, visible)) throw unknownLog(logId);
  const isWhole = isVisible(record, visible);
  // What is stored beyond the record was never acknowledged.
  const lines = { logId, from, to: Math.min(to, record.size) };
  const limit = Math.max(1, lines.to - from);
  const found = await reading.parts.store.arrivals({ visible, signal, query: all, receivedFromMs: 0, lines, limit });
  if (found.events.length === 0 && !isWhole) throw unknownLog(logId);
  const views = found.events.toSorted((a, b) => a.seq - b.seq).map(eventView);
  const fit = fitting(views);
  const next = views[fit]?.seq;
  return {
    events: views.slice(0, fit),
    ...(next === undefined ? {} : { next }),
    ...(isWhole ? { size: record.size } : {}),
    gaps: isWhole ? await gapsIn(reading, record, lines) : [],
  };
}

/** The gaps of a log that meet lines [from, to). */
async function gapsIn({ gaps }: Reading, record: LogRecord, { from, to }: LinesRequest): Promise<LinesAnswer['gaps']> {
  const found = await gaps.of([record]);
  return gaps.timed(found.filter((gap) => gap.from < to && gap.to > from));
}
