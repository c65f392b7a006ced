import { type ContenderName, contenders } from '../contender.ts';
import { medianOf, runRounds } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { figure, formatTable, thousands } from '../table.ts';

const callers = 256;
const measured: readonly ContenderName[] = ['raw', 'agentAudit'];
const titles: Partial<Record<ContenderName, string>> = {
  raw: 'writeSync + fdatasync for each',
  agentAudit: 'agent-audit, log() + await flush()',
};

async function run({ options, progress }: SectionContext): Promise<SectionReport> {
  const load = { events: 0, burst: callers, seconds: options.quick ? 2 : 4 };
  const results = await runRounds(
    { measure: 'durable', contenders: measured, rounds: options.quick ? 1 : 3, folder: options.folder, load: () => load },
    (contender) => progress(`${callers} callers that await durability: ${contenders[contender].title}`),
  );
  const ms = (value: number): string => figure(value, 1, 'ms');
  const rows = measured.map((contender) => [
    titles[contender] ?? contender,
    thousands(medianOf(results, contender, 'perSecond')),
    ms(medianOf(results, contender, 'p50Ms')),
    ms(medianOf(results, contender, 'p99Ms')),
  ]);
  return {
    markdown: formatTable([`${callers} callers, each awaiting its own event`, 'events/s', 'wait p50', 'p99'], rows),
    goals: [
      goalOf(`${callers} callers, each awaiting durability`, medianOf(results, 'agentAudit', 'perSecond'), { atLeast: 150_000 }, thousands),
      goalOf('their wait, median', medianOf(results, 'agentAudit', 'p50Ms'), { atMost: 2 }, ms),
    ],
    figures: { durable: Object.fromEntries(results) },
  };
}

export const durable: Section = { name: 'durable', title: 'Durability, awaited', run };
