import { decodeUtf8 } from './bytes.ts';
import {
  formatVersion,
  type LogCloseDetails,
  type LogDetails,
  type LogErasureDetails,
  type LogLossDetails,
  type LogOpenDetails,
  type LogOrphanDetails,
  type LogPruneDetails,
  type LogRecoveredDetails,
} from './event.ts';
import { Fields, malformedLine, parseJsonObject } from './line-fields.ts';

/** One of the log's own lines, with its details. A `log.erased` stub is none of these: see `erasedLeaf`. */
export type LogLine = { readonly [T in keyof LogDetails]: LogLineOf<T> }[keyof LogDetails];

interface LogLineOf<T extends keyof LogDetails> {
  readonly seq: number;
  readonly type: T;
  readonly details: LogDetails[T];
}

/** What a line of a `log.*` type turned out to be: one that this version knows, one it does not, or the sign of a newer format. */
export type LogLineReading =
  | { readonly kind: 'known'; readonly line: LogLine }
  | { readonly kind: 'unknown'; readonly seq: number; readonly type: string }
  | { readonly kind: 'newer-format'; readonly seq: number; readonly format: number };

/**
 * Reads a line whose type begins with `log.`. A type that is not known here is no error: a later version may add some. A
 * `log.open` of a newer format is read no further than its version.
 *
 * @throws LogError LINE_MALFORMED
 */
export function parseLogLine(line: Uint8Array): LogLineReading {
  const values = parseJsonObject(decodeUtf8(line) ?? '');
  if (values === undefined) throw malformedLine('the line', 'it is not one JSON object in UTF-8');
  const seq = new Fields(values, 'the line').count('seq');
  const fields = new Fields(values, `line ${seq}`);
  const type = fields.text('type');
  if (type === 'log.open') {
    const format = fields.fields('details').count('format');
    if (format > formatVersion) return { kind: 'newer-format', seq, format };
  }
  const known = readLogLine(seq, type, fields);
  return known === undefined ? { kind: 'unknown', seq, type } : { kind: 'known', line: known };
}

function readLogLine(seq: number, type: string, fields: Fields): LogLine | undefined {
  switch (type) {
    case 'log.open':
      return { seq, type, details: readOpen(fields.fields('details')) };
    case 'log.close':
      return { seq, type, details: readClose(fields.fields('details')) };
    case 'log.recovered':
      return { seq, type, details: readRecovered(fields.fields('details')) };
    case 'log.loss':
      return { seq, type, details: readLoss(fields.fields('details')) };
    case 'log.prune':
      return { seq, type, details: readPrune(fields.fields('details')) };
    case 'log.erasure':
      return { seq, type, details: readErasure(fields.fields('details')) };
    case 'log.orphan':
      return { seq, type, details: readSpan(fields.fields('details')) };
    default:
      return undefined;
  }
}

function readOpen(fields: Fields): LogOpenDetails {
  const previous = fields.optionalFields('previous');
  const openOperations = fields.optionalList('open_operations');
  const omitted = fields.optionalCount('open_operations_omitted');
  return {
    format: fields.count('format'),
    origin: fields.text('origin'),
    vkey: fields.text('vkey'),
    host: fields.text('host'),
    pid: fields.count('pid'),
    node: fields.text('node'),
    version: fields.text('version'),
    first: fields.count('first'),
    ...(previous && { previous: { origin: previous.text('origin'), why: previous.text('why') } }),
    ...(openOperations && { open_operations: openOperations.map(readSpan) }),
    ...(omitted !== undefined && { open_operations_omitted: omitted }),
  };
}

function readClose(fields: Fields): LogCloseDetails {
  const reason = fields.text('reason');
  if (reason !== 'stop' && reason !== 'rotate') throw fields.refuse('reason', 'is not stop or rotate');
  return { reason };
}

function readRecovered(fields: Fields): LogRecoveredDetails {
  const tornBytes = fields.optionalCount('torn_bytes');
  const tornSha256 = fields.optionalText('torn_sha256');
  const tornFiles = fields.optionalTexts('torn_files');
  const sealedFrom = fields.optionalCount('sealed_from');
  const sealedTo = fields.optionalCount('sealed_to');
  const successor = fields.optionalText('successor');
  if (successor !== undefined && successor !== 'absent') throw fields.refuse('successor', 'is not absent');
  return {
    ...(tornBytes !== undefined && { torn_bytes: tornBytes }),
    ...(tornSha256 !== undefined && { torn_sha256: tornSha256 }),
    ...(tornFiles && { torn_files: tornFiles }),
    ...(sealedFrom !== undefined && { sealed_from: sealedFrom }),
    ...(sealedTo !== undefined && { sealed_to: sealedTo }),
    ...(successor && { successor }),
  };
}

function readLoss(fields: Fields): LogLossDetails {
  return {
    events: fields.count('events'),
    first_at: fields.timestamp('first_at'),
    last_at: fields.timestamp('last_at'),
    why: fields.text('why'),
    counts: fields.list('counts').map(readLossCount),
    other: fields.count('other'),
  };
}

function readLossCount(fields: Fields): LogLossDetails['counts'][number] {
  return { type: fields.text('type'), severity: fields.text('severity'), events: fields.count('events') };
}

function readPrune(fields: Fields): LogPruneDetails {
  return { next: fields.count('next'), bytes: fields.count('bytes'), why: fields.text('why') };
}

function readErasure(fields: Fields): LogErasureDetails {
  return { seqs: fields.counts('seqs'), why: fields.text('why'), by: fields.text('by') };
}

function readSpan(fields: Fields): LogOrphanDetails {
  return { seq: fields.count('seq'), span_id: fields.text('span_id') };
}
