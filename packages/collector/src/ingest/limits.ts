import { entriesBytesMax, entriesHeadBytesMax } from '@agent-audit/log';

/** A rate that may be exceeded for a while: a bucket of `burst` tokens that fills by `perSecond`. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

/** How much ingest takes on. Beyond it, it refuses: it never grows. */
export interface IngestLimits {
  /** A whole body as it comes, compressed or not. */
  readonly bodyBytesMax: number;
  /** How long a body may take to come in. */
  readonly bodyDeadlineMs: number;
  /** Inflated bytes for a compressed one, from inflatedBytesFree on: lines compress well, bombs better. */
  readonly inflationRatioMax: number;
  readonly inflatedBytesFree: number;
  /** Bodies of all requests that are read, wait or are being stored. */
  readonly inFlightBytesMax: number;
  /** The same, of one log. */
  readonly inFlightBytesPerLogMax: number;
  /** Lines of one commit; a single request may be all of one. */
  readonly commitBytesMax: number;
  /** Requests of one token. Many agents may share a token. */
  readonly requests: Rate;
  readonly enrolments: Rate;
  /** Heartbeats are remembered at once and written so often. */
  readonly heartbeatsWrittenMs: number;
  /** When an erasure that failed is tried again. */
  readonly erasureRetryMs: number;
}

const mebibyte = 1024 * 1024;

/** What a collector of two cores takes on. */
export const defaultIngestLimits: IngestLimits = {
  bodyBytesMax: entriesBytesMax + entriesHeadBytesMax,
  bodyDeadlineMs: 60_000,
  inflationRatioMax: 256,
  inflatedBytesFree: mebibyte,
  inFlightBytesMax: 64 * mebibyte,
  inFlightBytesPerLogMax: 3 * (entriesBytesMax + entriesHeadBytesMax),
  commitBytesMax: 16 * mebibyte,
  requests: { perSecond: 2000, burst: 4000 },
  enrolments: { perSecond: 10, burst: 600 },
  heartbeatsWrittenMs: 5000,
  erasureRetryMs: 60_000,
};
