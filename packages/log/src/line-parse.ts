import { decodeBase64 } from './bytes.ts';
import { LogError } from './error.ts';
import {
  type Actor,
  type Details,
  type ImportedFrom,
  isActorType,
  isOutcome,
  isSeverity,
  type RecordedEvent,
  type Target,
} from './event.ts';
import { decodeUtf8, isJsonObject, type JsonObject, parseJsonObject } from './line-json.ts';

const timestampPattern = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)\.\d{3,}Z$/;

/** Whether a text is a timestamp of the format: RFC 3339, UTC with `Z`, at least milliseconds. */
export function isTimestamp(text: string): boolean {
  return timestampPattern.test(text);
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

function malformed(seq: unknown, message: string): LogError {
  const where = typeof seq === 'number' ? `line ${seq}` : 'the line';
  return new LogError('LINE_MALFORMED', `${where}: ${message}; the raw line is still good for hashing and storing, only its fields cannot be read`);
}

function optionalText(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || typeof value === 'string') return value;
  throw malformed(fields['seq'], `"${name}" is not a text`);
}

function text(fields: JsonObject, name: string): string {
  const value = optionalText(fields, name);
  if (value === undefined) throw malformed(fields['seq'], `"${name}" is missing`);
  return value;
}

function optionalNumber(fields: JsonObject, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || (typeof value === 'number' && Number.isFinite(value))) return value;
  throw malformed(fields['seq'], `"${name}" is not a finite number`);
}

function count(fields: JsonObject, name: string): number {
  const value = fields[name];
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw malformed(fields['seq'], `"${name}" is not a whole number from 0 to 2^53-1`);
}

function optionalObject(fields: JsonObject, name: string): JsonObject | undefined {
  const value = fields[name];
  if (value === undefined || isJsonObject(value)) return value;
  throw malformed(fields['seq'], `"${name}" is not an object`);
}

function timestamp(fields: JsonObject, name: string): string {
  const value = text(fields, name);
  if (!isTimestamp(value)) throw malformed(fields['seq'], `"${name}" is not an RFC 3339 time in UTC with at least milliseconds`);
  return value;
}

function named(fields: JsonObject): { id: string; name?: string } {
  const name = optionalText(fields, 'name');
  return name === undefined ? { id: text(fields, 'id') } : { id: text(fields, 'id'), name };
}

function actor(fields: JsonObject): Actor {
  const type = text(fields, 'type');
  if (!isActorType(type)) throw malformed(undefined, `an actor cannot be a ${JSON.stringify(type)}`);
  return { type, ...named(fields) };
}

function target(fields: JsonObject): Target {
  return { type: text(fields, 'type'), ...named(fields) };
}

function imported(fields: JsonObject): ImportedFrom {
  return { from: text(fields, 'from'), fileSha256: text(fields, 'file_sha256'), line: count(fields, 'line') };
}

function texts(fields: JsonObject, name: string): readonly string[] | undefined {
  const value = fields[name];
  if (value === undefined) return undefined;
  if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string')) return value;
  throw malformed(fields['seq'], `"${name}" is not a list of texts`);
}

/**
 * Reads a line into an event: wire names to camelCase. Fields that the format does not name are passed over (a later version
 * may add some), so write a line on as bytes, never from the event. A known field with a value of the wrong kind, a missing
 * timestamp, type, severity or message, and anything that is not one JSON object refuse the line.
 *
 * @throws LogError LINE_MALFORMED
 */
export function parseLine(line: Uint8Array | string): RecordedEvent {
  const source = typeof line === 'string' ? line : decodeUtf8(line, 0, line.length);
  if (source === undefined) throw malformed(undefined, 'it is not UTF-8');
  const fields = parseJsonObject(source);
  if (fields === undefined) throw malformed(undefined, 'it is not one JSON object');
  const seq = count(fields, 'seq');
  const type = text(fields, 'type');
  if (type === 'log.erased') return { seq, timestamp: '', type, severity: '', message: '', leaf: leafText(fields) };
  const severity = text(fields, 'severity');
  if (!isSeverity(severity)) throw malformed(seq, `"severity" is ${JSON.stringify(severity)}, not DEBUG, INFO, WARN, ERROR or CRITICAL`);
  const event: Writable<RecordedEvent> = { seq, timestamp: timestamp(fields, 'timestamp'), type, severity, message: text(fields, 'message') };
  readIds(event, fields);
  readFacts(event, fields);
  readProvenance(event, fields);
  return event;
}

function leafText(fields: JsonObject): string {
  const leaf = text(fields, 'leaf');
  if (decodeBase64(leaf)?.length !== 32) throw malformed(fields['seq'], '"leaf" is not the base64 of 32 bytes');
  return leaf;
}

function readIds(event: Writable<RecordedEvent>, fields: JsonObject): void {
  const agentId = optionalText(fields, 'agent_id');
  if (agentId !== undefined) event.agentId = agentId;
  const tenantId = optionalText(fields, 'tenant_id');
  if (tenantId !== undefined) event.tenantId = tenantId;
  const jobId = optionalText(fields, 'job_id');
  if (jobId !== undefined) event.jobId = jobId;
  const reportId = optionalText(fields, 'report_id');
  if (reportId !== undefined) event.reportId = reportId;
  const traceId = optionalText(fields, 'trace_id');
  if (traceId !== undefined) event.traceId = traceId;
  const spanId = optionalText(fields, 'span_id');
  if (spanId !== undefined) event.spanId = spanId;
  const parentSpanId = optionalText(fields, 'parent_span_id');
  if (parentSpanId !== undefined) event.parentSpanId = parentSpanId;
}

function readFacts(event: Writable<RecordedEvent>, fields: JsonObject): void {
  const error = optionalText(fields, 'error');
  if (error !== undefined) event.error = error;
  const durationMs = optionalNumber(fields, 'duration_ms');
  if (durationMs !== undefined) event.durationMs = durationMs;
  const details: Details | undefined = optionalObject(fields, 'details');
  if (details !== undefined) event.details = details;
  const actorFields = optionalObject(fields, 'actor');
  if (actorFields !== undefined) event.actor = actor(actorFields);
  const targetFields = optionalObject(fields, 'target');
  if (targetFields !== undefined) event.target = target(targetFields);
  const outcome = optionalText(fields, 'outcome');
  if (outcome === undefined) return;
  if (!isOutcome(outcome)) throw malformed(event.seq, `"outcome" is ${JSON.stringify(outcome)}`);
  event.outcome = outcome;
}

function readProvenance(event: Writable<RecordedEvent>, fields: JsonObject): void {
  if (fields['recorded_at'] !== undefined) event.recordedAt = timestamp(fields, 'recorded_at');
  const invalid = texts(fields, 'invalid');
  if (invalid !== undefined) event.invalid = invalid;
  const importedFields = optionalObject(fields, 'imported');
  if (importedFields !== undefined) event.imported = imported(importedFields);
  const truncated = optionalObject(fields, 'truncated');
  if (truncated !== undefined) event.truncated = { bytes: count(truncated, 'bytes') };
}
