// The recorder: events into numbered lines into the active segment, on the thread that logs.
//
//   record() ─ writing: a seq, a line in the encoder's buffer; written at the end of the tick, or at 64 KiB
//            └ refusing (the disk is full or failing): the event waits unnumbered; nothing overtakes; only these may be shed
//
// A numbered line is never dropped: it stays in the buffer until the disk has taken it, then one log.loss, then what waited.
import { Severity } from '@agent-audit/log';
import { atEndOfTick, type Clock, type Timer } from '../clock.ts';
import { diskErrorCode } from '../disk.ts';
import type { EncodableEvent, LineEncoder, Scope } from '../encode/index.ts';
import type { AuditError } from '../error.ts';
import { type SharedState, Waiting } from '../seal/shared.ts';
import type { ActiveSegment } from './active.ts';
import { type Deferred, deferred } from './deferred.ts';
import { endOf, type OpenOperations, type OperationMark } from './open-operations.ts';
import { unencodedTail } from './own-lines.ts';
import { eventsShed, notClosed, refusal } from './troubles.ts';
import { Losses, type WaitingEvent, WaitingEvents } from './waiting.ts';

export type RecorderState =
  | { readonly kind: 'writing' }
  /** `replace`: the segment has failed and must be replaced before anything can be written. */
  | { readonly kind: 'refusing'; readonly sinceMs: number; readonly error: AuditError; readonly replace: boolean }
  | { readonly kind: 'closed' };

export interface RecorderParts {
  readonly encoder: LineEncoder;
  readonly segment: ActiveSegment;
  readonly shared: SharedState;
  readonly clock: Clock;
  readonly nextSeq: number;
  readonly operations: OpenOperations;
  readonly linesMax: number;
  readonly waitingBytesMax: number;
  /** The state has changed. */
  readonly onState: (state: RecorderState) => void;
  /** A segment that is full goes on growing. */
  readonly onNotClosed: (error: AuditError) => void;
  /** Troubles that change nothing for who logs. */
  readonly report: (error: AuditError) => void;
}

const LF = 0x0a;
const drainBytes = 65_536;
const retryMsMin = 100;
const retryMsMax = 5_000;
const writing: RecorderState = { kind: 'writing' };

