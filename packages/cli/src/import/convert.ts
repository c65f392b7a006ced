// One line of another writer as an event for our logger, or why it cannot be one.
import { type AuditEvent, decodeUtf8, keepIntegers, type PlainEventDialect, readPlainEvent } from '@agent-audit/log';
import { parseEvent, parseInstant } from '@agent-audit/search';

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

const isTime = (text: string): boolean => parseInstant(text) !== undefined;
const dialects: Readonly<Record<SourceKind, PlainEventDialect>> = {
  go: { durationUnit: 'ns', isTime, needs: ['timestamp', 'severity'] },
  ndjson: { durationUnit: 'ms', isTime, needs: ['timestamp'] },
};

/** Converts a line without its end. */
export function convertLine(bytes: Uint8Array, kind: SourceKind): Conversion {
  const text = decodeUtf8(bytes);
  if (text === undefined) return refused('it is not UTF-8');
  if (text.trim() === '') return { kind: 'blank' };
  const fields = parseEvent(keepIntegers(text));
  if (fields === undefined)
    return refused(text.includes('\0') ? 'it holds NUL bytes: a hole that a crash left' : 'it is not one JSON object; was it cut off?');
  return readPlainEvent(fields, dialects[kind]);
}

function refused(why: string): Conversion {
  return { kind: 'refused', why };
}
