// How a part of the collector says no: it throws a Refusal, and the server's one error handler turns it into a problem on the wire.
import type { WireProblemCode } from '@agent-audit/log';

export interface RefusalOptions extends ErrorOptions {
  /** Further members of the problem, which belong to its code. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** Seconds after which to come again: the header Retry-After. */
  readonly retryAfterSeconds?: number;
}

/** A request that is not done as asked, and why: the message goes to whoever asked, so that it names what to do next, and no secret. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: WireProblemCode;
  readonly members: Readonly<Record<string, unknown>>;
  readonly retryAfterSeconds: number | undefined;

  constructor(code: WireProblemCode, message: string, { members = {}, retryAfterSeconds, ...options }: RefusalOptions = {}) {
    super(message, options);
    this.code = code;
    this.members = members;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
