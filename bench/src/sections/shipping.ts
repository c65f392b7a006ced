import { type ContenderName, contenders } from '../contender.ts';
import type { Load } from '../load.ts';
import type { MeasureName } from '../measure.ts';
import { medianOf, type Results, runRounds } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { figure, formatTable, thousands, times } from '../table.ts';

const names: readonly ContenderName[] = ['agentAuditRotating', 'agentAuditShipping'];
const paceEventsPerSecond = 100_000;

function measure({ options, progress }: SectionContext, name: MeasureName, load: Load): Promise<Results> {
  const onRound = (contender: ContenderName): void => progress(`${name}: ${contenders[contender].title}`);
  return runRounds({ measure: name, contenders: names, rounds: options.quick ? 3 : 7, folder: options.folder, load: () => load }, onRound);
}

async function run(context: SectionContext): Promise<SectionReport> {
  const { quick } = context.options;
  const latency = await measure(context, 'latency', { events: quick ? 100_000 : 300_000, burst: 1000, seconds: 60 });
  const delay = await measure(context, 'loopDelay', { events: paceEventsPerSecond, burst: 0, seconds: quick ? 2 : 4 });
  const throughput = await measure(context, 'throughput', { events: quick ? 200_000 : 1_000_000, burst: 1000, seconds: 60 });
  const rows = names.map((contender) => [
    contenders[contender].title,
    figure(medianOf(latency, contender, 'p50Ns') / 1000, 2, 'µs'),
    figure(medianOf(latency, contender, 'p99Ns') / 1000, 2, 'µs'),
    figure(medianOf(delay, contender, 'p99Ms'), 1, 'ms'),
    thousands(medianOf(throughput, contender, 'callerPerSecond')),
    thousands(medianOf(throughput, contender, 'totalPerSecond')),
  ]);
  const header = ['a collector', 'log() p50', 'p99', 'loop delay p99 at 100k/s', 'events/s for the caller', 'until all is kept'];
  const note = 'The collector is a process of its own on the same machine, which cosigns and stores nothing.';
  const slower = medianOf(latency, 'agentAuditShipping', 'p50Ns') / medianOf(latency, 'agentAuditRotating', 'p50Ns');
  return {
    markdown: `${formatTable(header, rows)}\n\n${note}`,
    goals: [goalOf('log(), median, shipping against not', slower, { atMost: 1.1 }, times)],
    figures: {
      'shipping, latency': Object.fromEntries(latency),
      'shipping, loopDelay': Object.fromEntries(delay),
      'shipping, throughput': Object.fromEntries(throughput),
    },
  };
}

export const shipping: Section = { name: 'shipping', title: 'What shipping costs', run };
