// One reader's tail: the lines that it may see and asks for, in the order in which they came in. It holds a place, not lines: a reader
// that is slow falls behind what is held for all, and is told so.
import { type ReadEvent, tailKeepAliveMs, type TailMessage } from '@agent-audit/log';
import { isVisible } from '../ingest/ownership.ts';
import type { Visible } from '../principal.ts';
import type { ArrivalKey, StoredEvent } from '../store/store.ts';
import type { Live } from './live.ts';
import { marksOf } from './marks.ts';
import type { FoundLine, LiveQuery, RecentBatch } from './recent.ts';
import { formatTailCursor, parseTailCursor, type TailPlace } from './tail-cursor.ts';

/** Whose tail, and of what. */
export interface TailRequest {
  readonly visible: Visible;
  readonly query: LiveQuery;
  /** Goes on behind this place; without one, from now on. */
  readonly cursor?: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** What is told at a time; nothing at all keeps the connection alive. */
export type TailPiece = readonly TailMessage[];

/** Lines of one piece, at most: between two pieces others have their turn. */
const pieceEventsMax = 256;
const pieceBytesMax = 256 * 1024;
const storePageMax = 256;
const toldMax = 50_000;

/** @see Live.tail */
export class Tail {
  readonly #live: Live;
  readonly #request: TailRequest;
  readonly #from: TailPlace | undefined;
  /** The place of the next line to look at. */
  #place: number;
  /** The cursor that the reader was told last. */
  #cursor = '';
  /** When it was told anything last, by the growing clock. */
  #toldMs = 0;
  /** Lines that were told out of the store, and may be found once more: in it, or among what is held. */
  readonly #told = new Set<string>();

  constructor(live: Live, request: TailRequest) {
    this.#live = live;
    this.#request = request;
    this.#from = request.cursor === undefined ? undefined : parseTailCursor(request.cursor);
    this.#place = live.recent.end;
  }

