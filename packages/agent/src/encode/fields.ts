import { type ImportedFrom, isActorType, isOutcome } from '@agent-audit/log';
import type { Redactor } from '../redact/index.ts';
import { fieldNames } from './field-names.ts';
import { writeCount, writeNumber } from './number.ts';
import type { Page, Prepared } from './page.ts';
import type { PartyTexts, ScopeTexts } from './scope.ts';
import { slackBytes, unitsThatFit, writeQuoted } from './text.ts';
import { jsonText } from './values.ts';

/** Longest id, type or name, in bytes of UTF-8. */
export const idBytesMax = 256;
/** Longest message or error, in bytes of UTF-8. */
export const messageBytesMax = 8_192;
/** How many objections to what it was given one line lists. */
export const objectionsMax = 16;
/** How much of a value that is objected to an objection shows, in UTF-16 units. */
const shownUnitsMax = 100;
/** What stands in the line for each byte of a text's limit at most: an escape of two bytes for one of one. */
const lineBytesPerByte = 2;

const COMMA = 0x2c;
const BRACKET_OPEN = 0x5b;
const BRACKET_CLOSE = 0x5d;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/**
 * Writes the fields of one line, each within its limit, and keeps count of what it cut and of what was wrong. Every method
 * takes the place to write at and returns the place after; its owner has enough room for the largest line.
 */
export class FieldWriter {
  page: Page;
  /** UTF-16 units cut off texts since `begin`. */
  cutUnits = 0;
  /** What was wrong with what the caller gave since `begin`, without secrets. */
  objections: string[] = [];
  /** Takes the secrets out of what a line says of others; undefined where none are looked for. */
  redactor: Redactor | undefined;

  constructor(page: Page, redactor?: Redactor) {
    this.page = page;
    this.redactor = redactor;
  }

  /** Begins a line. */
  begin(page: Page): void {
    this.page = page;
    this.cutUnits = 0;
    if (this.objections.length > 0) this.objections = [];
  }

  /** Notes that a value is not what a field takes. */
  object(name: string, given: unknown, expected: string): void {
    this.objections.push(`${name}: ${this.#redacted(jsonText(given)).slice(0, shownUnitsMax)} is not ${expected}`);
  }

