// Troubles that last, and stop nothing: each is told when it begins, and shown in health() until it is over.
import type { Clock } from '../clock.ts';
import { AuditError, type AuditErrorCode, type Trouble } from '../error.ts';

/** The lasting troubles of one log, at most one of each code. */
export class StandingTroubles {
  readonly #clock: Clock;
  readonly #report: (error: AuditError) => void;
  readonly #byCode = new Map<AuditErrorCode, Trouble>();

  constructor(clock: Clock, report: (error: AuditError) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  get all(): readonly Trouble[] {
    return [...this.#byCode.values()];
  }

  begin(error: AuditError): void {
    if (this.#byCode.has(error.code)) return;
    this.#byCode.set(error.code, { error, sinceMs: this.#clock.now() });
    this.#report(error);
  }

  /** One that mends itself, or is tried again until it is over. */
  beginRetried({ code, message }: Pick<AuditError, 'code' | 'message'>): void {
    this.begin(new AuditError(code, 'retry', message));
  }

  end(code: AuditErrorCode): void {
    this.#byCode.delete(code);
  }

  /** Whoever had them is gone; what still is will be told again. */
  clear(): void {
    this.#byCode.clear();
  }
}
