import type { OpenSink } from '../contender.ts';
import { eventAt } from '../event.ts';
import type { Load, Measurement } from '../load.ts';
import { percentile } from '../statistics.ts';

/** `burst` callers side by side, each of which logs one event, awaits its durability, and begins again. */
export async function measureDurable(open: OpenSink, folder: string, { burst: callers, seconds }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const { flush } = sink;
  if (flush === undefined) throw new Error('this contender has no way to wait until an event is durable');
  const waitsMs: number[] = [];
  const startMs = performance.now();
  let position = 0;
  const call = async (): Promise<void> => {
    while (performance.now() - startMs < seconds * 1000) {
      const loggedMs = performance.now();
      sink.log(eventAt(position++));
      await flush();
      waitsMs.push(performance.now() - loggedMs);
    }
  };
  await Promise.all(Array.from({ length: callers }, call));
  const elapsedMs = performance.now() - startMs;
  await sink.finish();
  await sink.close();
  return {
    perSecond: (waitsMs.length / elapsedMs) * 1000,
    p50Ms: percentile(waitsMs, 0.5),
    p99Ms: percentile(waitsMs, 0.99),
  };
}
