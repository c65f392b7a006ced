// One line of another writer as an event for our logger, or why it cannot be one. Nothing that a line says is dropped: what has no place of
// its own in an event goes into its details.
import {
  type Actor,
  type AuditEvent,
  decodeUtf8,
  isActorType,
  isOutcome,
  isReservedType,
  isSeverity,
  Severity,
  type Target,
} from '@agent-audit/log';
import { parseEvent, parseInstant, type WireEvent } from '@agent-audit/search';

/**
 * What wrote the lines. go: the Go logger of package audit, whose duration_ms holds nanoseconds. ndjson: any writer that uses the
 * names of our lines, duration_ms in milliseconds.
 */
export type SourceKind = 'go' | 'ndjson';

/** Every kind, as --from names it. */
export const sourceKinds: readonly SourceKind[] = ['go', 'ndjson'];

export type Conversion =
  | { readonly kind: 'event'; readonly event: AuditEvent; readonly isDurationConverted: boolean }
  | { readonly kind: 'blank' }
  | { readonly kind: 'refused'; readonly why: string };

/** A line cannot become an event: why. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** Converts a line without its end. */
export function convertLine(bytes: Uint8Array, kind: SourceKind): Conversion {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('it is not UTF-8');
  if (text.trim() === '') return { kind: 'blank' };
  const fields = parseEvent(keepIntegers(text));
  if (fields === undefined)
    return refused(text.includes('\0') ? 'it holds NUL bytes: a hole that a crash left' : 'it is not one JSON object; was it cut off?');
  try {
    return convert(fields, kind);
  } catch (error) {
    if (error instanceof Refusal) return refused(error.message);
    throw error;
  }
}

function refused(why: string): Conversion {
  return { kind: 'refused', why };
}

/** A string of JSON, or a duration, passed over; or an integer of so many digits that a double may not hold it. */
const stringOrLongInteger = /"duration_ms"\s*:\s*\d+|"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** Puts integers that JavaScript would round into quotation marks: their digits matter more than their kind. */
function keepIntegers(text: string): string {
  return text.replace(stringOrLongInteger, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
  );
}

const nanosecondsPerMillisecond = 1_000_000;

/** Fields of a line that have a place of their own in an event. */
const placed: ReadonlySet<string> = new Set([
  'timestamp',
  'type',
  'severity',
  'agent_id',
  'tenant_id',
  'job_id',
  'report_id',
  'message',
  'error',
  'duration_ms',
  'details',
  'trace_id',
  'span_id',
  'parent_span_id',
  'actor',
  'target',
  'outcome',
]);

function convert(fields: WireEvent, kind: SourceKind): Conversion {
  const duration = numberOf(fields, 'duration_ms');
  const type = textOf(fields, 'type') ?? refuse('"type" is missing');
  if (isReservedType(type)) refuse(`its type ${JSON.stringify(type)} is one that only a log itself uses`);
  const event: AuditEvent = {
    timestamp: timestampOf(fields),
    type,
    severity: severityOf(fields, kind),
    message: textOf(fields, 'message') ?? '',
    ...idsOf(fields),
    ...defined({
      error: textOf(fields, 'error'),
      durationMs: kind === 'go' && duration !== undefined ? duration / nanosecondsPerMillisecond : duration,
      details: detailsOf(fields),
      actor: actorOf(fields),
      target: targetOf(fields),
      outcome: outcomeOf(fields),
    }),
  };
  return { kind: 'event', event, isDurationConverted: kind === 'go' && duration !== undefined };
}

function refuse(why: string): never {
  throw new Refusal(why);
}

/** The values that are there. */
function defined<T extends Readonly<Record<string, unknown>>>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const result: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  for (const name in values) if (isDefined(values[name])) result[name] = values[name];
  return result;
}

function isDefined<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined;
}

/** Null is what other writers put where there is nothing. */
function textOf(fields: WireEvent, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : refuse(`"${name}" is not a text`);
}

function numberOf(fields: WireEvent, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(`"${name}" is not a number from 0 up`);
}

/** Longest time that a logger takes. */
const timestampUnitsMax = 64;

/** As it was written: the logger puts it into UTC, and keeps every digit. */
function timestampOf(fields: WireEvent): string {
  const timestamp = textOf(fields, 'timestamp') ?? refuse('"timestamp" is missing');
  const isTime =
    timestamp.includes(':') && timestamp.length <= timestampUnitsMax && parseInstant(timestamp.replace(' ', 'T')) !== undefined;
  return isTime ? timestamp : refuse(`"timestamp" ${JSON.stringify(timestamp.slice(0, timestampUnitsMax))} is not an RFC 3339 time`);
}

function severityOf(fields: WireEvent, kind: SourceKind): Severity {
  const severity = textOf(fields, 'severity');
  if (severity === undefined && kind === 'ndjson') return Severity.Info;
  return severity !== undefined && isSeverity(severity)
    ? severity
    : refuse(
        `"severity" ${severity === undefined ? 'is missing' : `${JSON.stringify(severity)} is not DEBUG, INFO, WARN, ERROR or CRITICAL`}`,
      );
}

function idsOf(fields: WireEvent): Partial<AuditEvent> {
  return defined({
    agentId: textOf(fields, 'agent_id'),
    tenantId: textOf(fields, 'tenant_id'),
    jobId: textOf(fields, 'job_id'),
    reportId: textOf(fields, 'report_id'),
    traceId: textOf(fields, 'trace_id'),
    spanId: textOf(fields, 'span_id'),
    parentSpanId: textOf(fields, 'parent_span_id'),
  });
}

/** The line's details, and beside them whatever else it says. */
function detailsOf(fields: WireEvent): Readonly<Record<string, unknown>> | undefined {
  const details = objectOf(fields, 'details');
  const others = Object.entries(fields).filter(([name]) => !placed.has(name));
  if (others.length === 0) return details;
  const clash = others.find(([name]) => details !== undefined && Object.hasOwn(details, name));
  if (clash !== undefined) refuse(`"${clash[0]}" is a field and one of the details`);
  return { ...details, ...Object.fromEntries(others) };
}

function objectOf(fields: WireEvent, name: string): WireEvent | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' && !Array.isArray(value) ? { ...value } : refuse(`"${name}" is not an object`);
}

function actorOf(fields: WireEvent): Actor | undefined {
  const actor = objectOf(fields, 'actor');
  if (actor === undefined) return undefined;
  const type = textOf(actor, 'type') ?? '';
  return isActorType(type)
    ? { type, ...namedOf(actor, 'actor') }
    : refuse(`"actor" has the type ${JSON.stringify(type)}, not user, service, agent or system`);
}

function targetOf(fields: WireEvent): Target | undefined {
  const target = objectOf(fields, 'target');
  if (target === undefined) return undefined;
  const type = textOf(target, 'type') ?? '';
  return type === '' ? refuse('"target" has no type') : { type, ...namedOf(target, 'target') };
}

function namedOf(party: WireEvent, what: string): { id: string; name?: string } {
  const id = textOf(party, 'id') ?? '';
  if (id === '') refuse(`"${what}" has no id`);
  return { id, ...defined({ name: textOf(party, 'name') }) };
}

function outcomeOf(fields: WireEvent): AuditEvent['outcome'] {
  const outcome = textOf(fields, 'outcome');
  if (outcome === undefined) return undefined;
  return isOutcome(outcome) ? outcome : refuse(`"outcome" ${JSON.stringify(outcome)} is not success, failure, denied, timeout or unknown`);
}
