import { readCheckpoint } from '@agent-audit/log';
import { Refusal } from '../refusal.ts';
import type { IngestStore, LogRecord } from '../store/store.ts';
import type { Stretch } from './prove.ts';

const gapsMax = 10_000;

/** The newest stretch of a log: from the last gap on. */
export function stretchOf({ logId, first, size, note }: LogRecord): Stretch {
  return { logId, first, size, note };
}

/**
 * The stretch that holds line `seq`. One before a gap ends with the note that was the newest when the gap was found: its alarm keeps it.
 * @throws Refusal NOT_FOUND; and what the store throws
 */
export async function stretchAt(store: Pick<IngestStore, 'alarms'>, record: LogRecord, seq: number): Promise<Stretch> {
  const { tenant, agent, logId, first, size } = record;
  if (seq >= size) throw new Refusal('NOT_FOUND', `log ${logId} has ${size} lines here, none with seq ${seq} yet`);
  if (seq >= first) return stretchOf(record);
  const alarms = await store.alarms({ tenant, agent }, gapsMax);
  const gaps = alarms.filter((alarm) => alarm.logId === logId && alarm.kind === 'GAP').toSorted((a, b) => (a.from ?? 0) - (b.from ?? 0));
  let start = 0;
  for (const { from = 0, to = 0, notes } of gaps) {
    const [note] = notes;
    const isHere = seq >= start && seq < from;
    if (isHere && note !== undefined && readCheckpoint(note).size === from) return { logId, first: start, size: from, note };
    if (seq >= from && seq < to) {
      throw new Refusal('NOT_FOUND', `lines ${from} to ${to - 1} of log ${logId} were never acknowledged: the agent had deleted them`);
    }
    start = to;
  }
  throw new Refusal('NOT_FOUND', `line ${seq} of log ${logId} is not provable: the note that covered it is not there`);
}
