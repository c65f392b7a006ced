import { type ImportedFrom, isSeverity, lineBytesMax, type Outcome, Severity } from '@agent-audit/log';
import { textOf } from './error-text.ts';
import { FieldWriter, fieldName, idBytesMax, messageBytesMax, type Scope } from './fields.ts';
import { ScopeCache } from './scope.ts';
import { characterEnd, slackBytes, unitsThatFit, writeBytes, writeCount, writeText } from './text.ts';
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

export interface LineEncoderOptions {
  readonly agentId?: string | undefined;
  readonly tenantId?: string | undefined;
  /** How much fits before the buffer grows; a flush at half of it leaves room for a whole line. 128 KiB by default. */
  readonly bufferBytes?: number | undefined;
}

const LF = 0x0a;
const BRACE_OPEN = 0x7b;
const BRACE_CLOSE = 0x7d;

const bufferBytesDefault = 131_072;
/** Digits of 2^53-1, so that a line fits whatever its seq will be. */
const seqDigitsMax = 16;
const seqHead = Buffer.from('{"seq":', 'latin1');
/** Longest line from the comma after its seq to its closing brace. */
const tailBytesMax = lineBytesMax - seqHead.length - seqDigitsMax;
/** What may stand behind details, and does before the line is known to be too long: 25 texts of 512 bytes, and their names. */
const afterDetailsBytesMax = 16_384;
/** The room that a line needs while it is written. */
const lineRoomBytes = lineBytesMax + 1 + slackBytes + afterDetailsBytesMax;
/** How many types are remembered for each severity. A program has tens; a bug that makes types up must not fill the memory. */
const headsMax = 1_024;
/** How deep events may be logged by the getters and toJSONs of events that are being encoded. */
const nestingMax = 4;

const names = {
  timestamp: fieldName('timestamp'),
  type: fieldName('type'),
  severity: fieldName('severity'),
  message: fieldName('message'),
  error: fieldName('error'),
  details: fieldName('details'),
  recordedAt: fieldName('recorded_at'),
} as const;
const truncatedHead = Buffer.from(',"details":{"truncated":"', 'latin1');
const truncatedEnd = Buffer.from('"}', 'latin1');
const valueHead = Buffer.from('{"value":', 'latin1');

/**
 * Events into lines, one after another in one buffer, whole with their LF. The owner takes `bytes` up to `length` and calls
 * `clear()`; where it doesn't in time, the buffer grows.
 *
 * A caller's getter or toJSON may log while its own event is being encoded. Such a line waits until the outer one stands, so
 * lines stay whole and in the order of their seq, provided that a seq is taken before the call.
 */
export class LineEncoder {
  /** Lines stand here, `length` bytes of them. Replaced when it grows. */
  bytes: Buffer;
  /** Bytes used. */
  length = 0;

  readonly #firstBytes: Buffer;
  readonly #level: number;
  readonly #fields: FieldWriter;
  readonly #values = new ValueWriter();
  readonly #time = new TimeCache();
  readonly #scopes = new ScopeCache();
  readonly #heads = new Map<string, Map<string, Uint8Array>>();
  #identity: { readonly agentId?: string | undefined; readonly tenantId?: string | undefined };
  #busy = false;
  #nested: LineEncoder | undefined;
  #waiting: { readonly seq: number; readonly tail: Uint8Array }[] = [];

  constructor(options: LineEncoderOptions = {}, level = 0) {
    this.#firstBytes = Buffer.alloc((options.bufferBytes ?? bufferBytesDefault) + lineRoomBytes - lineBytesMax);
    this.bytes = this.#firstBytes;
    this.#level = level;
    this.#fields = new FieldWriter(this.bytes);
    this.#identity = options;
    this.setIdentity(options.agentId, options.tenantId);
  }

