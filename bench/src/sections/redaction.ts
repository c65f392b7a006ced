import { type ContenderName, contenders } from '../contender.ts';
import { medianOf, type Results, runRounds } from '../rounds.ts';
import type { Section, SectionContext, SectionReport } from '../section.ts';
import { figure, formatTable, thousands, times } from '../table.ts';

/** Each with redaction, and without. */
const pairs: readonly (readonly [ContenderName, ContenderName])[] = [
  ['agentAudit', 'agentAuditUnredacted'],
  ['pinoRedacting', 'pinoFastest'],
];
const names = pairs.flat();

function measure({ options, progress }: SectionContext, name: 'throughput' | 'latency', events: number): Promise<Results> {
  const rounds = options.quick ? 3 : 7;
  const load = { events, burst: 1000, seconds: 60 };
  const onRound = (contender: ContenderName): void => progress(`${name}: ${contenders[contender].title}`);
  return runRounds({ measure: name, contenders: names, rounds, folder: options.folder, load: () => load }, onRound);
}

async function run(context: SectionContext): Promise<SectionReport> {
  const { quick } = context.options;
  const latency = await measure(context, 'latency', quick ? 100_000 : 300_000);
  const throughput = await measure(context, 'throughput', quick ? 200_000 : 1_000_000);
  const rate = (contender: ContenderName): number => medianOf(throughput, contender, 'callerPerSecond');
  const rows = pairs.flatMap(([redacting, plain]) =>
    [redacting, plain].map((contender) => [
      contenders[contender].title,
      figure(medianOf(latency, contender, 'p50Ns') / 1000, 2, 'µs'),
      thousands(rate(contender)),
      contender === plain ? '' : times(rate(plain) / rate(redacting)),
    ]),
  );
  const header = ['redaction, of events that hold no secret', 'log() p50', 'events/s for the caller', 'slower than without'];
  const note = 'agent-audit looks into every text and judges every key; pino looks at the four places that it was given.';
  return {
    markdown: `${formatTable(header, rows)}\n\n${note}`,
    goals: [],
    figures: { 'redaction, latency': Object.fromEntries(latency), 'redaction, throughput': Object.fromEntries(throughput) },
  };
}

export const redaction: Section = { name: 'redaction', title: 'What redaction costs', run };
