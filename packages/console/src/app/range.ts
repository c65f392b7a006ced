// The time that every page looks at, as it stands in the address: `since=24h` (a time before now), or an instant; `until`, an instant.
import type { Parameters } from '../api/client.ts';
import { nowMs } from '../clock.ts';

/** A stretch of time. Without `until` it ends now, and goes on; without `since` it begins with the first event. */
export interface TimeRange {
  /** `15m`, `24h`, `7d`; RFC 3339; or `all`. */
  readonly since?: string | undefined;
  /** RFC 3339. */
  readonly until?: string | undefined;
}

/** Where no range is given. */
export const sinceByDefault = '24h';

/** The ranges to choose from. */
export const rangePresets: readonly { readonly since: string; readonly label: string; readonly short: string }[] = [
  { since: '15m', label: 'Last 15 minutes', short: '15 min' },
  { since: '1h', label: 'Last hour', short: '1 h' },
  { since: '6h', label: 'Last 6 hours', short: '6 h' },
  { since: '24h', label: 'Last 24 hours', short: '24 h' },
  { since: '7d', label: 'Last 7 days', short: '7 d' },
  { since: '30d', label: 'Last 30 days', short: '30 d' },
  { since: 'all', label: 'All time', short: 'All' },
];

const unitMs = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** How many milliseconds before now, where a range begins so. */
function agoMs(since: string): number | undefined {
  const match = /^(\d{1,5})([mhd])$/.exec(since);
  const unit = match?.[2];
  if (unit !== 'm' && unit !== 'h' && unit !== 'd') return undefined;
  return Number(match?.[1]) * unitMs[unit];
}

/** A time of the address that means something; undefined for anything else. */
export function readSince(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  return value === 'all' || agoMs(value) !== undefined || !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** An instant of the address; undefined for anything else. */
export function readInstant(value: unknown): string | undefined {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
}

/** The range in milliseconds since 1970, now. */
export function boundsOf({ since = sinceByDefault, until }: TimeRange): { readonly sinceMs?: number; readonly untilMs?: number } {
  const ago = agoMs(since);
  const sinceMs = since === 'all' ? undefined : ago === undefined ? Date.parse(since) : nowMs() - ago;
  return { ...(sinceMs === undefined ? {} : { sinceMs }), ...(until === undefined ? {} : { untilMs: Date.parse(until) }) };
}

/** The range as parameters of a request. Take them when the request is made, not before: the range may begin at a time before now. */
export function rangeParameters(range: TimeRange): Parameters {
  const { sinceMs, untilMs } = boundsOf(range);
  return {
    since: sinceMs === undefined ? undefined : new Date(sinceMs).toISOString(),
    until: untilMs === undefined ? undefined : new Date(untilMs).toISOString(),
  };
}
