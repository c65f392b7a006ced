import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks';
import { setImmediate } from 'node:timers/promises';
import type { OpenSink } from '../contender.ts';
import { type Load, logBursts, type Measurement } from '../load.ts';

const mebibyte = 1024 * 1024;

/** Node puts the kind of a collection into its entry's detail, which the types of Node 20 leave out. */
function isScavenge(entry: PerformanceEntry): boolean {
  const detail: unknown = Reflect.get(entry, 'detail');
  return typeof detail === 'object' && detail !== null && Reflect.get(detail, 'kind') === constants.NODE_PERFORMANCE_GC_MINOR;
}

/** A scavenge is the young generation's collection: there is one for every few megabytes of garbage that log() leaves behind. */
function countScavenges(): { count(): number; stop(): void } {
  let scavenges = 0;
  const observer = new PerformanceObserver((list) => {
    scavenges += list.getEntries().filter(isScavenge).length;
  });
  observer.observe({ entryTypes: ['gc'] });
  return { count: () => scavenges, stop: () => observer.disconnect() };
}

/** Memory and garbage over a long run: the highest RSS, the RSS after the first tenth (flat: no more by the end), scavenges. */
export async function measureMemory(open: OpenSink, folder: string, { events, burst, seconds }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const scavenges = countScavenges();
  const startMs = performance.now();
  let rssMax = 0;
  let rssEarly = 0;
  const logged = await logBursts(sink, { from: 0, to: events, burst }, (position) => {
    const rss = process.memoryUsage.rss();
    rssMax = Math.max(rssMax, rss);
    if (position <= events / 10) rssEarly = rssMax;
    return performance.now() - startMs < seconds * 1000;
  });
  await setImmediate(); // the observer hears of the last collections
  const scavengeCount = scavenges.count();
  scavenges.stop();
  await sink.finish();
  await sink.close();
  return {
    loggedEvents: logged,
    rssMaxMiB: rssMax / mebibyte,
    rssEarlyMiB: rssEarly / mebibyte,
    scavengesPer500k: (scavengeCount / logged) * 500_000,
  };
}
