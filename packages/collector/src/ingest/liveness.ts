import { heartbeatMs } from '@agent-audit/log';
import type { LogRecord } from '../store/store.ts';

/**
 * How a log is: live · behind: its writer has said that it has lines which are not here yet · stopped: ended by its writer's will ·
 * silent: nothing was heard of a writer that had not ended · forked: contradicts itself, so that nothing more is taken. By sizes and the
 * collector's own clock alone: what a writer's clock says changes none of it.
 */
export type Liveness = 'live' | 'behind' | 'stopped' | 'silent' | 'forked';

/** Three heartbeats that did not come. */
export const silentMs: number = 3 * heartbeatMs;

/** How a log is now. */
export function livenessOf(
  record: Pick<LogRecord, 'state' | 'end' | 'seenAtMs' | 'size' | 'toldSize'>,
  nowMs: number,
): Liveness {
  const { state, end, seenAtMs } = record;
  if (state === 'forked') return 'forked';
  if (end === 'stop') return 'stopped';
  if (nowMs - seenAtMs > silentMs) return 'silent';
  return (linesToCome(record) ?? 0) > 0 ? 'behind' : 'live';
}

/** Lines that its writer said it has, and that are not here; undefined where nobody knows. */
export function linesToCome({ size, toldSize }: Pick<LogRecord, 'size' | 'toldSize'>): number | undefined {
  return toldSize === undefined ? undefined : Math.max(0, toldSize - size);
}
