// How events come: a number of them, in bursts of one tick each, the way a program that does other things logs.
import { setImmediate } from 'node:timers/promises';
import type { Sink } from './contender.ts';
import { eventAt } from './event.ts';

/** What a measure is told to do; each takes what it needs. */
export interface Load {
  readonly events: number;
  /** Events per turn of the event loop; 0: all in one turn. */
  readonly burst: number;
  /** When a measure that runs for a time ends, or one that is too slow gives up. */
  readonly seconds: number;
}

/** Numbers by their name, unit last. */
export type Measurement = Readonly<Record<string, number>>;

/** Logs events [from, to) in bursts; `afterBurst` may end it early by returning false. @returns the position reached */
export async function logBursts(
  sink: Sink,
  range: { readonly from: number; readonly to: number; readonly burst: number },
  afterBurst: (position: number) => boolean = () => true,
): Promise<number> {
  const burst = range.burst === 0 ? range.to - range.from : range.burst;
  let position = range.from;
  while (position < range.to) {
    const end = Math.min(position + burst, range.to);
    for (; position < end; position++) sink.log(eventAt(position));
    if (!afterBurst(position)) break;
    if (position < range.to) await setImmediate();
  }
  return position;
}
