// A segment's sidecar: NDJSON, one record a checkpoint, `{"size":…,"ts":…,"frontier":[…],"note":…}`. Its first record is the
// checkpoint at the segment's first seq: the base from which a log whose head was deleted still verifies.
import { decodeBase64, decodeUtf8, encodeBase64 } from './bytes.ts';
import { readCheckpoint } from './checkpoint.ts';
import { LogError } from './error.ts';
import type { Hash } from './hash.ts';
import { isTimestamp, parseJsonObject } from './line-fields.ts';
import { noteBytesMax } from './note.ts';

/** One checkpoint of a segment. The frontier is a hint: who uses it compares its root with the signed one. */
export interface SidecarRecord {
  readonly size: number;
  /** When the log's own clock says it was signed: RFC 3339, UTC. It proves nothing. */
  readonly ts: string;
  /** The tree over [0, size), largest subtree first. */
  readonly frontier: readonly Hash[];
  /** The signed checkpoint, and whatever cosignatures it has. */
  readonly note: string;
}

/** What a sidecar holds. */
export interface Sidecar {
  readonly records: SidecarRecord[];
  /** Where the last good record ends, its LF included. */
  readonly bytesWhole: number;
  /** Whether an unterminated record follows: a write that was cut off, which readers ignore. */
  readonly torn: boolean;
}

/** Bytes of the longest record: the longest note with each character escaped, and a full frontier. */
export const sidecarRecordBytesMax: number = 2 * noteBytesMax + 8192;

/** One record as its line, with LF. parseSidecarRecord is its inverse. */
export function formatSidecarRecord(record: SidecarRecord): string {
  return `${spell({ ...record, frontier: record.frontier.map(encodeBase64) })}\n`;
}

/**
 * Reads one record from its line (without LF). Only what formatSidecarRecord writes is accepted.
 * @throws LogError SIDECAR_MALFORMED
 */
export function parseSidecarRecord(line: string): SidecarRecord {
  const fields = parseJsonObject(line);
  if (fields === undefined) throw malformed('it is not a JSON object');
  const { size, ts, frontier, note } = fields;
  if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) throw malformed('"size" is not an integer from 0 to 2^53-1');
  if (typeof ts !== 'string' || !isTimestamp(ts)) throw malformed('"ts" is not a UTC time with milliseconds');
  if (typeof note !== 'string') throw malformed('"note" is not a string');
  if (!isStringList(frontier)) throw malformed('"frontier" is not a list of strings');
  const signed = readNote(note);
  if (signed.size !== size) throw malformed(`"size" is ${size}, its checkpoint's is ${signed.size}`);
  if (spell({ size, ts, frontier, note }) !== line) throw malformed('it is not spelled as the format asks (fields, order, no spaces)');
  return { size, ts, frontier: decodeFrontier(frontier, size), note };
}

/**
 * Reads a sidecar up to the first record that is not sound; `fault` says what that is. An unterminated last record is no
 * fault. After a power cut a fault among records that were never synced is possible: recovery goes on from the last good one.
 */
export function readSidecar(bytes: Uint8Array): Sidecar & { readonly fault?: LogError } {
  const records: SidecarRecord[] = [];
  let at = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return { records, bytesWhole: at, torn: at < bytes.length };
    try {
      const record = parseRecordBytes(bytes.subarray(at, end));
      const previous = records.at(-1);
      if (previous !== undefined && record.size < previous.size) throw malformed(`"size" falls from ${previous.size} to ${record.size}`);
      records.push(record);
    } catch (cause) {
      if (!(cause instanceof LogError)) throw cause;
      const fault = new LogError('SIDECAR_MALFORMED', `line ${records.length + 1}: ${cause.message}`, { cause });
      return { records, bytesWhole: at, torn: false, fault };
    }
    at = end + 1;
  }
}

/**
 * Reads a sidecar of which every terminated record must be sound.
 * @throws LogError SIDECAR_MALFORMED, naming the line
 */
export function parseSidecar(bytes: Uint8Array): Sidecar {
  const { fault, ...sidecar } = readSidecar(bytes);
  if (fault !== undefined) throw fault;
  return sidecar;
}

function parseRecordBytes(bytes: Uint8Array): SidecarRecord {
  if (bytes.length > sidecarRecordBytesMax) throw malformed(`it has ${bytes.length} bytes, the most is ${sidecarRecordBytesMax}`);
  const line = decodeUtf8(bytes);
  if (line === undefined) throw malformed('it is not UTF-8');
  return parseSidecarRecord(line);
}

/** The one spelling of a record: these fields, in this order. */
function spell({ size, ts, frontier, note }: Omit<SidecarRecord, 'frontier'> & { readonly frontier: readonly string[] }): string {
  return JSON.stringify({ size, ts, frontier, note });
}

function isStringList(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}

function decodeFrontier(base64: readonly string[], size: number): Hash[] {
  const hashes = base64.map((item) => {
    const hash = decodeBase64(item);
    if (hash?.length !== 32) throw malformed('"frontier" holds something else than base64 of 32 bytes');
    return hash;
  });
  const subtrees = [...size.toString(2)].filter((bit) => bit === '1').length;
  if (hashes.length !== subtrees) throw malformed(`"frontier" has ${hashes.length} hashes, a tree of ${size} has ${subtrees} subtrees`);
  return hashes;
}

function readNote(note: string): { size: number } {
  try {
    return readCheckpoint(note);
  } catch (cause) {
    throw malformed(`"note": ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

function malformed(why: string, cause?: unknown): LogError {
  return new LogError('SIDECAR_MALFORMED', `not a checkpoint record: ${why}`, { cause });
}
