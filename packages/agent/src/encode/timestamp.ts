/** Times of a line: the writer's clock as bytes, and a caller's own timestamp made fit for the format. */

import { types } from 'node:util';
import { Prepared } from './page.ts';

// What RFC 3339 can write: the years 0000 to 9999.
const timeMinMs = -62_167_219_200_000;
const timeMaxMs = 253_402_300_799_999;

/** Longest timestamp of a caller that is taken; what is longer is no time of day but an accident. */
const givenUnitsMax = 64;
const givenPattern = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The last time that was asked for, as it stands on a line: many events share a millisecond. */
export class TimeCache {
  #timeMs = Number.NaN;
  #text = '';
  #field = Prepared.of('');

  /** `,"timestamp":"…"` for a time in ms since the epoch. */
  field(timeMs: number): Prepared {
    if (timeMs !== this.#timeMs) this.#update(timeMs);
    return this.#field;
  }

  /** The time alone: RFC 3339, UTC, milliseconds. */
  text(timeMs: number): string {
    if (timeMs !== this.#timeMs) this.#update(timeMs);
    return this.#text;
  }

  #update(timeMs: number): void {
    this.#text = new Date(wholeTime(timeMs)).toISOString();
    this.#field = Prepared.of(`,"timestamp":"${this.#text}"`);
    this.#timeMs = timeMs;
  }
}

function wholeTime(timeMs: number): number {
  if (Number.isNaN(timeMs)) return 0;
  return Math.min(Math.max(Math.floor(timeMs), timeMinMs), timeMaxMs);
}

/**
 * A caller's timestamp in the format's form: UTC with `Z`, every digit kept, at least milliseconds. Undefined for what is
 * not a valid Date or RFC 3339 time of the years 0000 to 9999.
 */
export function timestampText(given: unknown): string | undefined {
  if (typeof given === 'string') return given.length > givenUnitsMax ? undefined : normalized(given);
  if (!types.isDate(given)) return undefined;
  // The intrinsic getter: an instance's own methods are the caller's code.
  const timeMs = Date.prototype.getTime.call(given);
  return timeMs >= timeMinMs && timeMs <= timeMaxMs ? new Date(timeMs).toISOString() : undefined;
}

function normalized(given: string): string | undefined {
  const [whole, date = '', time = '', second = '', fraction = '', sign, hours = '00', minutes = '00'] = givenPattern.exec(given) ?? [];
  if (whole === undefined || second > '60' || hours > '23' || minutes > '59') return undefined;
  const minuteMs = Date.parse(`${date}T${time}:00Z`);
  // Date.parse takes 30 February and 24:00 for the day after.
  if (Number.isNaN(minuteMs) || new Date(minuteMs).toISOString().slice(0, 16) !== `${date}T${time}`) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? 1 : -1);
  const utcMs = minuteMs + offsetMs;
  if (utcMs < timeMinMs || utcMs > timeMaxMs) return undefined;
  return `${new Date(utcMs).toISOString().slice(0, 16)}:${second}.${fraction.padEnd(3, '0')}Z`;
}
