// setRemoteSender: hands sealed events to a function of the caller's, in order, at least once. The log on disk is the queue, and a
// durable cursor says how far it was taken; nothing is held in memory but the batch that is under way.
//
//   sealed lines ─ read from the log ─ a batch ─ send() resolves ─ the cursor moves, durably (the commit point) ─ the next batch
//
// While the cursor stands below a segment's end, that segment is not deleted.
import { isReservedType, parseLine, type RecordedEvent } from '@agent-audit/log';
import { type Clock, orLate, type Timer } from './clock.ts';
import { AuditError, messageOf, type Trouble } from './error.ts';
import type { LogLine } from './files/index.ts';
import type { Folder } from './folder.ts';
import { readCursor, writeCursor } from './seal/cursor.ts';

/**
 * Takes a batch, the oldest event first. A throw or rejection: the same batch comes again, later. There is no timeout: a call that hangs
 * may still succeed, so it is waited for, and after a minute told of in `health()`. A limit of its own is the function's to set.
 */
export type RemoteSender = (events: readonly RecordedEvent[]) => void | PromiseLike<void>;

/** Reads a log's lines from a seq on, as they stand in its files. */
export type ReadLines = (logFile: string, options: { readonly from: number }) => AsyncIterable<LogLine>;

/** What a sender works with. */
export interface SenderParts {
  readonly send: RemoteSender;
  readonly folder: Folder;
  readonly clock: Clock;
  readonly lines: ReadLines;
  readonly origin: () => string;
  /** Lines under a durable checkpoint: no others are handed out. */
  readonly sealedSize: () => number;
  /** Chance, in [0, 1), for the length of a pause. */
  readonly random: () => number;
  readonly report: (error: AuditError) => void;
}

interface Batch {
  readonly events: readonly RecordedEvent[];
  /** Of its lines in the log. */
  readonly bytes: number;
  /** The first seq behind it. */
  readonly next: number;
}

/** A batch that was handed out and is not settled. */
interface Call {
  readonly events: number;
  readonly bytes: number;
  readonly sinceMs: number;
  /** Of the clock that does not jump. */
  readonly startedMs: number;
}

const batchEventsMax = 1_000;
const batchBytesMax = 1024 * 1024;
const pollMs = 250;
const backoffMsMin = 1_000;
const backoffMsMax = 60_000;
/** A call that takes so long is told of. It is not ended: it may still succeed. */
const callMsMax = 60_000;

/** Hands a log's events out until it is stopped. */
export class Sender {
  readonly #parts: SenderParts;
  #timer: Timer | undefined;
  #stopped = false;
  #failures = 0;
  #trouble: Trouble | undefined;
  #call: Call | undefined;
  #running: Promise<void> = Promise.resolve();
  /** Where the log of this origin goes on; read from disk where the origin is another. */
  #cursor = { origin: '', next: 0 };

  /** Begins in the next tick. From now on nothing is deleted that was not taken. */
  constructor(parts: SenderParts) {
    this.#parts = parts;
    try {
      this.#readCursor(parts.origin());
    } catch {
      // A disk that refuses deletes nothing either; the run that follows tells it, and tries again.
    }
    this.#runAfter(0);
  }

  /** Why nothing was taken lately; undefined while all goes well. */
  get trouble(): Trouble | undefined {
    return this.#hanging() ?? this.#trouble;
  }

