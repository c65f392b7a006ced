import type { ReadEvent } from '@agent-audit/log';
import type { StoredEvent } from '../store/store.ts';

/** A time as it stands in an answer. */
export function timeText(ms: number): string {
  return new Date(ms).toISOString();
}

/** An event as it stands in an answer. */
export function eventView({ logId, origin, tenant, agent, seq, receivedAtMs, line, marks }: StoredEvent): ReadEvent {
  return { log: logId, origin, tenant, agent, seq, received_at: timeText(receivedAtMs), line, marks };
}
