// Troubles, told. With onError every one; without it one warning of the process for each code and minute, so that nothing is
// silent and nothing floods.
import type { Clock } from './clock.ts';
import { type AuditError, messageOf } from './error.ts';

const quietMs = 60_000;

/** A function that tells troubles. It never throws, and an onError that logs does not call itself for ever. */
export function reporter(clock: Clock, onError: ((error: AuditError) => void) | undefined): (error: AuditError) => void {
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

  return (error) => {
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
}
