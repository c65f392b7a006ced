import { messageOf } from '../error.ts';
import type { FinalWhy, ShipTroubleCode } from './messages.ts';

/** Shipping does not go on for now: what happened, and when it may be tried again at the earliest. */
export class ShipTrouble extends Error {
  override readonly name = 'ShipTrouble';
  readonly code: ShipTroubleCode;
  readonly retryAfterMs: number | undefined;

  constructor(code: ShipTroubleCode, message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}

/** Nothing more can be shipped under this origin: two checkpoints contradict each other. */
export class ShipFinal extends Error {
  override readonly name = 'ShipFinal';
  readonly why: FinalWhy;
  /** The log's own checkpoint, and the one that contradicts it, where there is one. */
  readonly ours: string;
  readonly theirs: string | undefined;

  constructor(why: FinalWhy, message: string, notes: { readonly ours: string; readonly theirs: string | undefined }) {
    super(message);
    this.why = why;
    this.ours = notes.ours;
    this.theirs = notes.theirs;
  }
}

const kept = 'Lines stay in the log, and are shipped when it answers';

/** No collector answers. */
export function unreachable(endpoint: string, why: string, retryAfterMs?: number): ShipTrouble {
  return new ShipTrouble('REMOTE_UNREACHABLE', `${endpoint} does not take lines: ${why}. ${kept}`, retryAfterMs);
}

/** A collector answers, and wants something else. */
export function refusedBy(endpoint: string, why: string, next: string, retryAfterMs?: number): ShipTrouble {
  const message = `${endpoint} refuses: ${why}. ${next}. Lines stay in the log, and it is tried again`;
  return new ShipTrouble('REMOTE_REFUSED', message, retryAfterMs);
}

/** Something answers that cannot be believed. */
export function untrusted(endpoint: string, why: string, keysFile: string): ShipTrouble {
  const next = `Find out who answers there. Where the collector was given another key, put its vkey into option remoteKey or ${keysFile}`;
  return new ShipTrouble('REMOTE_UNTRUSTED', `${endpoint} answered what cannot be believed: ${why}. Nothing of it was accepted. ${next}`);
}

/** The disk or the log's own files stand in the way. */
export function shippingFailed(logFile: string, cause: unknown): ShipTrouble {
  const next = 'Lines are written and sealed all the same; it is tried again';
  return new ShipTrouble('SHIPPING_FAILED', `${logFile} cannot be shipped: ${messageOf(cause)}. ${next}`, undefined, { cause });
}
