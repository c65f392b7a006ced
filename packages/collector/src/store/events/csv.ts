// Events as CSV (RFC 4180), as `agent-audit export` writes them: one line a row, inert, and no cell a formula.
import { parseEvent, type WireEvent } from '@agent-audit/search';

const columns = [
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

/** What a program that calculates may take for a formula: these, also behind blanks or quotes, and their full-width forms. */
const formulaStart = /^[\s"']*[=+\-@＝＋－＠]/u;
const plainNumber = /^-?\d+(\.\d+)?$/;
/** Controls, format characters but joiners, lone surrogates. */
const unsafe = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;
const shortEscapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
const damagedCharsMax = 200;

/** The names of the columns. */
export function csvHeader(): string {
  return csvRow(columns);
}

/** Lines as rows. One that is no event still has one: that something stands there. */
export function csvRows(lines: readonly Uint8Array[]): string {
  return lines
    .map((line) => {
      const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
      const event = parseEvent(text) ?? { type: 'damaged line', message: text.slice(0, damagedCharsMax) };
      return csvRow(columns.map((column) => valueAt(event, column)));
    })
    .join('');
}

function csvRow(cells: readonly unknown[]): string {
  return `${cells.map(csvCell).join(',')}\r\n`;
}

function csvCell(value: unknown): string {
  if (value === undefined || value === null) return '';
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const text = inert(typeof value === 'string' ? value : JSON.stringify(value));
  const defused = formulaStart.test(text) && !plainNumber.test(text) ? `'${text}` : text;
  return /[",;]|^\s|\s$/.test(defused) ? `"${defused.replaceAll('"', '""')}"` : defused;
}

function inert(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return shortEscapes[character] ?? (code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`);
  });
}

function valueAt(event: WireEvent, path: string): unknown {
  if (Object.hasOwn(event, path)) return event[path];
  const [group = '', member = ''] = path.split('.');
  const below = Object.hasOwn(event, group) ? event[group] : undefined;
  return isObject(below) && Object.hasOwn(below, member) ? below[member] : undefined;
}

function isObject(value: unknown): value is WireEvent {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
