/** Stable codes of everything that the logger can report or refuse. */
export type AuditErrorCode =
  | 'OPTION_UNKNOWN'
  | 'OPTION_INVALID'
  | 'LOG_NOT_WRITABLE'
  | 'LOG_IN_USE'
  | 'LOG_NEWER_FORMAT'
  | 'LOG_LOCK_LOST'
  | 'LOG_REFUSED'
  | 'DISK_FULL'
  | 'DISK_FAILED'
  | 'DISK_LOW'
  | 'SEALING_FAILED'
  | 'SEALING_STALLED'
  | 'SEALER_GONE'
  | 'ROTATION_FAILED'
  | 'MAINTENANCE_FAILED'
  | 'CLOCK_JUMPED'
  | 'CURSOR_UNREADABLE'
  | 'EVENTS_LOST'
  | 'EVENT_INVALID'
  | 'SCHEMA_ASYNC'
  | 'SENDER_FAILED'
  | 'REMOTE_UNREACHABLE'
  | 'REMOTE_REFUSED'
  | 'REMOTE_UNTRUSTED'
  | 'REMOTE_LOST_DATA'
  | 'REMOTE_CONTRADICTS'
  | 'SHIPPING_FAILED'
  | 'SHIPPER_GONE'
  | 'NOT_DURABLE'
  | 'NOT_RECORDED'
  | 'ABORTED'
  | 'LOGGER_STOPPED';

/** What to do about it: try again (or let the logger), live without this event, or stop and mend something. */
export type AuditErrorAction = 'retry' | 'drop' | 'stop';

/** A failure of the recorder: what happened, where, and what to do next, under a code for programs. */
export class AuditError extends Error {
  override readonly name = 'AuditError';
  readonly code: AuditErrorCode;
  readonly action: AuditErrorAction;

  constructor(code: AuditErrorCode, action: AuditErrorAction, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.action = action;
  }
}

/** A trouble that lasts: what it is, and since when (ms since the epoch). */
export interface Trouble {
  readonly error: AuditError;
  readonly sinceMs: number;
}

/** The message of any thrown value, for use within another message. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
