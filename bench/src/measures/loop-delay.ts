import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';
import type { OpenSink } from '../contender.ts';
import { eventAt } from '../event.ts';
import type { Load, Measurement } from '../load.ts';

const resolutionMs = 1;
/** A contender that falls behind gets no more than this at once: it is to be seen as slow, not as one long block. */
const burstMax = 1000;

/** The delay that other work in the process meets while `events` arrive per second, a millisecond's worth at a time. */
export async function measureLoopDelay(open: OpenSink, folder: string, { events: ratePerSecond, seconds }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const delay = monitorEventLoopDelay({ resolution: resolutionMs });
  const startMs = performance.now();
  let position = 0;
  delay.enable();
  for (let elapsedMs = 0; elapsedMs < seconds * 1000; elapsedMs = performance.now() - startMs) {
    const due = Math.min(Math.floor((elapsedMs * ratePerSecond) / 1000), position + burstMax);
    for (; position < due; position++) sink.log(eventAt(position));
    await setTimeout(1);
  }
  const elapsedMs = performance.now() - startMs;
  delay.disable();
  await sink.finish();
  await sink.close();
  // The histogram holds whole intervals of its timer; what exceeds the interval is the delay.
  const beyondMs = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e6 - resolutionMs);
  return { p50Ms: beyondMs(delay.percentile(50)), p99Ms: beyondMs(delay.percentile(99)), reachedPerSecond: (position / elapsedMs) * 1000 };
}
