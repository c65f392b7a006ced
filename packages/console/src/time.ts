// How times and amounts are told to people: the reader's own zone, with UTC beside it where it matters.

const clockFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const minuteFormat = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const dayFormat = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });
const dayYearFormat = new Intl.DateTimeFormat(undefined, { year: 'numeric', month: 'short', day: 'numeric' });
const countFormat = new Intl.NumberFormat('en');
const shortCountFormat = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `14:03:22.118`, in the reader's zone. */
export function clockTime(ms: number): string {
  return `${clockFormat.format(ms)}.${String(((ms % 1000) + 1000) % 1000).padStart(3, '0')}`;
}

/** `14:03`, in the reader's zone. */
export function minuteTime(ms: number): string {
  return minuteFormat.format(ms);
}

/** `14:03:22`, in the reader's zone. */
export function secondTime(ms: number): string {
  return clockFormat.format(ms);
}

/** `Nov 24`, and the year where it is not that of `todayMs`. */
export function dayTime(ms: number, todayMs: number): string {
  const isThisYear = new Date(ms).getFullYear() === new Date(todayMs).getFullYear();
  return (isThisYear ? dayFormat : dayYearFormat).format(ms);
}

/** Day and time to the millisecond, in the reader's zone. */
export function localTime(ms: number): string {
  return `${dayYearFormat.format(ms)}, ${clockTime(ms)}`;
}

/** `2026-11-24 14:03:22.118 UTC` */
export function utcTime(ms: number): string {
  return new Date(ms).toISOString().replace('T', ' ').replace('Z', ' UTC');
}

/** `12,304` */
export function count(value: number): string {
  return countFormat.format(value);
}

/** `12.3K` */
export function shortCount(value: number): string {
  return shortCountFormat.format(value);
}

const units: readonly (readonly [string, number])[] = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1000],
];

/** `3.2 s`, `14 min`, `2 d`: how long, in the one unit that tells it best. */
export function duration(ms: number): string {
  for (const [unit, size] of units) {
    if (ms < size) continue;
    const value = ms / size;
    return `${value < 10 && unit === 's' ? Math.round(value * 10) / 10 : Math.round(value)} ${unit}`;
  }
  return `${Math.round(ms)} ms`;
}
