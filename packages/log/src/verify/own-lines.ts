import { decodeUtf8 } from '../bytes.ts';
import { LogError } from '../error.ts';
import {
  isReservedType,
  type LogCloseDetails,
  type LogErasureDetails,
  type LogLossDetails,
  type LogOpenDetails,
  type LogPruneDetails,
  type LogRecoveredDetails,
} from '../event.ts';
import { parseJsonObject } from '../line-fields.ts';
import { erasedLeaf, isLogType, type LogLine, parseLogLine, typeStart } from '../line.ts';

/** The details of one of the log's own lines, under the line's seq. */
export type At<Details> = { readonly seq: number } & Details;

/** An operation whose outcome is unknown: the seq of the `log.orphan` line, and that of the operation's first line. */
export interface Orphan {
  readonly seq: number;
  readonly operation: number;
  readonly span_id: string;
}

/** What the log says about itself, gathered while its lines go by. Plain data: it may be sent to another thread. */
export interface OwnLines {
  readonly opens: At<Pick<LogOpenDetails, 'origin' | 'vkey' | 'previous'>>[];
  readonly recoveries: At<LogRecoveredDetails>[];
  readonly losses: At<LogLossDetails>[];
  readonly prunes: At<LogPruneDetails>[];
  readonly erasures: At<LogErasureDetails>[];
  readonly orphans: Orphan[];
  /** Seqs of the stubs that erased lines left. */
  readonly stubs: number[];
  readonly malformed: { readonly seq: number; readonly message: string }[];
  /** The newest `log.close`. */
  close?: At<LogCloseDetails>;
  /** The first `log.open` of a format that is newer than this code. */
  newerFormat?: { readonly seq: number; readonly format: number };
}

/** What a log without any own lines says: the start of gathering. */
export function noOwnLines(): OwnLines {
  return { opens: [], recoveries: [], losses: [], prunes: [], erasures: [], orphans: [], stubs: [], malformed: [] };
}

/** Takes note of bytes[start,end) if it is one of the log's own lines. Called for every line: nearly all cost a few bytes' look. */
export function noteOwnLine(own: OwnLines, bytes: Uint8Array, start: number, end: number, seq: number): void {
  const at = typeStart(bytes, start, end);
  if (at < 0 ? hasReservedType(bytes, start, end) : isLogType(bytes, at)) readOwnLine(own, bytes, start, end, seq);
}

/** For a line whose type does not stand in its usual place. */
function hasReservedType(bytes: Uint8Array, start: number, end: number): boolean {
  const type = parseJsonObject(decodeUtf8(bytes.subarray(start, end)) ?? '')?.['type'];
  return typeof type === 'string' && isReservedType(type);
}

function readOwnLine(own: OwnLines, bytes: Uint8Array, start: number, end: number, seq: number): void {
  if (erasedLeaf(bytes, start, end) !== undefined) {
    own.stubs.push(seq);
    return;
  }
  try {
    const reading = parseLogLine(bytes.subarray(start, end));
    if (reading.kind === 'known') addOwnLine(own, reading.line);
    else if (reading.kind === 'newer-format') own.newerFormat ??= { seq, format: reading.format };
    else if (reading.type === 'log.erased') own.malformed.push({ seq, message: `line ${seq}: a log.erased stub not in its exact form` });
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    own.malformed.push({ seq, message: error.message });
  }
}

function addOwnLine(own: OwnLines, { seq, type, details }: LogLine): void {
  switch (type) {
    case 'log.open':
      own.opens.push({ seq, origin: details.origin, vkey: details.vkey, ...(details.previous && { previous: details.previous }) });
      return;
    case 'log.close':
      own.close = { seq, ...details };
      return;
    case 'log.recovered':
      own.recoveries.push({ seq, ...details });
      return;
    case 'log.loss':
      own.losses.push({ seq, ...details });
      return;
    case 'log.prune':
      own.prunes.push({ seq, ...details });
      return;
    case 'log.erasure':
      own.erasures.push({ seq, ...details });
      return;
    case 'log.orphan':
      own.orphans.push({ seq, operation: details.seq, span_id: details.span_id });
      return;
    default:
      return type satisfies never;
  }
}

/** The own lines of a whole log, from those of its segments in order. */
export function mergeOwnLines(parts: readonly OwnLines[]): OwnLines {
  const close = parts.findLast((part) => part.close !== undefined)?.close;
  const newerFormat = parts.find((part) => part.newerFormat !== undefined)?.newerFormat;
  return {
    opens: parts.flatMap((part) => part.opens),
    recoveries: parts.flatMap((part) => part.recoveries),
    losses: parts.flatMap((part) => part.losses),
    prunes: parts.flatMap((part) => part.prunes),
    erasures: parts.flatMap((part) => part.erasures),
    orphans: parts.flatMap((part) => part.orphans),
    stubs: parts.flatMap((part) => part.stubs),
    malformed: parts.flatMap((part) => part.malformed),
    ...(close && { close }),
    ...(newerFormat && { newerFormat }),
  };
}
