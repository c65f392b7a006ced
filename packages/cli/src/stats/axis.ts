import { localTime } from '../time.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;
/** Steps between labels, such as people count in. */
const stepsMs: readonly number[] = [
  [1, 2, 5, 10, 20, 50, 100, 200, 500],
  [1, 2, 5, 15, 30].map((seconds) => seconds * 1_000),
  [1, 2, 5, 15, 30].map((minutes) => minutes * minuteMs),
  [1, 2, 3, 4, 6, 12].map((hours) => hours * hourMs),
  [1, 2, 7, 14, 28, 91, 182, 364].map((days) => days * dayMs),
].flat();
/** A label and the blanks to the next. */
const labelColumns = 10;

/** Labels below a line of so many columns that goes from one time to another, at whole hours, days and so on. */
export function timeAxis(firstMs: number, lastMs: number, columns: number, utc: boolean): string {
  const spanMs = Math.max(1, lastMs - firstMs);
  const wantedMs = (spanMs * labelColumns) / columns;
  const stepMs = stepsMs.find((step) => step >= wantedMs) ?? Math.ceil(wantedMs / (364 * dayMs)) * 364 * dayMs;
  let axis = '';
  for (let timeMs = firstMultiple(firstMs, stepMs, utc); timeMs <= lastMs; timeMs += stepMs) {
    const column = Math.round(((timeMs - firstMs) / spanMs) * (columns - 1));
    const label = `╵${labelOf(timeMs, stepMs, utc)}`;
    if (column < axis.length + (axis === '' ? 0 : 1) || column + label.length > columns) continue;
    axis = axis.padEnd(column) + label;
  }
  return axis;
}

/** The first whole step at or after a time, in the machine's zone or UTC. */
function firstMultiple(timeMs: number, stepMs: number, utc: boolean): number {
  const offsetMs = utc ? 0 : -new Date(timeMs).getTimezoneOffset() * minuteMs;
  return Math.ceil((timeMs + offsetMs) / stepMs) * stepMs - offsetMs;
}

function labelOf(timeMs: number, stepMs: number, utc: boolean): string {
  const { day, clock } = localTime(timeMs, utc);
  if (stepMs >= 28 * dayMs) return day.slice(0, 10);
  if (stepMs >= dayMs) return day.slice(5, 10);
  if (clock.startsWith('00:00:00.000')) return day.slice(5, 10);
  if (stepMs >= minuteMs) return clock.slice(0, 5);
  return stepMs >= 1_000 ? clock.slice(0, 8) : clock.slice(3, 12);
}
