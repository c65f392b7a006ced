import { decodeBase64, decodeUtf8 } from './bytes.ts';
import { type Actor, type ImportedFrom, isActorType, isOutcome, isSeverity, type RecordedEvent, type Target } from './event.ts';
import { Fields, malformedLine, parseJsonObject } from './line-fields.ts';

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Reads a line into an event: wire names to camelCase. Fields that the format does not name are passed over (a later version
 * may add some), so hand a line on as its bytes, never written anew from the event. A known field with a value of the wrong
 * kind, a missing timestamp, type, severity or message, and anything that is not one JSON object refuse the line.
 *
 * @throws LogError LINE_MALFORMED
 */
export function parseLine(line: Uint8Array | string): RecordedEvent {
  const source = typeof line === 'string' ? line : decodeUtf8(line);
  if (source === undefined) throw malformedLine('the line', 'it is not UTF-8');
  const values = parseJsonObject(source);
  if (values === undefined) throw malformedLine('the line', 'it is not one JSON object');
  const seq = new Fields(values, 'the line').count('seq');
  const fields = new Fields(values, `line ${seq}`);
  const type = fields.text('type');
  if (type === 'log.erased') return { seq, timestamp: '', type, severity: '', message: '', leaf: leafOf(fields) };
  const severity = fields.text('severity');
  if (!isSeverity(severity)) throw fields.refuse('severity', 'is not DEBUG, INFO, WARN, ERROR or CRITICAL');
  const event: Writable<RecordedEvent> = { seq, timestamp: fields.timestamp('timestamp'), type, severity, message: fields.text('message') };
  readIds(event, fields);
  readFacts(event, fields);
  readProvenance(event, fields);
  return event;
}

function leafOf(fields: Fields): string {
  const leaf = fields.text('leaf');
  if (decodeBase64(leaf)?.length !== 32) throw fields.refuse('leaf', 'is not the base64 of 32 bytes');
  return leaf;
}

function readIds(event: Writable<RecordedEvent>, fields: Fields): void {
  const agentId = fields.optionalText('agent_id');
  if (agentId !== undefined) event.agentId = agentId;
  const tenantId = fields.optionalText('tenant_id');
  if (tenantId !== undefined) event.tenantId = tenantId;
  const jobId = fields.optionalText('job_id');
  if (jobId !== undefined) event.jobId = jobId;
  const reportId = fields.optionalText('report_id');
  if (reportId !== undefined) event.reportId = reportId;
  const traceId = fields.optionalText('trace_id');
  if (traceId !== undefined) event.traceId = traceId;
  const spanId = fields.optionalText('span_id');
  if (spanId !== undefined) event.spanId = spanId;
  const parentSpanId = fields.optionalText('parent_span_id');
  if (parentSpanId !== undefined) event.parentSpanId = parentSpanId;
}

function readFacts(event: Writable<RecordedEvent>, fields: Fields): void {
  const error = fields.optionalText('error');
  if (error !== undefined) event.error = error;
  const durationMs = fields.optionalNumber('duration_ms');
  if (durationMs !== undefined) event.durationMs = durationMs;
  const details = fields.optionalObject('details');
  if (details !== undefined) event.details = details;
  const actor = fields.optionalFields('actor');
  if (actor !== undefined) event.actor = readActor(actor);
  const target = fields.optionalFields('target');
  if (target !== undefined) event.target = readTarget(target);
  const outcome = fields.optionalText('outcome');
  if (outcome !== undefined) {
    if (!isOutcome(outcome)) throw fields.refuse('outcome', 'is not success, failure, denied, timeout or unknown');
    event.outcome = outcome;
  }
  const operation = fields.optionalText('operation');
  if (operation === undefined) return;
  if (operation !== 'start' && operation !== 'end') throw fields.refuse('operation', 'is not start or end');
  event.operation = operation;
}

function readProvenance(event: Writable<RecordedEvent>, fields: Fields): void {
  if (fields.has('recorded_at')) event.recordedAt = fields.timestamp('recorded_at');
  const invalid = fields.optionalTexts('invalid');
  if (invalid !== undefined) event.invalid = invalid;
  const imported = fields.optionalFields('imported');
  if (imported !== undefined) event.imported = readImported(imported);
  const truncated = fields.optionalFields('truncated');
  if (truncated !== undefined) event.truncated = { bytes: truncated.count('bytes') };
}

function readActor(fields: Fields): Actor {
  const type = fields.text('type');
  if (!isActorType(type)) throw fields.refuse('type', 'is not user, service, agent or system');
  return { type, ...readIdentity(fields) };
}

function readTarget(fields: Fields): Target {
  return { type: fields.text('type'), ...readIdentity(fields) };
}

function readIdentity(fields: Fields): { id: string; name?: string } {
  const name = fields.optionalText('name');
  return name === undefined ? { id: fields.text('id') } : { id: fields.text('id'), name };
}

function readImported(fields: Fields): ImportedFrom {
  return { from: fields.text('from'), fileSha256: fields.text('file_sha256'), line: fields.count('line') };
}
