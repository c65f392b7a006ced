// The measures that run a contender in a child process.
import type { OpenSink } from './contender.ts';
import type { Load, Measurement } from './load.ts';

export type MeasureName =
  | 'throughput'
  | 'latency'
  | 'memory'
  | 'loopDelay'
  | 'durable'
  | 'writeLog'
  | 'verify'
  | 'ingestVerify'
  | 'ingestStore'
  | 'ingestFleet'
  | 'collect';

/** Runs one contender under one load in a folder: empty, but for `verify`, which takes the one that `writeLog` left. */
export type Measure = (open: OpenSink, folder: string, load: Load) => Promise<Measurement>;

/** Every measure, loaded when it is wanted: no contender's process holds code that it has no use for. */
export const measures: Readonly<Record<MeasureName, () => Promise<Measure>>> = {
  throughput: async () => (await import('./measures/throughput.ts')).measureThroughput,
  latency: async () => (await import('./measures/latency.ts')).measureLatency,
  memory: async () => (await import('./measures/memory.ts')).measureMemory,
  loopDelay: async () => (await import('./measures/loop-delay.ts')).measureLoopDelay,
  durable: async () => (await import('./measures/durable.ts')).measureDurable,
  writeLog: async () => (await import('./measures/write-log.ts')).writeLog,
  verify: async () => (await import('./measures/verify.ts')).measureVerify,
  ingestVerify: async () => (await import('./measures/ingest.ts')).measureIngestVerify,
  ingestStore: async () => (await import('./measures/ingest.ts')).measureIngestStore,
  ingestFleet: async () => (await import('./measures/ingest.ts')).measureIngestFleet,
  collect: async () => (await import('./measures/collect.ts')).measureCollect,
};

/** Whether a text names a measure. */
export function isMeasureName(name: string): name is MeasureName {
  return Object.hasOwn(measures, name);
}
