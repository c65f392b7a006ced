// What can go wrong between the console and its collector, as one kind of error that pages can show.
import type { WireProblem, WireProblemCode } from '@agent-audit/log';

/** Why there is no answer. `UNREACHABLE` and `ANSWER_UNREADABLE` are the console's own: the collector said nothing that can be read. */
export type ProblemCode = WireProblemCode | 'UNREACHABLE' | 'ANSWER_UNREADABLE';

/** A request that was not answered as it should be. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** The HTTP status; undefined where there was no answer at all. */
  readonly status: number | undefined;
  /** What the collector said besides, by the problem's code. */
  readonly members: WireProblem['members'];

  constructor(code: ProblemCode, message: string, status?: number, members: WireProblem['members'] = {}) {
    super(message);
    this.code = code;
    this.status = status;
    this.members = members;
  }
}

/** Whether nobody is signed in (any more). */
export function isSignedOut(error: unknown): boolean {
  return error instanceof Problem && error.status === 401;
}

/**
 * Whether the same request may well be answered in a moment. STORE_REFUSED is none of these: the store refuses for good (a password, a
 * right), until its operator acts, and what it says of that is to be read at once.
 */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof Problem)) return false;
  return error.code === 'UNREACHABLE' || error.code === 'UNAVAILABLE' || error.code === 'STORE_FULL' || error.code === 'RATE_LIMITED';
}
