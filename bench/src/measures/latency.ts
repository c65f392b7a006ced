import { setImmediate } from 'node:timers/promises';
import type { OpenSink } from '../contender.ts';
import { eventAt } from '../event.ts';
import type { Load, Measurement } from '../load.ts';
import { percentile } from '../statistics.ts';

const warmUpEvents = 50_000;
const sampleEvery = 64;

/** How long one log() holds its caller: one call in 64 is timed, the reading of the clock (see the floor) included. */
export async function measureLatency(open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const samplesNs: number[] = [];
  for (let position = 0; position < warmUpEvents + events; position++) {
    const event = eventAt(position);
    if (position % sampleEvery === 0 && position >= warmUpEvents) {
      const start = process.hrtime.bigint();
      sink.log(event);
      samplesNs.push(Number(process.hrtime.bigint() - start));
    } else {
      sink.log(event);
    }
    if (position % burst === burst - 1) await setImmediate();
  }
  await sink.finish();
  await sink.close();
  return { p50Ns: percentile(samplesNs, 0.5), p99Ns: percentile(samplesNs, 0.99) };
}
