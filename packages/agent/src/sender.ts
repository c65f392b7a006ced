// setRemoteSender: hands sealed events to a function of the caller's, in order, at least once. The log on disk is the queue, and a
// durable cursor says how far it was taken; nothing is held in memory but the batch that is under way.
import { parseLine, type RecordedEvent } from '@agent-audit/log';
import type { Clock, Timer } from './clock.ts';
import { AuditError, messageOf } from './error.ts';
import { lines } from './files/index.ts';
import type { Folder } from './folder.ts';
import { readCursor, writeCursor } from './seal/cursor.ts';

/** Takes a batch, the oldest event first. A throw or rejection: the same batch comes again, later. */
export type RemoteSender = (events: readonly RecordedEvent[]) => void | PromiseLike<void>;

export interface SenderParts {
  readonly send: RemoteSender;
  readonly folder: Folder;
  readonly clock: Clock;
  readonly origin: () => string;
  /** Lines under a durable checkpoint: no others are handed out. */
  readonly sealedSize: () => number;
  readonly report: (error: AuditError) => void;
}

interface Batch {
  readonly events: RecordedEvent[];
  readonly next: number;
}

const batchEventsMax = 100;
const pollMs = 250;
const backoffMsMin = 1_000;
const backoffMsMax = 60_000;

export class Sender {
  readonly #parts: SenderParts;
  #timer: Timer | undefined;
  #stopped = false;
  #failures = 0;
  #running: Promise<void> | undefined;

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#runAfter(0);
  }

  /** Hands out what is sealed, once more and without waiting for a backoff, at most so long; then no more. */
  async stop(timeoutMs: number): Promise<void> {
    this.#timer?.cancel();
    const { clock } = this.#parts;
    const late = new Promise<void>((resolve) => {
      clock.after(timeoutMs, resolve);
    });
    await Promise.race([this.#settle(), late]);
    this.#stopped = true;
    this.#timer?.cancel();
  }

  async #settle(): Promise<void> {
    await this.#running;
    if (!this.#stopped) await this.#run();
    this.#stopped = true;
  }

  #runAfter(delayMs: number): void {
    this.#timer?.cancel();
    if (this.#stopped) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#running = this.#run().then(() => {
        this.#running = undefined;
      });
    });
  }

  /** Never rejects: a failure is told, and tried again later. */
  async #run(): Promise<void> {
    try {
      await this.#sendAll();
      this.#failures = 0;
      this.#runAfter(pollMs);
    } catch (cause) {
      this.#failures++;
      const waitMs = Math.random() * Math.min(backoffMsMax, backoffMsMin * 2 ** Math.min(this.#failures - 1, 16));
      const message = `the remote sender failed, try ${this.#failures}: ${messageOf(cause)}. Its events stay in the log and come again`;
      this.#parts.report(new AuditError('SENDER_FAILED', 'retry', message, { cause }));
      this.#runAfter(waitMs);
    }
  }

  async #sendAll(): Promise<void> {
    const { folder, send, origin } = this.#parts;
    const cursor = readCursor(folder);
    const from = cursor?.origin === origin() ? cursor.next : 0;
    for await (const { events, next } of this.#batches(from)) {
      if (events.length > 0) await send(events);
      // Taken, then written down: a crash in between sends the batch again.
      writeCursor(folder, { origin: origin(), next });
      if (this.#stopped) return;
    }
  }

  async *#batches(from: number): AsyncGenerator<Batch, void, undefined> {
    const sealed = this.#parts.sealedSize();
    if (from >= sealed) return;
    let events: RecordedEvent[] = [];
    let next = from;
    for await (const { seq, line } of lines(this.#parts.folder.logFile, { from })) {
      if (seq >= sealed) break;
      const event = parseLine(line);
      next = seq + 1;
      if (!event.type.startsWith('log.')) events.push(event);
      if (events.length < batchEventsMax) continue;
      yield { events, next };
      events = [];
    }
    if (next > from) yield { events, next };
  }
}
