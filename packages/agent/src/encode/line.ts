import { type ImportedFrom, isReservedType, lineBytesMax, type OperationEnd, type Outcome, Severity } from '@agent-audit/log';
import type { Redactor } from '../redact/index.ts';
import { textOf } from './error-text.ts';
import { fieldNames } from './field-names.ts';
import { FieldWriter, messageBytesMax, objectionsMax } from './fields.ts';
import { type Page, Prepared } from './page.ts';
import { read } from './placeholder.ts';
import type { Scope } from './scope.ts';
import { ScopeCache } from './scope-cache.ts';
import { characterEnd, slackBytes, unitsThatFit, writeText } from './text.ts';
import { TimeCache, timestampText } from './timestamp.ts';
import { omitted, ValueWriter } from './values.ts';

/** Everything that a line can say. Of what it was given nothing is trusted at run time, and nothing is changed. */
export interface EncodableEvent extends Scope {
  /** The caller's own time; the line then says as `recorded_at` when it was recorded. */
  readonly timestamp?: string | Date | undefined;
  readonly type: string;
  /** INFO where it is missing. */
  readonly severity?: Severity | undefined;
  readonly message: string;
  /** Any thrown value. */
  readonly error?: unknown;
  /** Milliseconds. */
  readonly durationMs?: number | undefined;
  readonly details?: unknown;
  readonly outcome?: Outcome | undefined;
  /** What the schema of its type objected to. */
  readonly invalid?: readonly string[] | undefined;
  readonly imported?: ImportedFrom | undefined;
}

const LF = 0x0a;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

/** `{"seq":` and the digits of 2^53-1: a line fits whatever its seq will be. */
const seqBytesMax = 23;
/** Longest line from the comma after its seq to its closing brace. */
const tailBytesMax = lineBytesMax - seqBytesMax;
/** What may stand behind details before a line is known to be too long: some 27 texts of 512 bytes each, and their names. */
const afterDetailsBytesMax = 20_480;
/** How many types are remembered. A program has tens; one that makes them up must not fill the memory. */
const typesMax = 1_024;

const severityFields: ReadonlyMap<unknown, Prepared> = new Map(
  Object.values(Severity).map((severity) => [severity, Prepared.of(`,"severity":"${severity}"`)]),
);
const severityInfo = Prepared.of(',"severity":"INFO"');
const truncatedHead = Prepared.of(',"details":{"truncated":"');
const truncatedEnd = Prepared.of('"}');
const valueHead = Prepared.of('{"value":');

/** Writes one line, from the comma after its seq to its LF. It holds what lines have in common: identity, scopes, types, time. */
export class LineWriter {
  /** How much room a page must have from the place where a line begins. */
  static readonly roomBytes: number = lineBytesMax + 1 + slackBytes + afterDetailsBytesMax;

  readonly #fields: FieldWriter;
  readonly #values: ValueWriter;
  readonly #time = new TimeCache();
  readonly #scopes: ScopeCache;
  readonly #redactor: Redactor | undefined;
  readonly #isMessageSecret: boolean;
  readonly #isErrorSecret: boolean;
  readonly #types = new Map<string, Prepared>();

  constructor(page: Page, redactor: Redactor | undefined) {
    this.#fields = new FieldWriter(page, redactor);
    this.#values = new ValueWriter(page, redactor);
    this.#scopes = new ScopeCache(redactor);
    this.#redactor = redactor;
    this.#isMessageSecret = redactor?.isWholly('message') === true;
    this.#isErrorSecret = redactor?.isWholly('error') === true;
  }

  setIdentity(identity: Scope): void {
    this.#scopes.setIdentity(identity);
  }

