/** Times of a line: the writer's clock as bytes, and a caller's own timestamp made fit for the format. */

/** Bytes of `2026-11-24T14:03:22.118Z`. */
export const timestampBytes = 24;

// What RFC 3339 can write: the years 0000 to 9999.
const timeMinMs = -62_167_219_200_000;
const timeMaxMs = 253_402_300_799_999;

/** Longest timestamp of a caller that is taken; what is longer is no time of day but an accident. */
const givenUnitsMax = 64;
const givenPattern = /^(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2}):(\d{2})(?:\.(\d+))?(?:[Zz]|([+-])(\d{2}):(\d{2}))$/;

/** The text of the last time asked for, as bytes: many events share a millisecond, nearly all share a second. */
export class TimeCache {
  readonly #bytes = new Uint8Array(timestampBytes);
  #timeMs = Number.NaN;
  #secondMs = Number.NaN;

  /** The 24 bytes for a time in ms since the epoch. They are overwritten by the next call. */
  bytesOf(timeMs: number): Uint8Array {
    if (timeMs !== this.#timeMs) this.#update(timeMs);
    return this.#bytes;
  }

  #update(timeMs: number): void {
    const bytes = this.#bytes;
    const whole = wholeTime(timeMs);
    const secondMs = Math.floor(whole / 1000) * 1000;
    if (secondMs !== this.#secondMs) {
      const text = new Date(secondMs).toISOString();
      for (let i = 0; i < timestampBytes; i++) bytes[i] = text.charCodeAt(i);
      this.#secondMs = secondMs;
    }
    const rest = whole - secondMs;
    bytes[20] = 0x30 + Math.floor(rest / 100);
    bytes[21] = 0x30 + (Math.floor(rest / 10) % 10);
    bytes[22] = 0x30 + (rest % 10);
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
  if (!(given instanceof Date)) return undefined;
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