/** Numbers events and writes their lines, in order, for one log. What a refusing disk does not take is kept here until it does. */
export class Recorder {
  readonly losses: Losses = new Losses();
  readonly waiting: WaitingEvents;
  readonly #parts: RecorderParts;
  readonly #encoder: LineEncoder;
  #segment: ActiveSegment;
  #shared: SharedState;
  #nextSeq: number;
  #state: RecorderState = writing;
  /** A log.close(rotate) is numbered, or written: the next line belongs to the next segment. */
  #rotating = false;
  /** The segment may be closed, and could not be while the disk refused. */
  #rotationDue = false;
  /** Bytes of the encoder's buffer that the file has. */
  #written = 0;
  /** Bytes that the file had before. */
  #fileBytes: number;
  /** A write did not come back: how much it wrote, the file itself must tell. */
  #isUncertain = false;
  /** Events for which no stack was left; not yet among the losses. */
  #unencodedEvents = 0;
  #scheduled = false;
  /** Who waits for this tick's write. */
  #tickEnd: Deferred | undefined;
  #retry: Timer | undefined;
  #retryMs = retryMsMin;
  readonly #endOfTick = (): void => {
    this.#scheduled = false;
    this.drain();
    this.#tickEnd?.resolve();
    this.#tickEnd = undefined;
  };

  constructor(parts: RecorderParts) {
    this.#parts = parts;
    this.#encoder = parts.encoder;
    this.#segment = parts.segment;
    this.#shared = parts.shared;
    this.#fileBytes = parts.segment.bytes();
    this.#nextSeq = parts.nextSeq;
    this.waiting = new WaitingEvents(parts.waitingBytesMax);
  }

  /** The seq that the next line gets. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  get state(): RecorderState {
    return this.#state;
  }

  get segment(): ActiveSegment {
    return this.#segment;
  }

  /** Numbered lines that the disk has not taken, or not taken to their ends. */
  get unwrittenLines(): number {
    return this.unwritten().reduce((lines, byte) => (byte === LF ? lines + 1 : lines), 0);
  }

  /** Whether an event is being encoded, one of whose getters is what asks: later lines are not written yet. */
  get isEncoding(): boolean {
    return this.#encoder.isBusy;
  }

  /** The hot path: one line for the common forms. Its seq, or undefined while it waits for a refusing disk. */
  record(
    timeMs: number,
    type: string,
    severity: Severity,
    message: string,
    error: unknown,
    details: unknown,
    scope: Scope | undefined,
  ): number | undefined {
    if (this.#state !== writing || this.#rotating) {
      return this.recordEvent(timeMs, { type, severity, message, error, details }, scope);
    }
    const seq = this.#nextSeq++;
    try {
      this.#encoder.append(seq, timeMs, type, severity, message, error, details, scope);
    } catch {
      // The stack is used up: any call may fail here, so that the seq goes back without one.
      if (this.#nextSeq !== seq + 1) return this.#fillIn(seq, timeMs);
      this.#nextSeq = seq;
      this.#unencodedEvents++;
      return undefined;
    }
    this.#afterAppend();
    return seq;
  }

  /** One line for whatever an event can say. Its seq, or undefined while it waits. `mark`: what it says of an operation. */
  recordEvent(timeMs: number, event: EncodableEvent, scope?: Scope, mark?: OperationMark): number | undefined {
    if (this.#state !== writing || this.#rotating) {
      this.#wait(timeMs, event, scope, mark);
      return undefined;
    }
    const seq = this.#nextSeq++;
    try {
      this.#encoder.appendEvent(seq, timeMs, event, scope, endOf(mark));
    } catch {
      if (this.#nextSeq !== seq + 1) return this.#fillIn(seq, timeMs);
      this.#nextSeq = seq;
      this.#unencodedEvents++;
      return undefined;
    }
    // Before the line is written, which may begin another segment: its first line lists what is open.
    if (mark !== undefined) this.#parts.operations.numbered(mark, seq);
    this.#afterAppend();
    return seq;
  }

  /** A line of the log's own. */
  recordOwn(type: string, message: string, details: object, mark?: OperationMark): number | undefined {
    return this.recordEvent(this.#parts.clock.now(), { type, severity: Severity.Info, message, details }, undefined, mark);
  }

  /** The event's own getters have logged, and taken the next numbers, before the stack was used up: its number gets a line that says so. */
  #fillIn(seq: number, timeMs: number): number {
    this.#encoder.appendTail(seq, unencodedTail(timeMs));
    this.#unencodedEvents++;
    this.#schedule();
    return seq;
  }

  #schedule(): void {
    if (this.#scheduled) return;
    atEndOfTick(this.#endOfTick);
    this.#scheduled = true;
  }

  #afterAppend(): void {
    if (this.#encoder.length >= drainBytes) {
      this.drain();
    } else {
      this.#schedule();
    }
  }

  /** Writes all numbered lines. Where the disk refuses they stay, and this recorder tries again by itself. */
  drain(): void {
    if (this.#encoder.isBusy) {
      // An event's own getters log, or end the process: what stands before its line is written, and no more.
      if (this.#state === writing) this.#tryWrite();
      return;
    }
    if (this.#state === writing && !this.#rotating) this.#tellLosses();
    if (this.#state === writing && this.#tryWrite() && this.#rotating) this.#finishRotation();
  }

  /** Whether lines of this tick are still to be written, at its end. */
  get hasTickUnderWay(): boolean {
    return this.#scheduled && this.#state === writing;
  }

  /** Resolves when they are with the operating system, or the disk has refused them. */
  async untilEndOfTick(): Promise<void> {
    this.#tickEnd ??= deferred();
    await this.#tickEnd.promise;
  }

  /** Tries again what the disk refused, now. */
  retryNow(): void {
    if (this.#state.kind === 'refusing' && !this.#state.replace && !this.#encoder.isBusy) this.#heal();
    else this.drain();
  }

  /** The segment that begins with this line has both its names: its last line, then a new segment. Said of an older one, it is done. */
  rotate(first: number): void {
    if (first !== this.#segment.first || this.#rotating) return;
    this.#rotationDue = this.#state !== writing;
    if (this.#rotationDue) return;
    try {
      this.#segment.prepareNext();
    } catch (cause) {
      // It stays the active one: lines may well have room where a file has none. The sealer asks again.
      return this.#parts.onNotClosed(notClosed(this.#segment.path, cause));
    }
    this.#encoder.appendEvent(this.#nextSeq++, this.#parts.clock.now(), {
      type: 'log.close',
      severity: Severity.Info,
      message: 'Segment closed',
      details: { reason: 'rotate' },
    });
    this.#rotating = true;
    this.drain();
  }

  /** Writing or syncing the segment has failed: nothing is written to it any more. The owner replaces it, then calls `resume`. */
  suspend(error: AuditError): void {
    this.#shared.faulty = true;
    this.#refuse(error, true);
  }

  /** The numbered bytes that the failed segment has not taken. */
  unwritten(): Uint8Array {
    return this.#encoder.bytes.subarray(this.#written, this.#encoder.length);
  }

  /** The segment was replaced by one that holds every numbered line up to `nextSeq`; `lost` lines could not be had. */
  resume(segment: ActiveSegment, nextSeq: number, lost: number): void {
    this.#goOnIn(segment, nextSeq);
    this.#parts.operations.cutTo(nextSeq);
    if (lost > 0) this.losses.add('', '', this.#parts.clock.now(), 'the disk lost them', lost);
    this.#shared.appended = nextSeq;
    this.#heal();
  }

  /** The origin was given up: another log begins, with what is carried over from the old one. */
  begin(segment: ActiveSegment, nextSeq: number, shared: SharedState, carried: readonly WaitingEvent[]): void {
    this.#goOnIn(segment, nextSeq);
    this.#shared = shared;
    this.#setState(writing);
    this.#encoder.appendEvent(this.#nextSeq++, this.#parts.clock.now(), segment.openEvent());
    for (const event of carried) {
      if (event.mark !== undefined) this.#parts.operations.numbered(event.mark, this.#nextSeq);
      this.#encoder.appendTail(this.#nextSeq++, event.tail);
    }
    this.#heal();
  }

  /** From now on lines stand in this segment, which has all that were numbered and are to be kept. */
  #goOnIn(segment: ActiveSegment, nextSeq: number): void {
    this.#segment.abandon();
    this.#segment = segment;
    this.#fileBytes = segment.bytes();
    this.#encoder.clear();
    this.#written = 0;
    this.#nextSeq = nextSeq;
    this.#rotating = false;
    this.#rotationDue = false;
  }

  /** No line comes after this: what still waits is counted as lost. */
  close(): void {
    this.#retry?.cancel();
    this.#segment.abandon();
    this.#setState({ kind: 'closed' });
  }

  /** True when every numbered line is with the operating system. */
  #tryWrite(): boolean {
    const encoder = this.#encoder;
    const shared = this.#shared;
    try {
      if (this.#isUncertain) this.#written = this.#segment.bytes() - this.#fileBytes;
      this.#isUncertain = false;
      while (this.#written < encoder.length) {
        this.#written += this.#segment.append(encoder.bytes, this.#written, encoder.length - this.#written);
      }
    } catch (cause) {
      if (diskErrorCode(cause) === '') {
        // Not the disk: the program's stack is used up.
        this.#isUncertain = true;
        this.#schedule();
        return false;
      }
      this.#refuse(...refusal(cause, this.#segment.path));
      return false;
    }
    if (this.#written === 0) return true;
    encoder.clear();
    this.#fileBytes += this.#written;
    this.#written = 0;
    // The lines of numbers that were taken while one is being made are not among these.
    if (!encoder.isBusy) shared.appended = this.#nextSeq;
    const waiting = shared.waiting;
    const isWanted =
      waiting === Waiting.ForLines || (waiting === Waiting.ForMore && this.#nextSeq - shared.sealed >= this.#parts.linesMax);
    if (isWanted) shared.wake();
    return true;
  }

  #finishRotation(): void {
    try {
      this.#segment = this.#segment.next(this.#nextSeq);
      this.#fileBytes = 0;
    } catch (cause) {
      this.#refuse(...refusal(cause, this.#segment.path));
      return;
    }
    this.#rotating = false;
    this.#encoder.appendEvent(this.#nextSeq++, this.#parts.clock.now(), this.#segment.openEvent());
    this.#afterAppend();
  }

  #wait(timeMs: number, event: EncodableEvent, scope: Scope | undefined, mark: OperationMark | undefined): void {
    const tail = this.#encoder.encodeTail(timeMs, event, scope, endOf(mark));
    const severity = event.severity ?? Severity.Info;
    // oxlint-disable-next-line typescript/no-unnecessary-type-conversion -- a caller without types may pass anything
    const shed = this.waiting.push({ tail, type: String(event.type), severity: String(severity), timeMs, mark });
    for (const gone of shed) this.losses.add(gone.type, gone.severity, gone.timeMs, 'no room to wait for the disk');
    if (shed.length > 0) this.#parts.report(eventsShed(shed.length, this.#segment.path));
  }

  #refuse(error: AuditError, replace: boolean): void {
    if (this.#state.kind === 'closed') return;
    const sinceMs = this.#state.kind === 'refusing' ? this.#state.sinceMs : this.#parts.clock.now();
    if (replace) this.#shared.faulty = true;
    this.#setState({ kind: 'refusing', sinceMs, error, replace });
    this.#retry?.cancel();
    if (replace) {
      // The sealer answers with where its last checkpoint ends.
      this.#shared.wake();
      return;
    }
    this.#retry = this.#parts.clock.after(this.#retryMs, () => this.#heal());
    this.#retryMs = Math.min(retryMsMax, this.#retryMs * 2);
  }

  /** Numbered lines first, then one log.loss, then what waited, in its order. */
  #heal(): void {
    if (this.#state.kind === 'closed') return;
    if (!this.#tryWrite()) return;
    if (this.#rotating) {
      this.#state = writing;
      this.#finishRotation();
      if (this.#state !== writing) return;
    }
    this.#setState(writing);
    this.#tellLosses();
    while (this.#state === writing && !this.#rotating) {
      const event = this.waiting.peek();
      if (event === undefined) break;
      const seq = this.#nextSeq++;
      this.#encoder.appendTail(seq, event.tail);
      this.waiting.shift();
      if (event.mark !== undefined) this.#parts.operations.numbered(event.mark, seq);
      if (this.#encoder.length >= drainBytes) this.drain();
    }
    this.drain();
    if (this.#state !== writing) return;
    this.#retryMs = retryMsMin;
    if (this.#rotationDue) this.rotate(this.#segment.first);
  }

  #tellLosses(): void {
    if (this.#unencodedEvents > 0) {
      this.losses.add('', '', this.#parts.clock.now(), 'the stack was used up', this.#unencodedEvents);
      this.#unencodedEvents = 0;
    }
    if (this.losses.untold > 0) this.recordOwn('log.loss', 'Events could not be kept', this.losses.take());
  }

  #setState(state: RecorderState): void {
    this.#state = state;
    this.#parts.onState(state);
  }
}