  /** A line of the common fields. It costs half of what `whole` does: a scope is prepared once. */
  common(
    page: Page,
    tail: number,
    timeMs: number,
    type: unknown,
    severity: unknown,
    message: unknown,
    error: unknown,
    details: unknown,
    scope: Scope | undefined,
  ): number {
    const fields = this.#fields;
    fields.begin(page);
    this.#lookForSecrets('');
    const { ids, links, cutUnits, objections } = this.#scopes.prepared(scope);
    fields.cutUnits = cutUnits;
    let at = this.#time.field(timeMs).write(page, tail);
    at = this.#severity(this.#type(at, type), severity);
    page.bytes.set(ids, at);
    at = this.#message(at + ids.length, message);
    at = this.#error(at, error);
    const detailsStart = at;
    at = this.#details(at, tail + tailBytesMax - 1, details);
    const detailsEnd = at;
    if (links.length > 0) page.bytes.set(links, at);
    at += links.length;
    if (objections.length > 0) fields.objections.push(...objections);
    at = fields.invalid(at);
    return this.#finish(tail, detailsStart, detailsEnd, at);
  }

  /** A line with whatever an event can say. */
  whole(
    page: Page,
    tail: number,
    timeMs: number,
    event: EncodableEvent,
    outer: Scope | undefined,
    operation: OperationEnd | undefined,
  ): number {
    const fields = this.#fields;
    fields.begin(page);
    this.#lookForSecrets(read(event, 'type'));
    const scope = this.#scopes.texts(event, outer);
    const invalid = read(event, 'invalid');
    if (invalid !== undefined) fields.quote(textsOf(invalid));
    const given = this.#givenTimestamp(read(event, 'timestamp'));
    let at = given === undefined ? this.#time.field(timeMs).write(page, tail) : fields.id(tail, fieldNames.timestamp, given);
    at = this.#severity(this.#type(at, read(event, 'type')), read(event, 'severity') ?? Severity.Info);
    at = fieldNames.message.write(page, fields.ids(at, scope));
    at = this.#message(at, read(event, 'message'));
    at = this.#error(at, read(event, 'error'));
    at = fields.durationMs(at, read(event, 'durationMs'));
    const detailsStart = at;
    at = this.#details(at, tail + tailBytesMax - 1, read(event, 'details'));
    const detailsEnd = at;
    at = fields.links(at, scope);
    at = fields.outcome(at, read(event, 'outcome'));
    if (operation !== undefined) at = fields.id(at, fieldNames.operation, operation);
    if (given !== undefined) at = fields.id(at, fieldNames.recordedAt, this.#time.text(timeMs));
    const imported = this.#givenImported(read(event, 'imported'));
    at = fields.imported(fields.invalid(at), imported);
    return this.#finish(tail, detailsStart, detailsEnd, at);
  }

  #givenTimestamp(given: unknown): string | undefined {
    if (given === undefined || given === null) return undefined;
    const text = timestampText(given);
    if (text === undefined) this.#fields.object('timestamp', given, 'a valid Date or RFC 3339 time');
    return text;
  }