  /** Hands out what is sealed, once more and without waiting for a backoff, at most so long; then no more. */
  async stop(timeoutMs: number): Promise<void> {
    this.#timer?.cancel();
    await orLate(this.#parts.clock, this.#settle(), timeoutMs, undefined);
    this.abandon();
  }

  /** No batch more, at once. One that is under way comes again: to the next sender, or after a restart. */
  abandon(): void {
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #settle(): Promise<void> {
    await this.#running;
    if (!this.#stopped) await this.#run();
  }

  #runAfter(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#running = this.#run();
    });
  }

  #hanging(): Trouble | undefined {
    const call = this.#call;
    if (call === undefined) return undefined;
    const { clock, sealedSize } = this.#parts;
    const ageMs = clock.monotonicMs() - call.startedMs;
    if (ageMs < callMsMax) return undefined;
    const lines = sealedSize() - this.#cursor.next;
    const what = `the remote sender has been at ${call.events} events (${call.bytes} bytes) for ${Math.floor(ageMs / 1000)} s`;
    const wait = `${lines} sealed lines are not taken and stay in the log`;
    const next = 'The call is waited for, as it may still succeed: give it a timeout of its own that throws, or set the sender again';
    return { error: new AuditError('SENDER_FAILED', 'retry', `${what}; ${wait}. ${next}`), sinceMs: call.sinceMs };
  }

  /** Never rejects: a failure is told, and tried again later. */
  async #run(): Promise<void> {
    try {
      await this.#sendAll();
      this.#failures = 0;
      this.#trouble = undefined;
      this.#runAfter(pollMs);
    } catch (cause) {
      if (!this.#stopped) this.#failed(cause);
    }
  }

  #failed(cause: unknown): void {
    const { clock, random, report } = this.#parts;
    this.#failures++;
    const message = `the remote sender failed, try ${this.#failures}: ${messageOf(cause)}. Its events stay in the log and come again`;
    const error = new AuditError('SENDER_FAILED', 'retry', message, { cause });
    this.#trouble = { error, sinceMs: this.#trouble?.sinceMs ?? clock.now() };
    // Half of the wait is by chance, so that many agents do not come back at once.
    const waitMs = Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(this.#failures - 1, 16));
    this.#runAfter((waitMs * (1 + random())) / 2);
    report(error);
  }

  async #sendAll(): Promise<void> {
    const { folder, origin } = this.#parts;
    const from = origin();
    if (this.#cursor.origin !== from) this.#readCursor(from);
    for await (const batch of this.#batches(this.#cursor.next)) {
      // The log was given up and another one begun: its events are read from its own beginning.
      if (this.#stopped || origin() !== from) return;
      if (batch.events.length > 0) await this.#handOut(batch);
      if (this.#stopped || origin() !== from) return;
      // Taken, then written down: a crash in between sends the batch again.
      this.#cursor = { origin: from, next: batch.next };
      writeCursor(folder, this.#cursor);
    }
  }

  async #handOut({ events, bytes }: Batch): Promise<void> {
    const { clock, send, report } = this.#parts;
    this.#call = { events: events.length, bytes, sinceMs: clock.now(), startedMs: clock.monotonicMs() };
    const late = clock.after(callMsMax, () => {
      const hanging = this.#stopped ? undefined : this.#hanging();
      if (hanging !== undefined) report(hanging.error);
    });
    try {
      await send(events);
    } finally {
      late.cancel();
      this.#call = undefined;
    }
  }

  /** Where the sender before this one was; a log that had none is held from its beginning. */
  #readCursor(origin: string): void {
    const { folder } = this.#parts;
    const found = readCursor(folder);
    if (found?.origin === origin) {
      this.#cursor = found;
      return;
    }
    const first = { origin, next: 0 };
    writeCursor(folder, first);
    this.#cursor = first;
  }

  async *#batches(from: number): AsyncGenerator<Batch, void, undefined> {
    const { folder, lines, sealedSize } = this.#parts;
    const sealed = sealedSize();
    if (from >= sealed) return;
    let events: RecordedEvent[] = [];
    let bytes = 0;
    let next = from;
    for await (const { seq, line } of lines(folder.logFile, { from })) {
      if (seq >= sealed) break;
      const event = this.#parsed(seq, line);
      if (event !== undefined) events.push(event);
      bytes += line.length;
      next = seq + 1;
      if (events.length < batchEventsMax && bytes < batchBytesMax) continue;
      yield { events, bytes, next };
      events = [];
      bytes = 0;
    }
    if (bytes > 0) yield { events, bytes, next };
  }

  /** The event of a line; undefined for the log's own lines, and for one that was damaged after it was sealed. */
  #parsed(seq: number, line: Uint8Array): RecordedEvent | undefined {
    try {
      const event = parseLine(line);
      return isReservedType(event.type) ? undefined : event;
    } catch (cause) {
      const { folder, report } = this.#parts;
      const message = `line ${seq} of ${folder.logFile} cannot be read any more, and is not sent: ${messageOf(cause)}`;
      report(new AuditError('SENDER_FAILED', 'drop', `${message}. Run agent-audit verify`, { cause }));
      return undefined;
    }
  }
}