  /** Notes what others objected to, in their words. */
  quote(objections: readonly string[]): void {
    for (const objection of objections) this.objections.push(this.#redacted(objection));
  }

  /** A text with its quotes, cut to its limit at a character. */
  text(start: number, text: string, bytesMax: number): number {
    const limit = this.page.bytes.length - slackBytes;
    if (text.length <= bytesMax) {
      const end = writeQuoted(this.page, start, limit, text);
      // It fits where no unit can take too much (3 bytes of UTF-8, 6 in the line), or where even with escapes it is not too long.
      if (text.length * 3 <= bytesMax || end - start <= bytesMax) return end;
    }
    const kept = unitsThatFit(text, bytesMax, bytesMax * lineBytesPerByte);
    this.cutUnits += text.length - kept;
    return writeQuoted(this.page, start, limit, text.slice(0, kept));
  }

  /** The same without its secrets, which are taken out before it is cut. `isWhole`: all of it is one. */
  secretText(start: number, text: string, bytesMax: number, isWhole: boolean): number {
    const { redactor, cutUnits, page } = this;
    if (redactor === undefined) return this.text(start, text, bytesMax);
    if (isWhole) return this.text(start, redactor.mark('path', text), bytesMax);
    const end = this.text(start, text, bytesMax);
    const isWritten = this.cutUnits === cutUnits;
    const redacted = isWritten ? redactor.written(text, page, start, end) : redactor.text(text);
    if (redacted === text) return end;
    this.cutUnits = cutUnits;
    return this.text(start, redacted, bytesMax);
  }

  /** An id, type or name behind its field's name; nothing where it is empty. */
  id(start: number, name: Prepared, text: string): number {
    return text === '' ? start : this.text(name.write(this.page, start), text, idBytesMax);
  }

  /** agent_id to report_id. */
  ids(start: number, scope: ScopeTexts): number {
    let at = this.id(start, fieldNames.agentId, scope.agentId);
    at = this.id(at, fieldNames.tenantId, scope.tenantId);
    at = this.id(at, fieldNames.jobId, scope.jobId);
    return this.id(at, fieldNames.reportId, scope.reportId);
  }

  /** trace_id to target. */
  links(start: number, scope: ScopeTexts): number {
    let at = this.id(start, fieldNames.traceId, scope.traceId);
    at = this.id(at, fieldNames.spanId, scope.spanId);
    at = this.id(at, fieldNames.parentSpanId, scope.parentSpanId);
    const { actor, target } = scope;
    if (actor !== undefined && (actor.id === '' || !isActorType(actor.type))) {
      this.object('actor', actor, '{type: user, service, agent or system, id, name?}');
    } else if (actor !== undefined) {
      at = this.#party(at, fieldNames.actor, actor);
    }
    if (target !== undefined && (target.id === '' || target.type === '')) {
      this.object('target', target, '{type, id, name?}');
    } else if (target !== undefined) {
      at = this.#party(at, fieldNames.target, target);
    }
    return at;
  }

  #party(start: number, name: Prepared, party: PartyTexts): number {
    const open = name.write(this.page, start);
    let at = this.id(open, fieldNames.type, party.type);
    at = this.id(at, fieldNames.id, this.#redacted(party.id));
    at = this.id(at, fieldNames.name, this.#redacted(party.name));
    return this.#close(open, at);
  }

  /** duration_ms; nothing where it is not given. */
  durationMs(start: number, value: unknown): number {
    if (value === undefined || value === null) return start;
    if (typeof value === 'number' && Number.isFinite(value) && value >= 0) {
      return writeNumber(this.page, fieldNames.durationMs.write(this.page, start), value);
    }
    this.object('duration_ms', value, 'a number of milliseconds, 0 or more');
    return start;
  }

  /** outcome; nothing where it is not given. */
  outcome(start: number, value: unknown): number {
    if (value === undefined || value === null) return start;
    if (typeof value === 'string' && isOutcome(value)) return this.id(start, fieldNames.outcome, value);
    this.object('outcome', value, 'success, failure, denied, timeout or unknown');
    return start;
  }

  /** imported; nothing where it is not given. */
  imported(start: number, imported: ImportedFrom | undefined): number {
    if (imported === undefined) return start;
    const open = fieldNames.imported.write(this.page, start);
    let at = this.text(fieldNames.from.write(this.page, open), imported.from, idBytesMax);
    at = this.text(fieldNames.fileSha256.write(this.page, at), imported.fileSha256, idBytesMax);
    at = writeCount(this.page, fieldNames.line.write(this.page, at), imported.line);
    return this.#close(open, at);
  }

  /** invalid: what a schema, and this writer, objected to. */
  invalid(start: number): number {
    const count = Math.min(this.objections.length, objectionsMax);
    if (count === 0) return start;
    const open = fieldNames.invalid.write(this.page, start);
    const { bytes } = this.page;
    let at = open;
    for (let i = 0; i < count; i++) {
      bytes[at] = COMMA;
      at = this.text(at + 1, this.objections[i] ?? '', idBytesMax);
    }
    bytes[open] = BRACKET_OPEN;
    bytes[at] = BRACKET_CLOSE;
    return at + 1;
  }

  #redacted(text: string): string {
    return this.redactor === undefined ? text : this.redactor.text(text);
  }

  /** Makes an object of fields: the comma before the first becomes its brace. */
  #close(open: number, end: number): number {
    this.page.bytes[open] = BRACE_OPEN;
    this.page.bytes[end] = BRACE_CLOSE;
    return end + 1;
  }
}