  #givenImported(given: unknown): ImportedFrom | undefined {
    if (given === undefined || given === null) return undefined;
    const line = read(given, 'line');
    if (typeof line === 'number' && Number.isSafeInteger(line) && line >= 0) {
      return { from: textOf(read(given, 'from')), fileSha256: textOf(read(given, 'fileSha256')), line };
    }
    this.#fields.object('imported.line', line, 'the number of a line');
    return undefined;
  }

  #type(start: number, type: unknown): number {
    const known = typeof type === 'string' ? this.#types.get(type) : undefined;
    return known === undefined ? this.#newType(start, type) : known.write(this.#fields.page, start);
  }

  #newType(start: number, given: unknown): number {
    const fields = this.#fields;
    const type = textOf(given) || 'unknown';
    if (type !== given) fields.object('type', given, 'a text that names a type');
    const cutBefore = fields.cutUnits;
    const end = fields.id(start, fieldNames.type, type);
    if (type === given && fields.cutUnits === cutBefore) {
      if (this.#types.size >= typesMax) this.#types.clear();
      this.#types.set(type, new Prepared(fields.page.bytes.subarray(start, end)));
    }
    return end;
  }

  #severity(start: number, severity: unknown): number {
    const known = severityFields.get(severity);
    if (known !== undefined) return known.write(this.#fields.page, start);
    this.#fields.object('severity', severity, 'DEBUG, INFO, WARN, ERROR or CRITICAL');
    return severityInfo.write(this.#fields.page, start);
  }

  /** The log's own lines have none, and their keys and hashes are to be read. */
  #lookForSecrets(type: unknown): void {
    const redactor = typeof type === 'string' && isReservedType(type) ? undefined : this.#redactor;
    this.#fields.redactor = redactor;
    this.#values.redactor = redactor;
  }

  #message(start: number, message: unknown): number {
    const text = textOf(message);
    return this.#fields.secretText(start, text, messageBytesMax, text !== '' && this.#isMessageSecret);
  }

  #error(start: number, error: unknown): number {
    if (error === undefined || error === null) return start;
    const text = textOf(error);
    if (text === '') return start;
    return this.#fields.secretText(fieldNames.error.write(this.#fields.page, start), text, messageBytesMax, this.#isErrorSecret);
  }

  /** Returns `start` where there is nothing to write, and a place behind `limit` where it did not fit. */
  #details(start: number, limit: number, details: unknown): number {
    if (details === undefined || details === null) return start;
    const page = this.#fields.page;
    const { bytes } = page;
    const open = fieldNames.details.write(page, start);
    const end = this.#values.write(page, open, limit, details);
    const isObject = bytes[open] === BRACE_OPEN;
    if (end === omitted || (isObject && end === open + 2)) return start;
    if (isObject || end > limit) return end;
    // Details are an object to every reader; whatever else was given becomes the value of one.
    bytes.copyWithin(open + valueHead.length, open, end);
    bytes.set(valueHead.bytes, open);
    bytes[end + valueHead.length] = BRACE_CLOSE;
    return end + valueHead.length + 1;
  }

  /** Closes the line, cut to its size where it is too long. */
  #finish(tail: number, detailsStart: number, detailsEnd: number, end: number): number {
    const { bytes } = this.#fields.page;
    const isWhole = end < tail + tailBytesMax && this.#fields.cutUnits === 0;
    const at = isWhole ? end : this.#cut(tail, detailsStart, detailsEnd, end);
    bytes[at] = BRACE_CLOSE;
    bytes[at + 1] = LF;
    return at + 2;
  }

  /** Says what was cut, and cuts the details where the line is still too long. */
  #cut(tail: number, detailsStart: number, detailsEnd: number, end: number): number {
    const page = this.#fields.page;
    const { bytes } = page;
    const limit = tail + tailBytesMax - 1;
    const mark = Buffer.from(`,"truncated":{"bytes":${end - tail + this.#fields.cutUnits}}`, 'latin1');
    const after = Buffer.concat([bytes.subarray(detailsEnd, end), mark]);
    let at = detailsEnd;
    if (end + mark.length > limit) {
      const json = detailsStart + fieldNames.details.length;
      const text = bytes.toString('utf8', json, characterEnd(bytes, json, Math.min(detailsEnd, limit)));
      const room = limit - detailsStart - truncatedHead.length - truncatedEnd.length - after.length;
      at = writeText(page, truncatedHead.write(page, detailsStart), limit, text.slice(0, unitsThatFit(text, room, room)));
      at = truncatedEnd.write(page, at);
    }
    bytes.set(after, at);
    return at + after.length;
  }
}

/** The texts of a list, which may be no list. */
function textsOf(list: unknown): string[] {
  const length = read(list, 'length');
  const count = typeof length === 'number' ? Math.min(length, objectionsMax) : 0;
  return Array.from({ length: count }, (_, i) => textOf(read(list, String(i))));
}
