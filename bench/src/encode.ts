/**
 * What it costs to encode one event, without any write: `node bench/dist/encode.js [rounds]`.
 * Nanoseconds for each event, the median of all rounds and the best, and the garbage collections for each 500,000
 * events. The cases take turns, so that a slow moment of the machine meets all of them.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { agentId, eventAt, jobId } from './event.ts';
import { median } from './statistics.ts';

/** What is used of the encoder, which is no public name of its package. */
interface LineEncoder {
  readonly length: number;
  clear(): void;
  append(
    seq: number,
    timeMs: number,
    type: string,
    severity: string,
    message: string,
    error: unknown,
    details: unknown,
    scope: unknown,
  ): void;
}
interface EncoderModule {
  readonly LineEncoder: new (options: { agentId: string }) => LineEncoder;
}

/** One event of a case: each differs a little from the one before, as real ones do. */
interface Sample {
  readonly type: string;
  readonly message: string;
  readonly error: unknown;
  readonly details: unknown;
  readonly scope: unknown;
}

interface Contender {
  readonly name: string;
  readonly encoder: LineEncoder;
  readonly samples: readonly Sample[];
  readonly costs: number[];
  collections: number;
}

const flushBytes = 65_536;
const eventsPerRound = 50_000;
const eventsPerMillisecond = 500;
const warmUpRounds = 3;
const firstTimeMs = 1_790_000_000_000;
const samplesPerCase = 1_024;
const scope = { jobId };

const cases: Readonly<Record<string, (i: number) => Sample>> = {
  'five details (340 B)': (i) => sample(eventAt(i).type, eventAt(i).message, eventAt(i).details),
  'no details': (i) => sample('scan_started', `Scanning target host-${i % 97} with the default set`, undefined),
  'message not ASCII': (i) => sample(eventAt(i).type, `Prüfung № ${i % 97} von größeren Zielen läuft`, eventAt(i).details),
  'nested details': (i) => sample('finding', `Finding ${i} on host-${i % 97}`, nestedDetails(i)),
  // Each object has a hidden class of its own, as objects have that are made by a spread and one member more.
  'details of a spread': (i) => sample(eventAt(i).type, eventAt(i).message, { ...spreadBase(i), matched: i % 9 === 0 }),
  'an error': (i) => sample('upload_failed', 'Upload failed', undefined, new Error(`connect ECONNREFUSED 10.0.0.${i % 250}:443`)),
};

/** Always of one shape, so that reading a sample costs every case the same. */
function sample(type: string, message: string, details: unknown, error?: unknown): Sample {
  return { type, message, error, details, scope };
}

function spreadBase(i: number): object {
  const { target, template, status, elapsed_ms: elapsedMs } = eventAt(i).details;
  return { target, template, status, elapsed_ms: elapsedMs };
}

function nestedDetails(i: number): object {
  return {
    finding: { id: `f-${i}`, rule: 'hard-coded-secret', location: { file: `src/module-${i % 31}.ts`, line: i % 800, column: 7 } },
    tags: ['secret', 'high', `team-${i % 9}`],
    confirmed: i % 2 === 0,
  };
}

async function loadEncoder(): Promise<EncoderModule> {
  const module: unknown = await import(new URL('../../packages/agent/dist/encode/index.js', import.meta.url).href);
  if (isEncoderModule(module)) return module;
  throw new Error('packages/agent/dist/encode has no LineEncoder: build first, with `npm run build`');
}

function isEncoderModule(module: unknown): module is EncoderModule {
  return typeof module === 'object' && module !== null && 'LineEncoder' in module;
}

function append(encoder: LineEncoder, seq: number, timeMs: number, { type, message, error, details, scope: about }: Sample): void {
  encoder.append(seq, timeMs, type, 'INFO', message, error, details, about);
}

/** Nanoseconds for each event of one round. */
function runRound({ encoder, samples }: Contender, firstSeq: number): number {
  const began = process.hrtime.bigint();
  for (let i = 0; i < eventsPerRound; i++) {
    const next = samples[i % samplesPerCase];
    if (next !== undefined) append(encoder, firstSeq + i, firstTimeMs + Math.floor(i / eventsPerMillisecond), next);
    if (encoder.length >= flushBytes) encoder.clear();
  }
  return Number(process.hrtime.bigint() - began) / eventsPerRound;
}

function report({ name, encoder, samples, costs, collections }: Contender): void {
  encoder.clear();
  for (const each of samples) append(encoder, 1_000_000, firstTimeMs, each);
  const lineBytes = encoder.length / samples.length;
  const per500k = (collections / (costs.length * eventsPerRound)) * 500_000;
  console.log(
    `${name.padEnd(22)} ${lineBytes.toFixed(0).padStart(4)} B ${median(costs).toFixed(0).padStart(6)} ns` +
      `  best ${Math.min(...costs).toFixed(0).padStart(5)} ns  ${per500k.toFixed(1).padStart(6)} collections / 500k`,
  );
}

async function main(rounds: number): Promise<void> {
  const { LineEncoder } = await loadEncoder();
  let collections = 0;
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length;
  });
  observer.observe({ entryTypes: ['gc'] });
  const contenders = Object.entries(cases).map(([name, make]): Contender => {
    const samples = Array.from({ length: samplesPerCase }, (_, i) => make(i));
    return { name, encoder: new LineEncoder({ agentId }), samples, costs: [], collections: 0 };
  });
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const contender of contenders) {
      collections = 0;
      const cost = runRound(contender, (round + warmUpRounds) * eventsPerRound + 1_000_000);
      // The observer is told after the round.
      await new Promise((resolve) => setTimeout(resolve, 5));
      if (round < 0) continue;
      contender.costs.push(cost);
      contender.collections += collections;
    }
  }
  observer.disconnect();
  for (const contender of contenders) report(contender);
}

await main(Number(process.argv[2] ?? 21));
