import { heartbeatMs } from '@agent-audit/log';
import type { LogRecord } from '../store/store.ts';

/**
 * How a log is: live · behind: its writer sends, but what arrives is old · stopped: ended by its writer's will · silent: nothing was heard
 * of a writer that had not ended · forked: contradicts itself, so that nothing more is taken.
 */
export type Liveness = 'live' | 'behind' | 'stopped' | 'silent' | 'forked';

/** Three heartbeats that did not come. */
export const silentMs: number = 3 * heartbeatMs;

/** Lines that are so old when they arrive come from a backlog: a live writer's take a second or two. */
export const behindMs = 60_000;

/** How a log is now. */
export function livenessOf(
  { state, end, seenAtMs, grownAtMs, newestEventMs }: Pick<LogRecord, 'state' | 'end' | 'seenAtMs' | 'grownAtMs' | 'newestEventMs'>,
  nowMs: number,
): Liveness {
  if (state === 'forked') return 'forked';
  if (end === 'stop') return 'stopped';
  if (nowMs - seenAtMs > silentMs) return 'silent';
  // A heartbeat says that there is nothing more to send.
  const isBacklog = grownAtMs === seenAtMs && newestEventMs > 0 && grownAtMs - newestEventMs > behindMs;
  return isBacklog ? 'behind' : 'live';
}
