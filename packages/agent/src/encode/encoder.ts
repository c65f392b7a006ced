import { lineBytesMax, type OperationEnd, type Severity } from '@agent-audit/log';
import type { Redactor } from '../redact/index.ts';
import { type EncodableEvent, LineWriter } from './line.ts';
import { writeCount } from './number.ts';
import { Page, Prepared } from './page.ts';
import { read } from './placeholder.ts';
import type { Scope } from './scope.ts';

/** How an encoder begins. */
export interface LineEncoderOptions {
  readonly agentId?: string | undefined;
  readonly tenantId?: string | undefined;
  /** How much fits before the buffer grows; a flush at half of it leaves room for a whole line. 128 KiB by default. */
  readonly bufferBytes?: number | undefined;
  /** Takes secrets out; without one, none are looked for. */
  readonly redactor?: Redactor | undefined;
}

const bufferBytesDefault = 131_072;
/** How deep events are told that were logged by getters and toJSONs of events that were logged by … */
const nestingMax = 4;
const seqHead = Prepared.of('{"seq":');

/**
 * Events into lines, one after another in one buffer, whole with their LF. The owner takes `bytes` up to `length` and calls
 * `clear()`; where it doesn't in time, the buffer grows.
 *
 * Nothing that an event is or does makes a call throw; only a call stack with no room left can, and then nothing was appended.
 * A getter or toJSON of the caller may log while its own event is being encoded. Such a line waits until the outer one stands:
 * lines stay whole, and in the order of their seq, provided that a seq is taken before the call.
 */
export class LineEncoder {
  /** Bytes used. */
  length = 0;
  readonly #firstPage: Page;
  readonly #level: number;
  readonly #line: LineWriter;
  readonly #redactor: Redactor | undefined;
  #page: Page;
  #identity: Scope = {};
  #busy = false;
  #inner: LineEncoder | undefined;
  #waiting: { readonly seq: number; readonly tail: Uint8Array }[] = [];

  constructor(options: LineEncoderOptions = {}, level = 0) {
    // A line is cut to its size only when all of it stands, hence the room beyond what the owner asked for.
    this.#firstPage = new Page((options.bufferBytes ?? bufferBytesDefault) + LineWriter.roomBytes - lineBytesMax);
    this.#page = this.#firstPage;
    this.#line = new LineWriter(this.#page, options.redactor);
    this.#redactor = options.redactor;
    this.#level = level;
    this.setIdentity(options.agentId, options.tenantId);
  }

  /** Lines stand here, `length` bytes of them. Another buffer after it had to grow, so it is not to be kept. */
  get bytes(): Buffer {
    return this.#page.bytes;
  }

  /** Whether a line is being made: what it calls may have taken numbers whose lines are not among the bytes yet. */
  get isBusy(): boolean {
    return this.#busy;
  }

  /** Forgets the lines: the owner has them. */
  clear(): void {
    this.length = 0;
    // A line that is being written stays where it is; the next clear lets a grown buffer go.
    if (!this.#busy) this.#page = this.#firstPage;
  }

  /** Whose events these are from now on, where an event or its scope doesn't say. */
  setIdentity(agentId: string | undefined, tenantId: string | undefined): void {
    this.#identity = { agentId, tenantId };
    this.#line.setIdentity(this.#identity);
    this.#inner?.setIdentity(agentId, tenantId);
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
    const page = this.#page;
    let end = start;
    try {
      const tail = writeCount(page, seqHead.write(page, start), seq);
      end = this.#line.common(page, tail, timeMs, type, severity, message, error, details, scope);
    } finally {
      this.#busy = false;
    }
    this.#commit(start, end);
  }

  /**
   * One line with whatever an event can say. What the event leaves open of whom it is about is `scope`'s. `operation` is no member
   * of the event: only the log itself says where an operation begins and ends.
   */
  appendEvent(seq: number, timeMs: number, event: EncodableEvent, scope?: Scope, operation?: OperationEnd): void {
    if (this.#busy) {
      this.#waiting.push({ seq, tail: this.#nested().encodeTail(timeMs, event, scope, operation) });
      return;
    }
    const start = this.#begin();
    const page = this.#page;
    let end = start;
    try {
      const tail = writeCount(page, seqHead.write(page, start), seq);
      end = this.#line.whole(page, tail, timeMs, event, scope, operation);
    } finally {
      this.#busy = false;
    }
    this.#commit(start, end);
  }

  /**
   * A line without its beginning, for an event that has no seq yet: `{"seq":`, the number and these bytes are the line. The
   * bytes are the caller's own.
   */
  encodeTail(timeMs: number, event: EncodableEvent, scope?: Scope, operation?: OperationEnd): Buffer {
    if (this.#busy) return this.#nested().encodeTail(timeMs, event, scope, operation);
    const start = this.#begin();
    const page = this.#page;
    let end = start;
    try {
      end = this.#line.whole(page, start, timeMs, this.#level < nestingMax ? event : bare(event), scope, operation);
    } finally {
      this.#busy = false;
    }
    // Memory of its own: a part of Node's shared pool would keep the others' memory as long as this one waits.
    const tail = Buffer.allocUnsafeSlow(end - start);
    page.bytes.copy(tail, 0, start, end);
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
    const at = writeCount(this.#page, seqHead.write(this.#page, this.length), seq);
    this.#page.bytes.set(tail, at);
    this.length = at + tail.length;
  }

  #reserve(): void {
    const page = this.#page;
    if (page.bytes.length - this.length >= LineWriter.roomBytes) return;
    const grown = new Page(page.bytes.length * 2 + LineWriter.roomBytes);
    page.bytes.copy(grown.bytes, 0, 0, this.length);
    this.#page = grown;
  }

  /** Makes room for a line. What the caller's own code calls may clear the lines before it: `#commit` sees to that. */
  #begin(): number {
    this.#reserve();
    this.#busy = true;
    return this.length;
  }

  /** The line at [start,end) counts from here on. */
  #commit(start: number, end: number): void {
    if (this.length !== start) this.#page.bytes.copyWithin(this.length, start, end);
    this.length += end - start;
    this.#settle();
  }

  #settle(): void {
    if (this.#waiting.length === 0) return;
    // A line that waited while it was itself being encoded comes in after those that it caused.
    const waiting = this.#waiting.toSorted((a, b) => a.seq - b.seq);
    this.#waiting = [];
    for (const { seq, tail } of waiting) this.appendTail(seq, tail);
  }

  /** The encoder of events that are logged while this one is at work. */
  #nested(): LineEncoder {
    this.#inner ??= new LineEncoder({ ...this.#identity, bufferBytes: lineBytesMax, redactor: this.#redactor }, this.#level + 1);
    return this.#inner;
  }
}

/** What is left of an event that was logged from too deep inside of others: what can be told without running its code again. */
function bare(event: EncodableEvent): EncodableEvent {
  const message = read(event, 'message');
  const type = read(event, 'type');
  return { type: typeof type === 'string' ? type : '', message: typeof message === 'string' ? message : '', details: '[Nested]' };
}
