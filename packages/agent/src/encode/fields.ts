import { type Actor, type ImportedFrom, isActorType, isOutcome, type Outcome, type Target } from '@agent-audit/log';
import { textOf } from './error-text.ts';
import { read } from './placeholder.ts';
import { unitsThatFit, writeBytes, writeCount, writeNumber, writeQuoted } from './text.ts';
import { jsonText } from './values.ts';

/** Longest id, type or name, in bytes of UTF-8. */
export const idBytesMax = 256;
/** Longest message or error, in bytes of UTF-8. */
export const messageBytesMax = 8_192;
/** How many objections to what it was given one line lists. */
const objectionsMax = 16;

/** Whom and what an event is about: what `withContext` binds. A scope is never changed once it was given to an encoder. */
export interface Scope {
  readonly agentId?: string | undefined;
  readonly tenantId?: string | undefined;
  readonly jobId?: string | undefined;
  readonly reportId?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly parentSpanId?: string | undefined;
  readonly actor?: Actor | undefined;
  readonly target?: Target | undefined;
}

/** The bytes between the value before and the value of a field: `,"name":`. */
export function fieldName(name: string): Uint8Array {
  return Buffer.from(`,"${name}":`, 'latin1');
}

const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

const names = {
  agentId: fieldName('agent_id'),
  tenantId: fieldName('tenant_id'),
  jobId: fieldName('job_id'),
  reportId: fieldName('report_id'),
  durationMs: fieldName('duration_ms'),
  traceId: fieldName('trace_id'),
  spanId: fieldName('span_id'),
  parentSpanId: fieldName('parent_span_id'),
  actor: fieldName('actor'),
  target: fieldName('target'),
  outcome: fieldName('outcome'),
  invalid: fieldName('invalid'),
  imported: fieldName('imported'),
  // Fields of an object: the comma before the first becomes its brace.
  type: fieldName('type'),
  id: fieldName('id'),
  name: fieldName('name'),
  from: fieldName('from'),
  fileSha256: fieldName('file_sha256'),
  line: fieldName('line'),
} as const;

/**
 * Writes the fields of one line, each within its limit, and keeps count of what it cut and of what was wrong. Every method
 * takes the place to write at and returns the place after; the caller owns enough room for the largest line.
 */
export class FieldWriter {
  /** Where it writes. */
  bytes: Buffer;
  /** UTF-16 units cut off texts since `reset`. */
  cutUnits = 0;
  /** What was wrong with what the caller gave since `reset`. */
  objections: string[] = [];

  constructor(bytes: Buffer) {
    this.bytes = bytes;
  }

  reset(): void {
    this.cutUnits = 0;
    if (this.objections.length > 0) this.objections = [];
  }

  object(field: string, given: unknown, expected: string): void {
    this.objections.push(`${field}: ${jsonText(given).slice(0, 100)} is not ${expected}`);
  }

  /** A text with its quotes, cut to its limit. */
  text(start: number, text: string, bytesMax: number): number {
    const bytes = this.bytes;
    // No unit takes more than 3 bytes of UTF-8.
    if (text.length * 3 <= bytesMax) return writeQuoted(bytes, start, bytes.length, text);
    const kept = unitsThatFit(text, bytesMax, bytesMax * 2);
    this.cutUnits += text.length - kept;
    return writeQuoted(bytes, start, bytes.length, text.slice(0, kept));
  }

  /** An id with its name; nothing where there is none. */
  id(start: number, name: Uint8Array, value: unknown): number {
    const text = textOf(value);
    return text === '' ? start : this.text(writeBytes(this.bytes, start, name), text, idBytesMax);
  }

  /** agent_id to report_id. What a scope leaves open is the identity's. */
  ids(start: number, scope: Scope): number {
    let at = this.id(start, names.agentId, scope.agentId);
    at = this.id(at, names.tenantId, scope.tenantId);
    at = this.id(at, names.jobId, scope.jobId);
    return this.id(at, names.reportId, scope.reportId);
  }

  durationMs(start: number, value: unknown): number {
    if (value === undefined || value === null) return start;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) {
      return writeNumber(this.bytes, writeBytes(this.bytes, start, names.durationMs), value);
    }
    this.object('duration_ms', value, 'a number of milliseconds from 0');
    return start;
  }

  /** trace_id to target. */
  links(start: number, scope: Scope): number {
    let at = this.id(start, names.traceId, scope.traceId);
    at = this.id(at, names.spanId, scope.spanId);
    at = this.id(at, names.parentSpanId, scope.parentSpanId);
    at = this.#party(at, 'actor', scope.actor);
    return this.#party(at, 'target', scope.target);
  }

  /** An actor or target: `{type, id, name?}`. */
  #party(start: number, field: 'actor' | 'target', party: unknown): number {
    if (party === undefined || party === null) return start;
    const type = textOf(read(party, 'type'));
    const id = textOf(read(party, 'id'));
    const isValid = id !== '' && (field === 'target' ? type !== '' : isActorType(type));
    if (!isValid) {
      const types = field === 'target' ? '' : ' user | service | agent | system';
      this.object(field, { type, id }, `{type${types && `:${types}`}, id, name?}`);
      return start;
    }
    const open = writeBytes(this.bytes, start, names[field]);
    let at = this.id(open, names.type, type);
    at = this.id(at, names.id, id);
    at = this.id(at, names.name, read(party, 'name'));
    return this.#close(open, at);
  }

  outcome(start: number, value: Outcome | undefined): number {
    if (value === undefined) return start;
    if (isOutcome(value)) return this.id(start, names.outcome, value);
    this.object('outcome', value, 'success, failure, denied, timeout or unknown');
    return start;
  }

  imported(start: number, imported: ImportedFrom | undefined): number {
    if (imported === undefined) return start;
    const open = writeBytes(this.bytes, start, names.imported);
    let at = this.text(writeBytes(this.bytes, open, names.from), imported.from, idBytesMax);
    at = this.text(writeBytes(this.bytes, at, names.fileSha256), imported.fileSha256, idBytesMax);
    at = writeCount(this.bytes, writeBytes(this.bytes, at, names.line), imported.line);
    return this.#close(open, at);
  }

  /** What a schema, and this writer, objected to. */
  invalid(start: number, objections: readonly string[]): number {
    const count = Math.min(objections.length, objectionsMax);
    if (count === 0) return start;
    let at = writeBytes(this.bytes, start, names.invalid);
    for (let i = 0; i < count; i++) {
      this.bytes[at++] = i === 0 ? BRACKET_OPEN : COMMA;
      at = this.text(at, textOf(objections[i]), idBytesMax);
    }
    this.bytes[at++] = BRACKET_CLOSE;
    return at;
  }

  #close(open: number, end: number): number {
    this.bytes[open] = BRACE_OPEN;
    this.bytes[end] = BRACE_CLOSE;
    return end + 1;
  }
}