  /** Forgets the lines: the owner has them. */
  clear(): void {
    this.length = 0;
    // While a line is being written its place stays; the next clear lets a grown buffer go.
    if (!this.#busy) this.bytes = this.#firstBytes;
  }

  /** Whose events these are from now on, where the event or its scope doesn't say. */
  setIdentity(agentId: string | undefined, tenantId: string | undefined): void {
    this.#identity = { agentId, tenantId };
    this.#scopes.setIdentity(agentId, tenantId);
    this.#nested = undefined;
  }

  /** One line for the common forms (`info()` and its like), at a time in ms since the epoch. */
  append(
    seq: number,
    timeMs: number,
    type: string,
    severity: Severity,
    message: string,
    error: unknown,
    details: unknown,
    scope: Scope | undefined,
  ): void {
    if (this.#busy) {
      this.appendEvent(seq, timeMs, { type, severity, message, error, details }, scope);
      return;
    }
    const start = this.#begin();
    const fields = this.#fields;
    const bytes = this.bytes;
    let at = writeCount(bytes, writeBytes(bytes, start, seqHead), seq);
    try {
      const tail = at;
      const prepared = this.#scopes.of(scope);
      at = this.#timestamp(at, this.#time.bytesOf(timeMs));
      at = writeBytes(bytes, at, this.#head(type, severity));
      at = writeBytes(bytes, at, prepared.ids);
      at = this.#message(at, message, error);
      const detailsStart = at;
      at = this.#details(at, tail + tailBytesMax - 1, details);
      const detailsEnd = at;
      at = writeBytes(bytes, at, prepared.links);
      fields.cutUnits += prepared.cutUnits;
      if (prepared.objections.length > 0) fields.objections.push(...prepared.objections);
      if (fields.objections.length > 0) at = fields.invalid(at, fields.objections);
      at = this.#finish(tail, detailsStart, detailsEnd, at);
    } finally {
      this.#busy = false;
    }
    this.#commit(start, at);
  }

  /** One line with whatever an event can say. What the event leaves open of its scope is `scope`'s. */
  appendEvent(seq: number, timeMs: number, event: EncodableEvent, scope?: Scope): void {
    if (this.#busy) {
      this.#waiting.push({ seq, tail: this.#inner().encodeTail(timeMs, event, scope) });
      return;
    }
    const start = this.#begin();
    let at = writeCount(this.bytes, writeBytes(this.bytes, start, seqHead), seq);
    try {
      at = this.#tail(at, timeMs, event, scope);
    } finally {
      this.#busy = false;
    }
    this.#commit(start, at);
  }

  /**
   * A line without its beginning, for an event that has no seq yet: `{"seq":`, the number and these bytes are the line. The
   * bytes are the caller's own.
   */
  encodeTail(timeMs: number, event: EncodableEvent, scope?: Scope): Buffer {
    if (this.#busy) return this.#inner().encodeTail(timeMs, event, scope);
    const start = this.#begin();
    let tail: Buffer;
    try {
      tail = Buffer.from(this.bytes.subarray(start, this.#tail(start, timeMs, this.#level < nestingMax ? event : bare(event), scope)));
    } finally {
      this.#busy = false;
    }
    this.#settle();
    return tail;
  }

  /** The line that a tail of `encodeTail` was kept for, now that it has its seq. */
  appendTail(seq: number, tail: Uint8Array): void {
    if (this.#busy) {
      this.#waiting.push({ seq, tail });
      return;
    }
    this.#reserve();
    const at = writeCount(this.bytes, writeBytes(this.bytes, this.length, seqHead), seq);
    this.length = writeBytes(this.bytes, at, tail);
  }

  #reserve(): void {
    if (this.bytes.length - this.length >= lineRoomBytes) return;
    const grown = Buffer.alloc(this.bytes.length * 2 + lineRoomBytes);
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }

  /** Makes room for a line. Where it stands can be cleared under it by what the caller's own code calls; `#commit` sees to that. */
  #begin(): number {
    this.#reserve();
    this.#busy = true;
    this.#fields.bytes = this.bytes;
    this.#fields.reset();
    return this.length;
  }

  #commit(start: number, end: number): void {
    if (this.length !== start) this.bytes.copyWithin(this.length, start, end);
    this.length += end - start;
    if (this.#waiting.length > 0) this.#settle();
  }

  #settle(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { seq, tail } of waiting) this.appendTail(seq, tail);
  }

  /** The encoder of events that are logged while this one is at work. */
  #inner(): LineEncoder {
    this.#nested ??= new LineEncoder({ ...this.#identity, bufferBytes: lineBytesMax }, this.#level + 1);
    return this.#nested;
  }

  #tail(start: number, timeMs: number, event: EncodableEvent, outer: Scope | undefined): number {
    const fields = this.#fields;
    const scope = this.#scopes.merged(event, outer);
    const invalid = event.invalid;
    if (invalid !== undefined) fields.objections.push(...invalid);
    const recordedAt = this.#time.bytesOf(timeMs);
    const given = event.timestamp;
    const timestamp = given === undefined || given === null ? undefined : timestampText(given);
    if (given !== undefined && given !== null && timestamp === undefined) fields.object('timestamp', given, 'a valid Date or RFC 3339 time');
    let at = this.#timestamp(start, timestamp === undefined ? recordedAt : Buffer.from(timestamp, 'latin1'));
    at = writeBytes(this.bytes, at, this.#head(event.type, event.severity ?? Severity.Info));
    at = fields.ids(at, scope);
    at = this.#message(at, event.message, event.error);
    at = fields.durationMs(at, event.durationMs);
    const detailsStart = at;
    at = this.#details(at, start + tailBytesMax - 1, event.details);
    const detailsEnd = at;
    at = fields.links(at, scope);
    at = fields.outcome(at, event.outcome);
    if (timestamp !== undefined) at = this.#quoted(writeBytes(this.bytes, at, names.recordedAt), recordedAt);
    at = fields.invalid(at, fields.objections);
    at = fields.imported(at, event.imported);
    return this.#finish(start, detailsStart, detailsEnd, at);
  }

  #timestamp(start: number, text: Uint8Array): number {
    return this.#quoted(writeBytes(this.bytes, start, names.timestamp), text);
  }

