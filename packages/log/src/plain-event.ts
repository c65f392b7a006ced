// An event as another writer says it, with the names of our lines: turned into an event for a logger, or refused with the reason. Nothing
// that it says is dropped: what has no place of its own in an event goes into its details.
import { type Actor, type AuditEvent, isActorType, isOutcome, isReservedType, isSeverity, Severity, type Target } from './event.ts';
import type { JsonObject } from './line-fields.ts';

/** How another writer says things. */
export interface PlainEventDialect {
  /** What its duration_ms holds, whatever the name says. */
  readonly durationUnit: 'ms' | 'ns';
  /** Whether a text is a time that a logger takes. */
  readonly isTime: (text: string) => boolean;
  /** What must be there besides the type; what may be missing, the logger fills in. */
  readonly needs: readonly ('timestamp' | 'severity')[];
}

/** What became of one. */
export type PlainEvent =
  | { readonly kind: 'event'; readonly event: AuditEvent; readonly isDurationConverted: boolean }
  | { readonly kind: 'refused'; readonly why: string };

/** An event cannot be taken: why. */
class Refusal extends Error {
  override readonly name = 'Refusal';
}

/** A string of JSON, or a duration, passed over; or an integer of so many digits that a double may not hold it. */
const stringOrLongInteger = /"duration_ms"\s*:\s*\d+|"(?:[^"\\]|\\.)*"|(?<![\d.eE+-])-?\d{16,}(?![\d.eE])/g;

/** JSON in which integers that JavaScript would round stand in quotation marks: their digits matter more than their kind. */
export function keepIntegers(json: string): string {
  return json.replace(stringOrLongInteger, (token) =>
    token.startsWith('"') || Number.isSafeInteger(Number(token)) ? token : `"${token}"`,
  );
}

/** Reads the fields of an event. */
export function readPlainEvent(fields: JsonObject, dialect: PlainEventDialect): PlainEvent {
  try {
    return convert(fields, dialect);
  } catch (error) {
    if (error instanceof Refusal) return { kind: 'refused', why: error.message };
    throw error;
  }
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

function convert(fields: JsonObject, dialect: PlainEventDialect): PlainEvent {
  const duration = numberOf(fields, 'duration_ms');
  const inNanoseconds = dialect.durationUnit === 'ns';
  const type = textOf(fields, 'type') ?? refuse('"type" is missing');
  if (isReservedType(type)) refuse(`its type ${JSON.stringify(type)} is one that only a log itself uses`);
  const event: AuditEvent = {
    type,
    severity: severityOf(fields, dialect),
    message: textOf(fields, 'message') ?? '',
    ...idsOf(fields),
    ...defined({
      timestamp: timestampOf(fields, dialect),
      error: textOf(fields, 'error'),
      durationMs: inNanoseconds && duration !== undefined ? duration / nanosecondsPerMillisecond : duration,
      details: detailsOf(fields),
      actor: actorOf(fields),
      target: targetOf(fields),
      outcome: outcomeOf(fields),
    }),
  };
  return { kind: 'event', event, isDurationConverted: inNanoseconds && duration !== undefined };
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
function textOf(fields: JsonObject, name: string): string | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : refuse(`"${name}" is not a text`);
}

function numberOf(fields: JsonObject, name: string): number | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? value : refuse(`"${name}" is not a number from 0 up`);
}

/** Longest time that a logger takes. */
const timestampUnitsMax = 64;

/** As it was written: the logger puts it into UTC, and keeps every digit. */
function timestampOf(fields: JsonObject, { isTime, needs }: PlainEventDialect): string | undefined {
  const timestamp = textOf(fields, 'timestamp');
  if (timestamp === undefined) return needs.includes('timestamp') ? refuse('"timestamp" is missing') : undefined;
  if (timestamp.includes(':') && timestamp.length <= timestampUnitsMax && isTime(timestamp.replace(' ', 'T'))) return timestamp;
  return refuse(`"timestamp" ${JSON.stringify(timestamp.slice(0, timestampUnitsMax))} is not an RFC 3339 time`);
}

function severityOf(fields: JsonObject, { needs }: PlainEventDialect): Severity {
  const severity = textOf(fields, 'severity');
  if (severity === undefined) return needs.includes('severity') ? refuse('"severity" is missing') : Severity.Info;
  if (isSeverity(severity)) return severity;
  return refuse(`"severity" ${JSON.stringify(severity)} is not DEBUG, INFO, WARN, ERROR or CRITICAL`);
}

function idsOf(fields: JsonObject): Partial<AuditEvent> {
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
function detailsOf(fields: JsonObject): Readonly<Record<string, unknown>> | undefined {
  const details = objectOf(fields, 'details');
  const others = Object.entries(fields).filter(([name]) => !placed.has(name));
  if (others.length === 0) return details;
  const clash = others.find(([name]) => details !== undefined && Object.hasOwn(details, name));
  if (clash !== undefined) refuse(`"${clash[0]}" is a field and one of the details`);
  return { ...details, ...Object.fromEntries(others) };
}

function objectOf(fields: JsonObject, name: string): JsonObject | undefined {
  const value = fields[name];
  if (value === undefined || value === null) return undefined;
  return typeof value === 'object' && !Array.isArray(value) ? { ...value } : refuse(`"${name}" is not an object`);
}

function actorOf(fields: JsonObject): Actor | undefined {
  const actor = objectOf(fields, 'actor');
  if (actor === undefined) return undefined;
  const type = textOf(actor, 'type') ?? '';
  return isActorType(type)
    ? { type, ...namedOf(actor, 'actor') }
    : refuse(`"actor" has the type ${JSON.stringify(type)}, not user, service, agent or system`);
}

function targetOf(fields: JsonObject): Target | undefined {
  const target = objectOf(fields, 'target');
  if (target === undefined) return undefined;
  const type = textOf(target, 'type') ?? '';
  return type === '' ? refuse('"target" has no type') : { type, ...namedOf(target, 'target') };
}

function namedOf(party: JsonObject, what: string): { id: string; name?: string } {
  const id = textOf(party, 'id') ?? '';
  if (id === '') refuse(`"${what}" has no id`);
  return { id, ...defined({ name: textOf(party, 'name') }) };
}

function outcomeOf(fields: JsonObject): AuditEvent['outcome'] {
  const outcome = textOf(fields, 'outcome');
  if (outcome === undefined) return undefined;
  return isOutcome(outcome) ? outcome : refuse(`"outcome" ${JSON.stringify(outcome)} is not success, failure, denied, timeout or unknown`);
}
