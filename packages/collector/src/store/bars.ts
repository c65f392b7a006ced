// Bars of one width over a stretch of time: how wide, how many, and which of them an event stands in.
import type { Parameter } from '../db/database.ts';

/** A stretch of time that is cut into bars. */
export interface BarsRequest {
  readonly sinceMs: number;
  readonly untilMs: number;
  /** How many there may be. */
  readonly bars: number;
}

/** More are never made. */
export const barsMax = 400;

/** The width of each, whole milliseconds, and how many cover all of [sinceMs, untilMs). */
export function barsOf({ sinceMs, untilMs, bars }: BarsRequest): { readonly widthMs: number; readonly count: number } {
  const spanMs = untilMs - sinceMs;
  const most = Math.min(barsMax, Math.max(1, Math.floor(bars)));
  const widthMs = Math.max(1, Math.ceil(spanMs / most));
  return { widthMs, count: Math.ceil(spanMs / widthMs) };
}

/** The bar that an event stands in, as an expression; with `barParameters`. */
export const barOfEvent = 'intDiv(toUnixTimestamp64Milli(time) - {bars_since:Int64}, {bar_width:Int64})';

/** What `barOfEvent` is asked with. */
export function barParameters(sinceMs: number, widthMs: number): Readonly<Record<string, Parameter>> {
  return { bars_since: Math.ceil(sinceMs), bar_width: widthMs };
}
