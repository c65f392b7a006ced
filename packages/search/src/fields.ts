import { suggest } from './suggest.ts';

/**
 * What a field holds, and with it how it compares:
 * text exactly and by its beginning · choice as text, but only the listed values make sense · ordered as choice, and by rank ·
 * number and instant by order · group only by being there, its members have names of their own · details whatever JSON has.
 */
export type FieldKind = 'text' | 'choice' | 'ordered' | 'number' | 'instant' | 'group' | 'details';

/** A field that a search can name. */
export interface Field {
  /** As on the line, dotted where it is inside of another. */
  readonly name: string;
  readonly kind: FieldKind;
  /** What `choice` and `ordered` fields may hold; least first where ordered. */
  readonly values?: readonly string[];
  /** For a list of completions. */
  readonly about: string;
}

/** Severities from least to worst. */
const severities = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'CRITICAL'];

/** Every field that a search can name, in the order of a line. Below `details` any path is a field as well. */
export const fields: readonly Field[] = [
  { name: 'seq', kind: 'number', about: 'place in the log, from 0' },
  { name: 'timestamp', kind: 'instant', about: 'when it happened' },
  { name: 'type', kind: 'text', about: 'what happened' },
  { name: 'severity', kind: 'ordered', values: severities, about: 'how bad it is' },
  { name: 'agent_id', kind: 'text', about: 'the agent' },
  { name: 'tenant_id', kind: 'text', about: 'whom the agent works for' },
  { name: 'job_id', kind: 'text', about: 'the job' },
  { name: 'report_id', kind: 'text', about: 'the report' },
  { name: 'message', kind: 'text', about: 'what happened, in words' },
  { name: 'error', kind: 'text', about: 'what went wrong' },
  { name: 'duration_ms', kind: 'number', about: 'how long it took, in milliseconds' },
  { name: 'details', kind: 'details', about: 'free-form facts: details.tool:nuclei' },
  { name: 'trace_id', kind: 'text', about: 'the trace' },
  { name: 'span_id', kind: 'text', about: 'the operation' },
  { name: 'parent_span_id', kind: 'text', about: 'the operation around it' },
  { name: 'actor', kind: 'group', about: 'who did it' },
  { name: 'actor.type', kind: 'choice', values: ['user', 'service', 'agent', 'system'], about: 'what kind of actor' },
  { name: 'actor.id', kind: 'text', about: 'who did it' },
  { name: 'actor.name', kind: 'text', about: 'name of who did it' },
  { name: 'target', kind: 'group', about: 'what it was done to' },
  { name: 'target.type', kind: 'text', about: 'what kind of target' },
  { name: 'target.id', kind: 'text', about: 'what it was done to' },
  { name: 'target.name', kind: 'text', about: 'name of what it was done to' },
  { name: 'outcome', kind: 'choice', values: ['success', 'failure', 'denied', 'timeout', 'unknown'], about: 'how it ended' },
  { name: 'operation', kind: 'choice', values: ['start', 'end'], about: 'which end of an operation it is' },
  { name: 'recorded_at', kind: 'instant', about: 'when it was recorded, where that is not when it happened' },
  { name: 'invalid', kind: 'text', about: 'what the schema of its type objected to' },
  { name: 'imported', kind: 'group', about: 'where an imported event came from' },
  { name: 'imported.from', kind: 'text', about: 'kind of the source' },
  { name: 'imported.file_sha256', kind: 'text', about: 'SHA-256 of the source file' },
  { name: 'imported.line', kind: 'number', about: 'line in the source file' },
  { name: 'truncated', kind: 'group', about: 'that it was cut to fit a line' },
  { name: 'truncated.bytes', kind: 'number', about: 'size before it was cut' },
  { name: 'leaf', kind: 'text', about: 'hash of an erased line' },
];

/** Names of all fields, for completion. */
export const fieldNames: readonly string[] = fields.map((field) => field.name);

const byName = new Map(fields.map((field) => [field.name, field]));

/** What the name of a field below details begins with. */
export const detailsPrefix = 'details.';

/** The field of a name; undefined where there is none. A path below `details` is a field of kind `details`. */
export function fieldOf(name: string): Field | undefined {
  const known = byName.get(name);
  if (known !== undefined || !name.startsWith(detailsPrefix) || name === detailsPrefix) return known;
  return { name, kind: 'details', about: 'a fact of the details' };
}

/** The field name that a mistyped one probably meant. */
export function suggestField(name: string): string | undefined {
  const dot = name.indexOf('.');
  const dotted = dot > 0 && dot < name.length - 1;
  if (dotted && suggest(name.slice(0, dot), ['details']) !== undefined) return `details${name.slice(dot)}`;
  return suggest(name, fieldNames);
}
