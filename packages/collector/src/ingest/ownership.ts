import { type Principal, type Visible, visibleTo } from '../principal.ts';
import { Refusal } from '../refusal.ts';
import type { LogRecord } from '../store/store.ts';

/** Whether a log's rows are among these. */
export function isVisible({ tenant, agent }: Pick<LogRecord, 'tenant' | 'agent'>, visible: Visible): boolean {
  return (visible.tenant ?? tenant) === tenant && (visible.agent ?? agent) === agent;
}

/** Whether a token may write this log: its own tenant's, and its own agent's where it is bound to one. */
export function owns(principal: Principal, record: LogRecord): boolean {
  return isVisible(record, visibleTo(principal));
}

/** The refusal of a log that nobody enrolled. */
export function unknownLog(logId: string): Refusal {
  return new Refusal('LOG_UNKNOWN', `log ${logId} is not enrolled here; enrol it with POST /v1/logs, then send its lines`);
}

/** The refusal of another's log. */
export function notYours(logId: string): Refusal {
  const message = `log ${logId} belongs to another tenant or agent than this token; use the token that it was enrolled with`;
  return new Refusal('LOG_NOT_YOURS', message);
}