  #quoted(start: number, text: Uint8Array): number {
    this.bytes[start] = 0x22;
    const end = writeBytes(this.bytes, start + 1, text);
    this.bytes[end] = 0x22;
    return end + 1;
  }

  /** `,"type":…,"severity":…`, prepared for every pair that was there before. */
  #head(type: string, severity: Severity): Uint8Array {
    return this.#heads.get(severity)?.get(type) ?? this.#newHead(type, severity);
  }

  #newHead(givenType: unknown, givenSeverity: unknown): Uint8Array {
    const fields = this.#fields;
    const severityText = textOf(givenSeverity);
    const severity = isSeverity(severityText) ? severityText : Severity.Info;
    if (severity !== givenSeverity) fields.object('severity', severityText, 'DEBUG, INFO, WARN, ERROR or CRITICAL');
    const type = textOf(givenType) || 'unknown';
    if (type !== givenType) fields.object('type', textOf(givenType), 'a text that names a type');
    const cutBefore = fields.cutUnits;
    const scratch = new FieldWriter(Buffer.alloc(idBytesMax * 2 + slackBytes));
    let at = scratch.text(writeBytes(scratch.bytes, 0, names.type), type, idBytesMax);
    at = scratch.text(writeBytes(scratch.bytes, at, names.severity), severity, idBytesMax);
    fields.cutUnits = cutBefore + scratch.cutUnits;
    const head = new Uint8Array(scratch.bytes.subarray(0, at));
    if (scratch.cutUnits === 0 && type === givenType && severity === givenSeverity) this.#keepHead(type, severity, head);
    return head;
  }

  #keepHead(type: string, severity: Severity, head: Uint8Array): void {
    const heads = this.#heads.get(severity) ?? new Map<string, Uint8Array>();
    if (heads.size >= headsMax) heads.clear();
    this.#heads.set(severity, heads.set(type, head));
  }

  #message(start: number, message: unknown, error: unknown): number {
    const fields = this.#fields;
    const at = fields.text(writeBytes(this.bytes, start, names.message), textOf(message), messageBytesMax);
    const errorText = textOf(error);
    return errorText === '' ? at : fields.text(writeBytes(this.bytes, at, names.error), errorText, messageBytesMax);
  }

  /** Returns `start` where there is nothing to write, and a place behind `limit` where it did not fit. */
  #details(start: number, limit: number, details: unknown): number {
    if (details === undefined || details === null) return start;
    const bytes = this.bytes;
    const open = writeBytes(bytes, start, names.details);
    const end = this.#values.write(bytes, open, limit, details);
    const isObject = bytes[open] === BRACE_OPEN;
    if (end === omitted || (isObject && end === open + 2)) return start;
    if (isObject || end > limit) return end;
    // Details are an object to every reader; whatever else was given becomes the value of one.
    bytes.copyWithin(open + valueHead.length, open, end);
    writeBytes(bytes, open, valueHead);
    bytes[end + valueHead.length] = BRACE_CLOSE;
    return end + valueHead.length + 1;
  }

  /** Closes the line, cut to its size where it is too long. `tail` is where it begins, behind its seq. */
  #finish(tail: number, detailsStart: number, detailsEnd: number, end: number): number {
    const bytes = this.bytes;
    const limit = tail + tailBytesMax - 1;
    let at = end;
    if (at > limit || this.#fields.cutUnits > 0) at = this.#cut(tail, detailsStart, detailsEnd, end);
    bytes[at] = BRACE_CLOSE;
    bytes[at + 1] = LF;
    return at + 2;
  }

  #cut(tail: number, detailsStart: number, detailsEnd: number, end: number): number {
    const bytes = this.bytes;
    const limit = tail + tailBytesMax - 1;
    const mark = Buffer.from(`,"truncated":{"bytes":${end - tail + this.#fields.cutUnits}}`, 'latin1');
    if (end + mark.length <= limit) return writeBytes(bytes, end, mark);
    const after = Buffer.concat([bytes.subarray(detailsEnd, end), mark]);
    const json = detailsStart + names.details.length;
    const prefix = bytes.toString('utf8', json, characterEnd(bytes, json, Math.min(detailsEnd, limit)));
    const room = limit - detailsStart - truncatedHead.length - truncatedEnd.length - after.length;
    let at = writeBytes(bytes, detailsStart, truncatedHead);
    at = writeText(bytes, at, bytes.length, prefix.slice(0, unitsThatFit(prefix, room, room)));
    at = writeBytes(bytes, at, truncatedEnd);
    return writeBytes(bytes, at, after);
  }
}

/** What is left of an event that was logged by an event that was logged by …: its texts, without running any more of its code. */
function bare(event: EncodableEvent): EncodableEvent {
  const { type, severity, message } = event;
  return { type, severity, message: typeof message === 'string' ? message : '', details: '[Nested too deeply]' };
}