  /** All that is to be told, until the signal ends it. Throws what the store does. */
  async *pieces(): AsyncGenerator<TailPiece, void> {
    const { signal } = this.#request;
    yield [this.#begin()];
    if (this.#from !== undefined) yield* this.#catchUp(this.#from);
    while (!signal.aborted && !this.#live.isClosed) {
      const piece = this.#take();
      const restMs = this.#toldMs + tailKeepAliveMs - this.#live.clock.monotonicMs();
      if (piece.length > 0) yield piece;
      else if (restMs <= 0) yield [this.#tell({ kind: 'place', cursor: formatTailCursor(this.#now()) })];
      else if (this.#place === this.#live.recent.end) await this.#live.change(signal, restMs);
    }
  }

  /** The first message: where the reader stands, which is where it said where it said something. */
  #begin(): TailMessage {
    const cursor = this.#request.cursor ?? formatTailCursor(this.#now());
    return this.#tell({ kind: 'place', cursor });
  }

  /** All that came was told. Said once in a while, it keeps the connection open, and a reader that is cut off need not go far back. */
  #now(): TailPlace {
    const { run, clock } = this.#live;
    return { run, heardUs: this.#live.stamp(), receivedMs: this.#live.settledMs(clock.now()) };
  }

  #tell<T extends TailMessage>(message: T): T {
    this.#toldMs = this.#live.clock.monotonicMs();
    if (message.kind !== 'gap') this.#cursor = message.cursor;
    return message;
  }

  /** What is held and was not told yet, up to a piece. */
  #take(): TailPiece {
    const { recent } = this.#live;
    const messages: TailMessage[] = [];
    if (this.#place < recent.start) {
      messages.push(this.#tell(this.#passedOver()));
      this.#place = recent.end;
    }
    let bytes = 0;
    for (let holder = recent.holding(this.#place); holder !== undefined; holder = recent.holding(this.#place)) {
      for (const line of this.#linesOf(holder)) {
        if (messages.length >= pieceEventsMax || bytes >= pieceBytesMax) return messages;
        this.#place = holder.at + line.index + 1;
        if (this.#isTold(holder, line)) continue;
        bytes += line.end - line.start;
        messages.push(this.#eventOf(holder, line));
      }
      this.#place = holder.end;
    }
    return messages;
  }

  /** Lines of a batch from the place on that this reader is told. */
  *#linesOf(holder: RecentBatch): Generator<FoundLine> {
    const { visible, query } = this.#request;
    if (!isVisible(holder.batch, visible)) return;
    for (const line of holder.found(query)) if (holder.at + line.index >= this.#place) yield line;
  }

  #isTold({ batch }: RecentBatch, { index }: FoundLine): boolean {
    return this.#told.has(keyOf(batch.logId, batch.from + index));
  }

  #eventOf({ batch, storedUs }: RecentBatch, { index, start, end }: FoundLine): TailMessage {
    const line = Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset + start, end - start).toString('utf8');
    const { logId, origin, tenant, agent, from, receivedAtMs } = batch;
    const seq = from + index;
    const place = { run: this.#live.run, heardUs: storedUs, receivedMs: this.#live.settledMs(receivedAtMs), last: { logId, seq } };
    const receivedAt = new Date(receivedAtMs).toISOString();
    const event = { log: logId, origin, tenant, agent, seq, received_at: receivedAt, line, marks: marksOf(line, batch) };
    return this.#tell({ kind: 'event', cursor: formatTailCursor(place), event });
  }

  #passedOver(): TailMessage {
    const message =
      'more came in than was read, so events were passed over; connect again with the header ' +
      `Last-Event-ID: ${this.#cursor} to have them, or search for them`;
    return { kind: 'gap', gap: { message } };
  }

  /** From the place that the reader had to what is held. */
  async *#catchUp(from: TailPlace): AsyncGenerator<TailPiece, void> {
    const held = this.#heldPlace(from);
    if (held !== undefined) {
      this.#place = held;
      return;
    }
    const { signal } = this.#request;
    let fromMs = from.receivedMs;
    // Whatever becomes durable from here on is among what is held; what the store gives may hold some of it as well.
    let edge = this.#live.recent.end;
    let after: ArrivalKey | undefined;
    while (!signal.aborted && !this.#live.isClosed) {
      const { visible, query } = this.#request;
      const request = { visible, query: query.query, receivedFromMs: fromMs, limit: storePageMax, signal };
      const { events, more } = await this.#live.store.arrivals({ ...request, ...(after === undefined ? {} : { after }) });
      const last = events.at(-1);
      const messages = this.#untold(events, from);
      if (last !== undefined) after = { receivedMs: last.receivedAtMs, logId: last.logId, seq: last.seq };
      if (messages.length > 0) yield messages;
      if (more) continue;
      if (edge >= this.#live.recent.start) break;
      // More came in than is held. What was durable late may have been received before what was told last.
      if (after !== undefined) fromMs = Math.max(fromMs, this.#live.settledMs(after.receivedMs));
      after = undefined;
      edge = this.#live.recent.end;
    }
    this.#place = edge;
  }

  /** Where a cursor of this process stands among what is held. */
  #heldPlace({ run, heardUs, last }: TailPlace): number | undefined {
    const { recent, run: own } = this.#live;
    if (run !== own) return undefined;
    return last === undefined ? recent.since(heardUs) : recent.behind(last.logId, last.seq);
  }

  #untold(events: readonly StoredEvent[], { last }: TailPlace): TailMessage[] {
    const messages: TailMessage[] = [];
    for (const event of events) {
      const { logId, seq, receivedAtMs } = event;
      const key = keyOf(logId, seq);
      if (this.#told.has(key)) continue;
      // Forgetting costs that something is told twice; remembering without end would cost memory.
      if (this.#told.size >= toldMax) this.#told.clear();
      this.#told.add(key);
      // The lines of one log come in order: those up to the one that was told last were told, too.
      if (last?.logId === logId && seq <= last.seq) continue;
      const place = { run: this.#live.run, heardUs: 0, receivedMs: this.#live.settledMs(receivedAtMs), last: { logId, seq } };
      messages.push(this.#tell({ kind: 'event', cursor: formatTailCursor(place), event: viewOf(event) }));
    }
    return messages;
  }
}

function keyOf(logId: string, seq: number): string {
  return `${logId}/${seq}`;
}

function viewOf({ logId, origin, tenant, agent, seq, receivedAtMs, line, marks }: StoredEvent): ReadEvent {
  return { log: logId, origin, tenant, agent, seq, received_at: new Date(receivedAtMs).toISOString(), line, marks };
}
