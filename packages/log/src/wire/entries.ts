// POST /v1/entries, gzip or plain: a head line, then the raw lines of [old, size), each with its LF.
//
//   {"old":N,"size":M,"note":"<the log's checkpoint at M>","sealed":T?,"seen":"<newest note this collector cosigned>"?,
//    "base":<sidecar record>?}
//
// `size` equal to `old` and no lines: a heartbeat. `base`: the log's lines below it are gone at the agent, so the collector is to go on
// at base.size, and records what it never got as a gap. The answer is a receipt, sent when the lines are stored durably, never before.
import { LogError } from '../error.ts';
import { Fields, type JsonObject, parseJsonObject } from '../line-fields.ts';
import { formatSidecarRecord, parseSidecarRecord, type SidecarRecord } from '../sidecar.ts';

/** What the lines of one request are, and what signs them. Nothing in it is verified. */
export interface EntriesHead {
  /** The size that the collector is thought to have: the seq of the first line. */
  readonly old: number;
  /** The size after these lines. */
  readonly size: number;
  /** The log's signed checkpoint at `size`; its first line is the origin. */
  readonly note: string;
  /** Lines that the log had, sealed, when these were read: what is beyond `size` is still to come. An older agent does not say. */
  readonly sealed?: number;
  /** The newest note that this collector cosigned, with its cosignature. Where it is beyond what the collector has, that has lost data. */
  readonly seen?: string;
  /** The checkpoint at `old`, where the lines before it are gone. */
  readonly base?: SidecarRecord;
}

/** The answer: all lines below `size` are stored durably, and witnessed. */
export interface Receipt {
  readonly size: number;
  /** The signature line to append to the note, without LF. */
  readonly cosignature: string;
}

/** What a collector has of a log, where that is not what the agent thought (SIZE_CONFLICT). */
export interface Conflict {
  readonly size: number;
  /** The newest note with this collector's cosignature; none where the collector has nothing yet. */
  readonly note?: string;
}

/** The head as a line, with LF. parseEntriesHead is its inverse. */
export function formatEntriesHead({ old, size, note, sealed, seen, base }: EntriesHead): string {
  const head: Record<string, unknown> = { old, size, note };
  if (sealed !== undefined) head['sealed'] = sealed;
  if (seen !== undefined) head['seen'] = seen;
  if (base !== undefined) head['base'] = JSON.parse(formatSidecarRecord(base));
  return `${JSON.stringify(head)}\n`;
}

/**
 * Reads a head line (without LF).
 * @throws LogError WIRE_MALFORMED
 */
export function parseEntriesHead(line: string): EntriesHead {
  const { fields, values } = objectOf(line, 'the head of the entries');
  const old = fields.count('old');
  const size = fields.count('size');
  if (size < old) throw malformed('the head of the entries', `"size" ${size} is below "old" ${old}`);
  const sealed = fields.optionalCount('sealed');
  if (sealed !== undefined && sealed < size) throw malformed('the head of the entries', `"sealed" ${sealed} is below "size" ${size}`);
  const seen = fields.optionalText('seen');
  const head = {
    old,
    size,
    note: fields.text('note'),
    ...(sealed === undefined ? {} : { sealed }),
    ...(seen === undefined ? {} : { seen }),
  };
  if (fields.optionalObject('base') === undefined) return head;
  const base = readBase(values['base']);
  if (base.size !== old) throw malformed('the head of the entries', `"base" is at ${base.size}, "old" is ${old}`);
  return { ...head, base };
}

/** The JSON text of a receipt. */
export function formatReceipt({ size, cosignature }: Receipt): string {
  return JSON.stringify({ size, cosignature });
}

/**
 * Reads a receipt. Whether its cosignature holds is for the caller to verify.
 * @throws LogError WIRE_MALFORMED
 */
export function parseReceipt(body: string): Receipt {
  const { fields } = objectOf(body, 'the receipt');
  return { size: fields.count('size'), cosignature: fields.text('cosignature') };
}

/**
 * The members of a SIZE_CONFLICT.
 * @throws LogError WIRE_MALFORMED
 */
export function parseConflict(members: JsonObject): Conflict {
  const fields = wireFields(members, 'the conflict');
  const note = fields.optionalText('note');
  return note === undefined ? { size: fields.count('size') } : { size: fields.count('size'), note };
}

function readBase(value: unknown): SidecarRecord {
  try {
    return parseSidecarRecord(JSON.stringify(value));
  } catch (cause) {
    throw malformed('the head of the entries', `"base": ${cause instanceof Error ? cause.message : String(cause)}`, cause);
  }
}

/** A JSON object of the wire, for reading its fields. Refusals are WIRE_MALFORMED. */
export function objectOf(text: string, where: string): { readonly fields: WireFields; readonly values: JsonObject } {
  const values = parseJsonObject(text);
  if (values === undefined) throw malformed(where, 'it is not one JSON object');
  return { fields: wireFields(values, where), values };
}

/** Reads fields of the wire: as those of a line, with a code of their own. */
export class WireFields extends Fields {
  readonly #of: string;

  constructor(values: JsonObject, where: string) {
    super(values, where);
    this.#of = where;
  }

  override refuse(name: string, message: string): LogError {
    return malformed(this.#of, `"${name}" ${message}`);
  }
}

function wireFields(values: JsonObject, where: string): WireFields {
  return new WireFields(values, where);
}

/** A refusal of what came over the wire. */
export function malformed(where: string, why: string, cause?: unknown): LogError {
  return new LogError('WIRE_MALFORMED', `${where} cannot be read: ${why}`, { cause });
}
