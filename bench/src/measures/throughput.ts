import { setImmediate } from 'node:timers/promises';
import type { OpenSink } from '../contender.ts';
import { countKept } from '../kept.ts';
import { type Load, logBursts, type Measurement } from '../load.ts';

const warmUpEvents = 20_000;

/**
 * Events per second, twice: until the last log() returned (the caller's time), and until finish() resolved. What the contender then holds
 * on disk is counted, so that a log that lost events cannot look fast.
 */
export async function measureThroughput(open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const sink = await open(folder);
  await logBursts(sink, { from: 0, to: warmUpEvents, burst: 1000 });
  await setImmediate();
  const startMs = performance.now();
  await logBursts(sink, { from: warmUpEvents, to: warmUpEvents + events, burst });
  const callerMs = performance.now() - startMs;
  await sink.finish();
  const totalMs = performance.now() - startMs;
  await sink.close();
  const kept = countKept(folder);
  return {
    callerPerSecond: (events / callerMs) * 1000,
    totalPerSecond: (events / totalMs) * 1000,
    lostEvents: warmUpEvents + events - kept.events,
    bytesPerEvent: kept.bytes / kept.events,
  };
}
