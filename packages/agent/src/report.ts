// Troubles, told. With onError every one; without it one warning of the process for each code and minute, so that nothing is
// silent and nothing floods.
import type { Clock } from './clock.ts';
import type { AuditError, AuditErrorCode } from './error.ts';

const quietMs = 60_000;

/** A function that tells troubles. It never throws, and an onError that logs does not call itself for ever. */
export function reporter(clock: Clock, onError: ((error: AuditError) => void) | undefined): (error: AuditError) => void {
  const warnedMs = new Map<AuditErrorCode, number>();
  let telling = false;
  return (error) => {
    if (telling) return;
    telling = true;
    try {
      if (onError !== undefined) {
        onError(error);
        return;
      }
      const now = clock.monotonicMs();
      if (now - (warnedMs.get(error.code) ?? Number.NEGATIVE_INFINITY) < quietMs) return;
      warnedMs.set(error.code, now);
      process.emitWarning(error.message, { type: 'AuditWarning', code: error.code });
    } catch {
      // onError is the caller's code; logging goes on whatever it does.
    } finally {
      telling = false;
    }
  };
}
