// The measures that run a contender in a child process.
import type { OpenSink } from './contender.ts';
import type { Load, Measurement } from './load.ts';
import { measureDurable } from './measures/durable.ts';
import { measureLatency } from './measures/latency.ts';
import { measureLoopDelay } from './measures/loop-delay.ts';
import { measureMemory } from './measures/memory.ts';
import { measureThroughput } from './measures/throughput.ts';
import { measureVerify, writeLog } from './measures/verify.ts';

export type MeasureName = 'throughput' | 'latency' | 'memory' | 'loopDelay' | 'durable' | 'writeLog' | 'verify';

/** Runs one contender under one load in a folder: empty, but for `verify`, which takes the one that `writeLog` left. */
export type Measure = (open: OpenSink, folder: string, load: Load) => Promise<Measurement>;

export const measures: Readonly<Record<MeasureName, Measure>> = {
  throughput: measureThroughput,
  latency: measureLatency,
  memory: measureMemory,
  loopDelay: measureLoopDelay,
  durable: measureDurable,
  writeLog,
  verify: measureVerify,
};

/** Whether a text names a measure. */
export function isMeasureName(name: string): name is MeasureName {
  return Object.hasOwn(measures, name);
}
