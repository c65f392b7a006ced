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

/** Encoded events in order of arrival, together never over `bytesMax` bytes. */
export class WaitingEvents {
  readonly bytesMax: number;
  /** In order of arrival; a shed event leaves `undefined`. */
  #events: (WaitingEvent | undefined)[] = [];
  #head = 0;
  #count = 0;
  #bytes = 0;
  /** Where the search for the next event to shed goes on, for each importance. */
  #shedFrom: [number, number, number] = [0, 0, 0];

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes an event in; returns those that had to go for it, itself perhaps. */
  push(event: WaitingEvent): WaitingEvent[] {
    const shed: WaitingEvent[] = [];
    const importance = importanceOf(event);
    while (this.#bytes + event.tail.length > this.bytesMax) {
      const victim = this.#takeLeastImportant(importance);
      if (victim === undefined) return [...shed, event];
      shed.push(victim);
    }
    this.#events.push(event);
    this.#count++;
    this.#bytes += event.tail.length;
    return shed;
  }

  /** The event that waits longest; it stays until `shift`. */
  peek(): WaitingEvent | undefined {
    while (this.#head < this.#events.length) {
      const event = this.#events[this.#head];
      if (event !== undefined) return event;
      this.#head++;
    }
    return undefined;
  }

  shift(): void {
    const event = this.peek();
    if (event === undefined) return;
    this.#remove(this.#head++, event);
    if (this.#count === 0) {
      this.#events = [];
      this.#head = 0;
      this.#shedFrom = [0, 0, 0];
    }
  }

  #remove(index: number, event: WaitingEvent): void {
    this.#events[index] = undefined;
    this.#count--;
    this.#bytes -= event.tail.length;
  }

  #takeLeastImportant(importanceMax: 0 | 1 | 2): WaitingEvent | undefined {
    for (const importance of [0, 1, 2] as const) {
      if (importance > importanceMax) return undefined;
      for (let i = Math.max(this.#head, this.#shedFrom[importance]); i < this.#events.length; i++) {
        this.#shedFrom[importance] = i;
        const event = this.#events[i];
        if (event === undefined || importanceOf(event) !== importance) continue;
        this.#remove(i, event);
        return event;
      }
      this.#shedFrom[importance] = this.#events.length;
    }
    return undefined;
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
