import { type ContenderName, contenderNames, contenders } from '../contender.ts';
import type { Load } from '../load.ts';
import type { MeasureName } from '../measure.ts';
import { medianOf, type Results, runRounds } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { figure, formatTable, thousands } from '../table.ts';

/** Left out: one that never rotates, and those that the sections on redaction and shipping are about. */
const left: ReadonlySet<ContenderName> = new Set(['agentAudit', 'agentAuditUnredacted', 'agentAuditShipping', 'pinoRedacting']);
const measured = contenderNames.filter((contender) => !left.has(contender));
const paceEventsPerSecond = 100_000;

/** Each cost is measured alone: timing single calls slows them, and a paced run says nothing of memory. */
function measure({ options, progress }: SectionContext, name: MeasureName, rounds: number, load: Load): Promise<Results> {
  const onRound = (contender: ContenderName): void => progress(`${name}: ${contenders[contender].title}`);
  return runRounds({ measure: name, contenders: measured, rounds, folder: options.folder, load: () => load }, onRound);
}

const header = [
  'what it costs the process',
  'log() p50',
  'p99',
  'loop delay p99 at 100k/s',
  'RSS, first tenth → most',
  'over events',
  'scavenges per 500k',
];

const note = 'What log() defers (winston, pino async, LogTape non-blocking) is not in its time, but in delay, memory and throughput.';

function formatRow(contender: ContenderName, latency: Results, delay: Results, memory: Results): string[] {
  const reached = medianOf(delay, contender, 'reachedPerSecond');
  const keepsUp = reached > paceEventsPerSecond * 0.9;
  return [
    contenders[contender].title,
    figure(medianOf(latency, contender, 'p50Ns') / 1000, 2, 'µs'),
    figure(medianOf(latency, contender, 'p99Ns') / 1000, 2, 'µs'),
    keepsUp ? figure(medianOf(delay, contender, 'p99Ms'), 1, 'ms') : `only ${thousands(reached)}/s`,
    `${figure(medianOf(memory, contender, 'rssEarlyMiB'), 0, '')}→ ${figure(medianOf(memory, contender, 'rssMaxMiB'), 0, 'MiB')}`,
    thousands(medianOf(memory, contender, 'loggedEvents')),
    figure(medianOf(memory, contender, 'scavengesPer500k'), 0, '').trim(),
  ];
}

async function run(context: SectionContext): Promise<SectionReport> {
  const { quick } = context.options;
  const latency = await measure(context, 'latency', 3, { events: quick ? 100_000 : 300_000, burst: 1000, seconds: 60 });
  const delay = await measure(context, 'loopDelay', quick ? 1 : 3, { events: paceEventsPerSecond, burst: 0, seconds: quick ? 2 : 4 });
  const memory = await measure(context, 'memory', 1, { events: quick ? 1_000_000 : 5_000_000, burst: 1000, seconds: 30 });
  const rows = measured.map((contender) => formatRow(contender, latency, delay, memory));
  const own = (results: Results, name: string): number => medianOf(results, 'agentAuditRotating', name);
  return {
    markdown: `${formatTable(header, rows)}\n\n${note}`,
    goals: [
      goalOf('log(), median', own(latency, 'p50Ns') / 1000, { atMost: 0.8 }, (value) => figure(value, 2, 'µs')),
      goalOf('event-loop delay p99 under 100k events/s', own(delay, 'p99Ms'), { atMost: 2 }, (value) => figure(value, 1, 'ms')),
      goalOf('RSS at most while logging', own(memory, 'rssMaxMiB'), { atMost: 100 }, (value) => figure(value, 0, 'MiB')),
      goalOf('scavenges per 500k events', own(memory, 'scavengesPer500k'), { atMost: 20 }, (value) => figure(value, 0, '').trim()),
    ],
    figures: { latency: Object.fromEntries(latency), loopDelay: Object.fromEntries(delay), memory: Object.fromEntries(memory) },
  };
}

export const costs: Section = { name: 'costs', title: 'What logging costs the process', run };
