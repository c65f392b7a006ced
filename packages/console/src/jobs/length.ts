// How long something took, as exactly as somebody who compares needs it; and the round times of an axis.

const [secondMs, minuteMs, hourMs, dayMs] = [1_000, 60_000, 3_600_000, 86_400_000];

/** `0.4 ms`, `150 ms`, `57.3 s`, `4 min 4 s`, `2 h 3 min`, `3 d 4 h` */
export function length(ms: number): string {
  if (ms < 9.95) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${Math.round(ms / 100) / 10} s`;
  if (ms < hourMs - 500) return inTwo(ms, [minuteMs, 'min'], [secondMs, 's']);
  if (ms < dayMs - 30_000) return inTwo(ms, [hourMs, 'h'], [minuteMs, 'min']);
  return inTwo(ms, [dayMs, 'd'], [hourMs, 'h']);
}

type Unit = readonly [number, string];

function inTwo(ms: number, [largeMs, large]: Unit, [smallMs, small]: Unit): string {
  const whole = Math.round(ms / smallMs) * smallMs;
  const rest = (whole % largeMs) / smallMs;
  return `${Math.floor(whole / largeMs)} ${large}${rest === 0 ? '' : ` ${rest} ${small}`}`;
}

/** Whether two measures of the same time differ by more than a disk or a rounding explains. */
export function differ(oneMs: number, otherMs: number): boolean {
  const byMs = Math.abs(oneMs - otherMs);
  return byMs > 100 && byMs > Math.max(oneMs, otherMs) / 10;
}

const stepsMs: readonly number[] = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((seconds) => seconds * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((minutes) => minutes * minuteMs),
  ...[1, 2, 3, 6, 12].map((hours) => hours * hourMs),
];
const stepsMax = 6;

/** How far apart the lines of an axis stand that is so long: a round time, and six of them at most. */
export function axisStepMs(spanMs: number): number {
  const step = stepsMs.find((ms) => spanMs / ms <= stepsMax);
  if (step !== undefined) return step;
  const days = spanMs / dayMs / stepsMax;
  const power = 10 ** Math.floor(Math.log10(days));
  return ([1, 2, 5, 10].find((times) => times * power >= days) ?? 10) * power * dayMs;
}

/** The round times of an axis, from 0 on. */
export function axisTicksMs(spanMs: number): readonly number[] {
  const step = axisStepMs(spanMs);
  return Array.from({ length: Math.floor(spanMs / step) + 1 }, (_, index) => index * step);
}
