// Troubles, told. With onError every one, but that those of single events come once a second at most; without it one warning of the
// process for each code and minute. So nothing is silent, and nothing floods.
import type { Clock } from './clock.ts';
import { AuditError, type AuditErrorCode, messageOf } from './error.ts';

/** Tells a trouble. `last`: nothing comes after it that could tell of it, so that it is told now. */
export type Report = (error: AuditError, when?: 'last') => void;

const quietMs = 60_000;
const dropQuietMs = 1_000;

/** A function that tells troubles. It never throws, and an onError that logs does not call itself for ever. */
export function reporter(clock: Clock, onError: ((error: AuditError) => void) | undefined): Report {
  const warnedMs = new Map<string, number>();
  let telling = false;

  const warn = (code: string, message: string): void => {
    const now = clock.monotonicMs();
    if (now - (warnedMs.get(code) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
    warnedMs.set(code, now);
    process.emitWarning(message, { type: 'AuditWarning', code });
  };
  // onError is the caller's code: logging goes on whatever it does, and its failure is told where nobody can miss it.
  const onErrorFailed = (error: AuditError, failure: unknown): void => {
    warn(error.code, `${error.message} (and onError failed: ${messageOf(failure)})`);
  };

  const untilSettled = async (told: Promise<unknown>, error: AuditError): Promise<void> => {
    try {
      await told;
    } catch (failure) {
      onErrorFailed(error, failure);
    }
  };

  const tell = (error: AuditError): void => {
    if (telling) return;
    telling = true;
    try {
      if (onError === undefined) {
        warn(error.code, error.message);
        return;
      }
      const told: unknown = onError(error);
      if (told instanceof Promise) void untilSettled(told, error);
    } catch (failure) {
      onErrorFailed(error, failure);
    } finally {
      telling = false;
    }
  };
  return onError === undefined ? tell : oncePerSecond(clock, tell);
}

/** Troubles of one code that were not told since one was. */
interface Untold {
  newest: AuditError | undefined;
  count: number;
}

/**
 * Tells what concerns single events (`drop`) at most once a second for each code, the first at once, the newest of the rest when the
 * second is over. An onError that logs, later, an event that has to go as well would be called for it again, for ever.
 */
function oncePerSecond(clock: Clock, tell: (error: AuditError) => void): Report {
  const quiet = new Map<AuditErrorCode, Untold>();

  const tellNow = (error: AuditError, others: number): void => {
    const untold: Untold = { newest: undefined, count: 0 };
    quiet.set(error.code, untold);
    clock.after(dropQuietMs, () => {
      if (quiet.get(error.code) !== untold) return;
      quiet.delete(error.code);
      if (untold.newest !== undefined) tellNow(untold.newest, untold.count - 1);
    });
    tell(others === 0 ? error : withUntold(error, others));
  };

  return (error, when) => {
    if (error.action !== 'drop') return tell(error);
    const untold = quiet.get(error.code);
    if (untold === undefined || when === 'last') return tellNow(error, untold?.count ?? 0);
    untold.newest = error;
    untold.count++;
  };
}

function withUntold({ code, action, message, cause }: AuditError, others: number): AuditError {
  const more = `${others} more of ${code} came within a second, and were not told one by one`;
  return new AuditError(code, action, `${message} (${more})`, { cause });
}
