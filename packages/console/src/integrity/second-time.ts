import { nowMs } from '../clock.ts';
import { clockTime, localTime } from '../time.ts';

/** A time that is known to the second, in the reader's zone: `14:02:58`, and its day where that is not today. */
export function secondTime(ms: number): string {
  const isToday = new Date(ms).toDateString() === new Date(nowMs()).toDateString();
  return (isToday ? clockTime(ms) : localTime(ms)).replace(/\.\d+$/, '');
}
