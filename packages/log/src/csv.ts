// Events as CSV (RFC 4180): inert, a line a row, and no cell a formula.
import { inert } from './inert.ts';

/** What a program that calculates may take for a formula: these, also behind blanks or quotes, and their full-width forms. */
const formulaStart = /^[\s"']*[=+\-@＝＋－＠]/u;
const plainNumber = /^-?\d+(\.\d+)?$/;

/**
 * A value as a cell of CSV (RFC 4180): inert, on one line; quoted where it must be; a text that could be a formula begins with an
 * apostrophe. Numbers stay numbers; objects and lists are JSON.
 */
export function csvCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = inert(typeof value === 'string' ? value : JSON.stringify(value));
  const defused = formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return /[",;]|^\s|\s$/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

/** A row with its line break: CRLF, as RFC 4180 has it. */
export function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

/** The columns of an export that names none: every field of an event, details as one column of JSON. */
export const csvFields: readonly string[] = [
  'seq',
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
  'outcome',
  'operation',
  'actor.type',
  'actor.id',
  'actor.name',
  'target.type',
  'target.id',
  'target.name',
  'trace_id',
  'span_id',
  'parent_span_id',
  'recorded_at',
  'details',
];

/** What a damaged line has in common with an event: that something stands there. */
export function damagedEvent(line: string): { readonly type: string; readonly message: string } {
  return { type: 'damaged line', message: line.slice(0, 200) };
}
