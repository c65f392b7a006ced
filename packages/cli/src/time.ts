import { CliError } from './error.ts';

const relative = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/;
const unitMs = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const written = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?([Zz]|[+-]\d\d:\d\d)?)?$/;

/** How --since and --until read a time. */
export interface TimeReading {
  readonly nowMs: number;
  /** Times without a zone are UTC's, not the machine's. */
  readonly utc: boolean;
}

/**
 * Reads a time as an RFC 3339 one in UTC, with all the digits it was given with: `15m` (ago), `now`, `today`, `yesterday`, a date, a date
 * with a time, RFC 3339.
 * @throws CliError USAGE_BAD_VALUE
 */
export function readTime(option: string, text: string, { nowMs, utc }: TimeReading): string {
  const ago = relative.exec(text);
  if (ago !== null) return isoTime(nowMs - Number(ago[1]) * unitMs[unitOf(ago[2])]);
  switch (text) {
    case 'now':
      return isoTime(nowMs);
    case 'today':
      return isoTime(midnight(nowMs, 0, utc));
    case 'yesterday':
      return isoTime(midnight(nowMs, -1, utc));
  }
  return readWritten(text, utc) ?? refuse(option, text);
}

function unitOf(text: string | undefined): keyof typeof unitMs {
  switch (text) {
    case 'ms':
    case 's':
    case 'm':
    case 'h':
    case 'd':
      return text;
    default:
      return 'w';
  }
}

function readWritten(text: string, utc: boolean): string | undefined {
  const match = written.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone] = match;
  const local = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  // Date.parse takes a time without zone as the machine's own; it rolls an impossible day over, so the day is compared.
  const isDay = new Date(`${year}-${month}-${day}T00:00:00Z`).getUTCDate() === Number(day);
  const time = Date.parse(`${local}${zone?.toUpperCase() ?? (utc ? 'Z' : '')}`);
  if (!isDay || Number.isNaN(time)) return undefined;
  return fraction === '' ? isoTime(time) : isoTime(time).replace(/\.\d+Z$/, `.${fraction}Z`);
}

function refuse(option: string, text: string): never {
  throw new CliError(
    'USAGE_BAD_VALUE',
    `--${option} ${JSON.stringify(text)} is no time: write 15m, 2h, 7d (ago), today, 2026-11-24 or 2026-11-24T14:03:22Z`,
  );
}

function isoTime(timeMs: number): string {
  const time = new Date(timeMs);
  // Longer ago than a date can say is before everything.
  return Number.isNaN(time.getTime()) || time.getUTCFullYear() < 0 ? '0000-01-01T00:00:00.000Z' : time.toISOString();
}

function midnight(nowMs: number, days: number, utc: boolean): number {
  const now = new Date(nowMs);
  if (utc) return Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + days);
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days).getTime();
}

/** A day and a time of day as a person reads them. */
export interface LocalTime {
  /** `2026-11-24 +01:00`, `2026-11-24 UTC` */
  readonly day: string;
  /** `14:03:22.118` */
  readonly clock: string;
}

/** A time in the machine's zone, or in UTC. */
export function localTime(timeMs: number, utc: boolean): LocalTime {
  const offsetMinutes = utc ? 0 : -new Date(timeMs).getTimezoneOffset();
  const shifted = new Date(timeMs + offsetMinutes * 60_000).toISOString();
  return { day: `${shifted.slice(0, 10)} ${utc ? 'UTC' : zoneOf(offsetMinutes)}`, clock: shifted.slice(11, 23) };
}

function zoneOf(offsetMinutes: number): string {
  const minutes = Math.abs(offsetMinutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
