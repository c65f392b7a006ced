// Round times for an axis, in the reader's zone.
import { clockTime, dayTime, minuteTime, secondTime } from '../time.ts';

const stepsMs = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000,
  1_800_000, 3_600_000, 7_200_000, 10_800_000, 21_600_000, 43_200_000, 86_400_000, 172_800_000, 604_800_000,
  2_592_000_000, 7_776_000_000, 31_536_000_000,
];
const dayMs = 86_400_000;

/** At most `most` round times within [sinceMs, untilMs]. */
export function niceTimes(sinceMs: number, untilMs: number, most: number): readonly { readonly ms: number; readonly text: string }[] {
  const step = stepsMs.find((candidate) => (untilMs - sinceMs) / candidate <= most) ?? 31_536_000_000;
  // Midnight of the reader, not of UTC. Where the clocks change within, later marks stand an hour off, and say so.
  const offsetMs = new Date(sinceMs).getTimezoneOffset() * 60_000;
  const first = Math.ceil((sinceMs - offsetMs) / step) * step + offsetMs;
  const times: number[] = [];
  for (let ms = first; ms <= untilMs && times.length < most + 1; ms += step) times.push(ms);
  return times.map((ms) => ({ ms, text: textOf(ms, step, untilMs) }));
}

/** As exact as the steps are; midnight is a new day. */
function textOf(ms: number, stepMs: number, untilMs: number): string {
  if (stepMs >= dayMs || new Date(ms).setHours(0, 0, 0, 0) === ms) return dayTime(ms, untilMs);
  if (stepMs >= 60_000) return minuteTime(ms);
  return stepMs >= 1000 ? secondTime(ms) : clockTime(ms);
}
