// Every trouble of a log that is told: what happened, where, and what to do next.
import { diskErrorCode } from '../disk.ts';
import { AuditError, messageOf } from '../error.ts';

/** Checkpoints cannot be written for now. */
export function sealingFailed(message: string): AuditError {
  return new AuditError('SEALING_FAILED', 'retry', `${message}. Lines are written, and sealed as soon as checkpoints can be`);
}

/** No checkpoint comes, and no failure either. */
export function sealingStalled(logFile: string): AuditError {
  const what = `nothing of ${logFile} was sealed for 10 s or more, though lines wait for it: the disk does not answer`;
  return new AuditError('SEALING_STALLED', 'retry', `${what}. Lines are written on, and sealed as soon as it does`);
}

/** The process ends before its last lines are sealed. */
export function lastLinesUnsealed(message: string): AuditError {
  return new AuditError('SEALING_FAILED', 'retry', `the last lines are not sealed: ${message}. The next start seals them`);
}

/** The thread that seals has ended by itself. */
export function sealerGone(logFile: string, reason: string): AuditError {
  return new AuditError('SEALER_GONE', 'retry', `the sealing thread of ${logFile} ended (${reason}); another takes over`);
}

/** Somebody else writes this log now. */
export function lockLost(logFile: string): AuditError {
  const what = `${logFile} was taken over by another process, or its lock was deleted`;
  return new AuditError('LOG_LOCK_LOST', 'stop', `${what}. This logger writes no more; restart it`);
}

/** A write or a sync of lines has failed. */
export function diskFailed(logFile: string, message: string, cause: unknown): AuditError {
  const what = `${logFile}: ${message}. The segment ends at its last checkpoint and goes on in a new one`;
  return new AuditError('DISK_FAILED', 'retry', what, { cause });
}

/** logSync() cannot promise what it was called for. */
export function notDurable(reason: AuditError, cause: unknown): AuditError {
  return new AuditError('NOT_DURABLE', 'retry', `not durable yet: ${reason.message}`, { cause });
}

/** A segment that is full could not be closed. */
export function notClosed(logFile: string, cause: unknown): AuditError {
  const why = `${logFile} is full, and cannot be closed: ${messageOf(cause)}`;
  const next = 'It goes on growing, sealed, until it can: the folder must take new files, hard links and renames';
  return new AuditError('ROTATION_FAILED', 'retry', `${why}. ${next}`, { cause });
}

/** Events were shed while the disk refused. */
export function eventsShed(events: number, logFile: string): AuditError {
  const what = `${events} event(s) had to go: ${logFile} takes none, and no more may wait in memory`;
  return new AuditError('EVENTS_LOST', 'drop', `${what}. They are counted in a log.loss line`);
}

/** A flush() comes after events that had to go. */
export function notAllKept(events: number): AuditError {
  return new AuditError('EVENTS_LOST', 'drop', `${events} event(s) could not be kept, as a log.loss line says; all others are sealed`);
}

/** Events still waited when the logger stopped. */
export function lostAtStop(events: number, logFile: string): AuditError {
  const what = `${events} event(s) were still waiting for ${logFile} when the logger stopped`;
  return new AuditError('EVENTS_LOST', 'drop', `${what}; they are lost`);
}

/** The log on disk is not what was signed: its origin is given up. */
export function refused(
  logFile: string,
  previous: { readonly origin: string; readonly why: string; readonly folder: string },
  message: string = previous.why,
): AuditError {
  const isDamaged = !['fork', 'rollback', 'refused'].includes(previous.why);
  const what = `${logFile} is ${isDamaged ? 'not what was signed' : 'given up'} (${message}). Its files are kept in ${previous.folder}`;
  const next = `look at them with "agent-audit verify". A new log was begun; it names ${previous.origin} as its predecessor`;
  return new AuditError('LOG_REFUSED', 'stop', `${what}: ${next}`);
}

/** An origin is given up, and the disk does not take the new log yet. */
export function refusedForNow(logFile: string, message: string, reason: string, cause: unknown): AuditError {
  const what = `${logFile} is not what was signed (${message}), and no new log can be begun yet: ${reason}`;
  const next = 'Nothing was deleted. Events wait in memory; it is tried again until the disk takes it';
  return new AuditError('LOG_REFUSED', 'retry', `${what}. ${next}`, { cause });
}

/** An origin is given up, and the new log cannot be begun either. */
export function refusedForGood(logFile: string, message: string, reason: string, cause: unknown): AuditError {
  const what = `${logFile} was damaged (${message}), and no new log could be begun: ${reason}`;
  return new AuditError('LOG_REFUSED', 'stop', `${what}. Nothing was deleted; mend the folder, then restart`, { cause });
}

/** Nothing is recorded after stop(). */
export function loggerStopped(): AuditError {
  return new AuditError('LOGGER_STOPPED', 'stop', 'the logger was stopped');
}

/**
 * A write that was refused, and whether the segment must be replaced. ENOSPC and EDQUOT are no failure: writing goes on at the exact
 * byte. After anything else the segment ends.
 */
export function refusal(cause: unknown, path: string): [AuditError, boolean] {
  if (cause instanceof AuditError) return [cause, true];
  const code = diskErrorCode(cause);
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    const what = code === 'ENOSPC' ? 'the disk is full' : 'the quota is used up';
    const next = 'Events wait in memory; free some space and logging goes on by itself';
    return [new AuditError('DISK_FULL', 'retry', `${path}: ${what}. ${next}`, { cause }), false];
  }
  if (code === 'EAGAIN' || code === 'EINTR' || code === 'EMFILE' || code === 'ENFILE') {
    const next = 'Events wait in memory; it is tried again';
    return [new AuditError('DISK_FAILED', 'retry', `${path}: ${messageOf(cause)}. ${next}`, { cause }), false];
  }
  const next = 'Events wait in memory; the log goes on in a new segment when it can';
  return [new AuditError('DISK_FAILED', 'retry', `${path}: ${messageOf(cause)}. ${next}`, { cause }), true];
}
