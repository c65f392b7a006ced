// The body of `POST /v1/events`: events as agents of other languages write them, one JSON array or one JSON object a line.
import { type AuditEvent, decodeUtf8, keepIntegers, type PlainEventDialect, readPlainEvent } from '@agent-audit/log';
import { parseInstant } from '@agent-audit/search';
import { Refusal } from '../refusal.ts';

/** Events of one request at most. */
export const relayedEventsMax = 10_000;

/** An event of a request, or why it cannot be taken. */
export type RelayedItem =
  | { readonly kind: 'event'; readonly index: number; readonly event: AuditEvent }
  | { readonly kind: 'refused'; readonly index: number; readonly why: string };

/** What duration_ms holds in these events: nanoseconds, where a Go time.Duration was written as it is. */
export type DurationUnit = 'ms' | 'ns';

/** Names of the seed's Go fields, for writers that marshal them without tags. */
const goNames: ReadonlyMap<string, string> = new Map([
  ['Timestamp', 'timestamp'],
  ['Type', 'type'],
  ['Severity', 'severity'],
  ['AgentID', 'agent_id'],
  ['TenantID', 'tenant_id'],
  ['JobID', 'job_id'],
  ['ReportID', 'report_id'],
  ['Message', 'message'],
  ['Error', 'error'],
  ['Duration', 'duration_ms'],
  ['DurationMs', 'duration_ms'],
  ['DurationMS', 'duration_ms'],
  ['Details', 'details'],
]);

/**
 * Reads a body.
 * @throws Refusal REQUEST_MALFORMED where it is neither form, BODY_TOO_LARGE where it holds too many events
 */
export function readEventsBody(bytes: Uint8Array, durationUnit: DurationUnit): readonly RelayedItem[] {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw malformed('it is not UTF-8');
  const values = text.trimStart().startsWith('[') ? arrayOf(text) : linesOf(text);
  if (values.length === 0) throw malformed('it holds no event');
  if (values.length > relayedEventsMax) {
    throw new Refusal('BODY_TOO_LARGE', `the body holds ${values.length} events; send at most ${relayedEventsMax} at once`);
  }
  const dialect: PlainEventDialect = { durationUnit, isTime: (time) => parseInstant(time) !== undefined, needs: [] };
  return values.map((value, index) => itemOf(value, index, dialect));
}

function itemOf(value: unknown, index: number, dialect: PlainEventDialect): RelayedItem {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return { kind: 'refused', index, why: 'it is no JSON object' };
  const fields = new Map<string, unknown>();
  for (const [name, field] of Object.entries(value)) {
    const ours = goNames.get(name) ?? name;
    if (fields.has(ours)) return { kind: 'refused', index, why: `"${ours}" is there twice` };
    // keepIntegers has made a text of a duration of more than eleven days.
    fields.set(ours, ours === 'duration_ms' && typeof field === 'string' && /^\d+$/.test(field) ? Number(field) : field);
  }
  const plain = readPlainEvent(Object.fromEntries(fields), dialect);
  return plain.kind === 'event' ? { kind: 'event', index, event: plain.event } : { ...plain, index };
}

function arrayOf(text: string): readonly unknown[] {
  const value = parsed(text);
  if (Array.isArray(value)) return value;
  throw malformed('it is not one JSON array');
}

function linesOf(text: string): readonly unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  // A line that is no JSON is refused by itself; the others are taken.
  return lines.map((line) => {
    try {
      return parsed(line);
    } catch {
      return undefined;
    }
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(keepIntegers(text));
  } catch (cause) {
    throw new Refusal('REQUEST_MALFORMED', 'the body is neither a JSON array of events nor one JSON object a line', { cause });
  }
}

function malformed(why: string): Refusal {
  return new Refusal('REQUEST_MALFORMED', `the events cannot be read: ${why}`);
}
