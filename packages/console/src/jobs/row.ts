// One line of a job's picture.
import type { EventRef } from './fact.ts';

/** How a row ended. `open`: its end is not among the events. */
export type RowState = 'done' | 'failed' | 'open' | 'point';

/** What a row is, for its colour; its label says it too. */
export type RowKind = 'job' | 'scan' | 'upload' | 'wait' | 'other';

/** Something within a row. */
export interface Mark {
  readonly atMs: number;
  readonly tone: 'plain' | 'warn' | 'bad';
  readonly text: string;
}

/** One line of the picture. */
export interface StoryRow {
  readonly label: string;
  readonly kind: RowKind;
  /** The tool, the target or the report; which run of several. */
  readonly about?: string;
  readonly fromMs: number;
  /** Missing for points, and for what did not end. */
  readonly toMs?: number;
  /** What the event that ended it says: how long it took, by a clock that nobody sets. */
  readonly toldMs?: number;
  /** How long it waits from then on, as it says. */
  readonly waitMs?: number;
  /** What did not end is drawn so far: to the end of what it stands in, where that has one. */
  readonly openToMs?: number;
  readonly state: RowState;
  readonly isError: boolean;
  /** How it ended, where that has a name of its own. */
  readonly ending?: 'failed' | 'timed out' | 'denied' | 'unknown outcome';
  /** How deep it stands below other operations. */
  readonly depth: number;
  /** How often it stands there in a row. */
  readonly times: number;
  readonly message: string;
  readonly error?: string;
  readonly findings?: number;
  readonly marks: readonly Mark[];
  /** The event that it began with. */
  readonly firstSeq: number;
  /** The event that it ended with, or the last that is known of it. */
  readonly ref: EventRef;
}

/** The seqs of a row: `#12`, or `#12–#15`. */
export function seqsOf({ firstSeq, ref }: StoryRow): string {
  return firstSeq === ref.seq ? `#${ref.seq}` : `#${firstSeq}–#${ref.seq}`;
}

/** How long a row took: as it says itself, or by the times of its first and its last line. */
export function tookMsOf({ toldMs, fromMs, toMs }: StoryRow): number | undefined {
  return toldMs ?? (toMs === undefined ? undefined : toMs - fromMs);
}

/** What is said of a row: where it failed, why. */
export function saidOf({ isError, message, error }: StoryRow): string {
  return error === undefined ? message : isError ? error : `${message}: ${error}`;
}
