// Events that wait, unnumbered, while the disk refuses, and the account of those that could not be kept. Bounded in bytes: when
// it is full, the least important of what waits makes room, the oldest first.
import { EventType, type LogLossDetails, lossCountsMax, Severity } from '@agent-audit/log';
import { isoTime } from '../clock.ts';
import type { OperationMark } from './open-operations.ts';

/** An encoded event without its number. */
export interface WaitingEvent {
  readonly tail: Uint8Array;
  readonly type: string;
  readonly severity: string;
  readonly timeMs: number;
  /** What the line says of an operation, once it has its number. */
  readonly mark?: OperationMark | undefined;
}

/** Events that speak of an attack, or of what one looks like. */
const securityTypes: ReadonlySet<string> = new Set([EventType.AuthFailed, EventType.RateLimited, EventType.ValidationError]);

/** What is shed first (0) and last (2). */
function importanceOf(event: WaitingEvent): 0 | 1 | 2 {
  if (event.severity === Severity.Critical || securityTypes.has(event.type)) return 2;
  return event.severity === Severity.Debug || event.type.startsWith('resource_') ? 0 : 1;
}

/**
 * What an event costs besides its bytes: the buffer's own memory, the objects, their places in a queue. As measured with Node 20,
 * rounded up, so that the bound is one of memory.
 */
export const overheadBytes = 640;

interface Arrival {
  readonly event: WaitingEvent;
  /** Arrivals are numbered through all queues. */
  readonly ordinal: number;
}

/** First in, first out; what has left leaves no hole that lasts. */
class Queue {
  bytes = 0;
  #arrivals: Arrival[] = [];
  #head = 0;

  get first(): Arrival | undefined {
    return this.#arrivals[this.#head];
  }

  /** In memory, those of events that left included. */
  get places(): number {
    return this.#arrivals.length;
  }

  push(arrival: Arrival): void {
    this.#arrivals.push(arrival);
    this.bytes += bytesOf(arrival.event);
  }

  shift(): WaitingEvent | undefined {
    const { first } = this;
    if (first === undefined) return undefined;
    this.#head++;
    this.bytes -= bytesOf(first.event);
    // The places of those that left are given back when they are half of all: each is moved once, on average.
    if (this.#head * 2 >= this.#arrivals.length) {
      this.#arrivals = this.#arrivals.slice(this.#head);
      this.#head = 0;
    }
    return first.event;
  }
}

function bytesOf({ tail }: WaitingEvent): number {
  return tail.length + overheadBytes;
}

/** Encoded events in order of arrival, in no more than `bytesMax` bytes of memory together. */
export class WaitingEvents {
  readonly bytesMax: number;
  /** By importance. */
  readonly #queues = [new Queue(), new Queue(), new Queue()] as const;
  #count = 0;
  #arrivals = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Of memory. */
  get bytes(): number {
    return this.#queues.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Places in memory: they may not grow with what was shed. */
  get places(): number {
    return this.#queues.reduce((sum, { places }) => sum + places, 0);
  }

  /** Takes an event in; returns those that had to go for it, or itself where too little that is no more important waits. */
  push(event: WaitingEvent): WaitingEvent[] {
    const importance = importanceOf(event);
    const mayGo = this.#queues.slice(0, importance + 1);
    const excessBytes = this.bytes + bytesOf(event) - this.bytesMax;
    if (mayGo.reduce((sum, { bytes }) => sum + bytes, 0) < excessBytes) return [event];
    const shed: WaitingEvent[] = [];
    for (const queue of mayGo) {
      while (this.bytes + bytesOf(event) > this.bytesMax) {
        const victim = queue.shift();
        if (victim === undefined) break;
        shed.push(victim);
      }
    }
    this.#queues[importance].push({ event, ordinal: this.#arrivals++ });
    this.#count += 1 - shed.length;
    return shed;
  }

  /** The event that waits longest; it stays until `shift`. */
  peek(): WaitingEvent | undefined {
    return this.#oldest()?.first?.event;
  }

  shift(): void {
    if (this.#oldest()?.shift() !== undefined) this.#count--;
  }

  #oldest(): Queue | undefined {
    let oldest: Queue | undefined;
    for (const queue of this.#queues) {
      const ordinal = queue.first?.ordinal ?? Number.POSITIVE_INFINITY;
      if (ordinal < (oldest?.first?.ordinal ?? Number.POSITIVE_INFINITY)) oldest = queue;
    }
    return oldest;
  }
}

/** Counts what could not be kept, until a log.loss says so in the log. */
export class Losses {
  #counts = new Map<string, { readonly type: string; readonly severity: string; events: number }>();
  #other = 0;
  #events = 0;
  #firstMs = 0;
  #lastMs = 0;
  #why = '';
  /** All that was ever lost here, told or not. */
  total = 0;
  lastAtMs: number | undefined;

  /** Not yet told in the log. */
  get untold(): number {
    return this.#events;
  }

  add(type: string, severity: string, timeMs: number, why: string, events: number = 1): void {
    if (this.#events === 0) this.#firstMs = timeMs;
    this.#events += events;
    this.total += events;
    this.#lastMs = timeMs;
    this.lastAtMs = timeMs;
    this.#why = why;
    const pair = `${severity} ${type}`;
    const known = this.#counts.get(pair);
    if (known !== undefined) known.events += events;
    else if (type !== '' && this.#counts.size < lossCountsMax) this.#counts.set(pair, { type, severity, events });
    else this.#other += events;
  }

  /** The account for log.loss, which is empty from then on. */
  take(): LogLossDetails {
    const details: LogLossDetails = {
      events: this.#events,
      first_at: isoTime(this.#firstMs),
      last_at: isoTime(this.#lastMs),
      why: this.#why,
      counts: [...this.#counts.values()].map((count) => ({ ...count })),
      other: this.#other,
    };
    this.#counts = new Map();
    this.#events = 0;
    this.#other = 0;
    return details;
  }
}
