/**
 * The log's own events. Their details are part of the format: the names below are the names on the line.
 * Every change to a shape needs a new format version, unless it only adds an optional field.
 */

/** The format version that this code writes, and the newest that it reads. */
export const formatVersion = 1;

/** The types of the log's own lines; `log.erased` is what an erased line leaves behind. */
export const logEventTypes = [
  'log.open',
  'log.close',
  'log.recovered',
  'log.loss',
  'log.prune',
  'log.erasure',
  'log.orphan',
  'log.erased',
] as const;
/** The type of one of the log's own lines. */
export type LogEventType = (typeof logEventTypes)[number];

/** Whether a type belongs to the log itself. The whole `log.` prefix is reserved, so that later versions can add to it. */
export function isReservedType(type: string): boolean {
  return type.startsWith('log.');
}

/** An operation that had begun and not ended: the seq of its first line, and its span. */
export interface OpenOperation {
  readonly seq: number;
  readonly span_id: string;
}

/** How many operations a `log.open` lists at most; `open_operations_omitted` counts the rest. */
export const openOperationsMax = 1_000;

/** First line of every segment that a writer begins by itself, and of every start. */
export interface LogOpenDetails {
  readonly format: number;
  readonly origin: string;
  readonly vkey: string;
  readonly host: string;
  readonly pid: number;
  /** Version of Node, without `v`. */
  readonly node: string;
  /** Version of the writing package. */
  readonly version: string;
  /** First seq of the segment that the line stands in. */
  readonly first: number;
  /** The origin that was given up for this one, and the code that says why. */
  readonly previous?: { readonly origin: string; readonly why: string };
  readonly open_operations?: readonly OpenOperation[];
  readonly open_operations_omitted?: number;
}

/** Last line of a segment (`rotate`: a successor must follow) or of a run (`stop`). */
export interface LogCloseDetails {
  readonly reason: 'stop' | 'rotate';
}

/** What recovery did. Events that were held only in memory when the writer died are unknown to it. */
export interface LogRecoveredDetails {
  /** Bytes that were no whole line, taken out of the log. */
  readonly torn_bytes?: number;
  /** SHA-256 (hex) of those bytes. */
  readonly torn_sha256?: string;
  /** Names of the files that end with them now. */
  readonly torn_files?: readonly string[];
  /** First and last seq (both inclusive) of whole lines that no checkpoint covered and that recovery sealed. */
  readonly sealed_from?: number;
  readonly sealed_to?: number;
  /** The last segment ended in `rotate` and the segment after it was not there. */
  readonly successor?: 'absent';
}

/** Events that could not be kept. The sum of `counts` and `other` is `events`. */
export interface LogLossDetails {
  readonly events: number;
  /** Times (RFC 3339) of the first and the last event lost. */
  readonly first_at: string;
  readonly last_at: string;
  readonly why: string;
  /** At most `lossCountsMax` pairs. */
  readonly counts: readonly { readonly type: string; readonly severity: string; readonly events: number }[];
  readonly other: number;
}

/** How many (type, severity) pairs a `log.loss` lists. */
export const lossCountsMax = 64;

/** Everything below `next` is deleted, or about to be: the line is under a checkpoint before the first file goes. */
export interface LogPruneDetails {
  readonly next: number;
  /** Size of the files deleted by this prune. */
  readonly bytes: number;
  readonly why: string;
}

/** These lines are erased, or about to be: each becomes a `log.erased` stub that keeps its leaf. */
export interface LogErasureDetails {
  readonly seqs: readonly number[];
  readonly why: string;
  readonly by: string;
}

/** An operation that a crash left open: its outcome is unknown. */
export interface LogOrphanDetails {
  readonly seq: number;
  readonly span_id: string;
}

/** The details that go with each of the log's own types. */
export interface LogDetails {
  readonly 'log.open': LogOpenDetails;
  readonly 'log.close': LogCloseDetails;
  readonly 'log.recovered': LogRecoveredDetails;
  readonly 'log.loss': LogLossDetails;
  readonly 'log.prune': LogPruneDetails;
  readonly 'log.erasure': LogErasureDetails;
  readonly 'log.orphan': LogOrphanDetails;
}
