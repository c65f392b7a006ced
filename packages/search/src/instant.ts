/** A point in time with all its digits: whole seconds since 1970, and the digits after the decimal point without trailing zeros. */
export interface Instant {
  readonly seconds: number;
  readonly fraction: string;
}

const pattern = /^(\d{4})-(\d\d)-(\d\d)(?:[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:[Zz]|([+-])(\d\d):(\d\d)))?$/;

/** Reads an RFC 3339 time, or a date, which is its first instant in UTC; undefined for anything else. */
export function parseInstant(text: string): Instant | undefined {
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', sign, offsetHour = '0', offsetMinute = '0'] = match;
  const [hours, minutes, seconds] = [Number(hour), Number(minute), Number(second)];
  // 60 is a leap second: the instant at which the next minute begins.
  if (hours > 23 || minutes > 59 || seconds > 60 || Number(offsetHour) > 23 || Number(offsetMinute) > 59) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return undefined;
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * (sign === '-' ? -60 : 60);
  return { seconds: date.getTime() / 1_000 + hours * 3_600 + minutes * 60 + seconds - offset, fraction: withoutTrailingZeros(fraction) };
}

// Not /0+$/: that looks again from every zero, and a line may hold sixty thousand.
function withoutTrailingZeros(digits: string): string {
  let end = digits.length;
  while (end > 0 && digits.charCodeAt(end - 1) === 0x30) end--;
  return digits.slice(0, end);
}

/** Below, at or above 0 where the left instant is before, at or after the right one. */
export function compareInstants(left: Instant, right: Instant): number {
  if (left.seconds !== right.seconds) return left.seconds - right.seconds;
  return left.fraction < right.fraction ? -1 : left.fraction > right.fraction ? 1 : 0;
}
