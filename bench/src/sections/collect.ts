import type { Measurement } from '../load.ts';
import { runOnce, withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median } from '../statistics.ts';
import { canStore } from '../stored.ts';
import { figure, formatTable, thousands } from '../table.ts';

const burst = 1_000;
const about =
  'Three processes on one machine; the agents log as fast as they can. Where the processors are busy throughout, what an event costs at ' +
  'both ends is what bounds it. No agent was cut off for a minute, so that none is held to the pace of one that catches up (8 MiB/s).';

async function run({ options, progress }: SectionContext): Promise<SectionReport> {
  const found: Measurement[] = [];
  const rounds = options.quick ? 1 : 3;
  for (let round = 0; canStore() && round < rounds; round++) {
    progress(`collect: round ${round + 1} of ${rounds}`);
    const load = { events: options.quick ? 200_000 : 1_000_000, burst, seconds: 0 };
    found.push(await withFolder(options.folder, (folder) => runOnce('collect', 'nothing', folder, load)));
  }
  const of = (name: string): number => median(found.map((measurement) => measurement[name] ?? Number.NaN));
  const costs = ['collector CPU an event', 'agent CPU an event', 'processors busy', 'collector RSS', 'agent RSS'];
  const header = ['two agents and a collector', 'events/s', ...costs];
  const row = [
    'logged, sealed, shipped, verified, stored, cosigned',
    thousands(of('perSecond')),
    figure(of('collectorCpuUsPerEvent'), 1, 'µs'),
    figure(of('agentCpuUsPerEvent'), 1, 'µs'),
    figure(of('busyPercent'), 0, '%'),
    figure(of('collectorRssMaxMiB'), 0, 'MiB'),
    figure(of('agentRssMaxMiB'), 0, 'MiB'),
  ];
  return {
    markdown: `${formatTable(header, [row])}\n\n${about}`,
    goals: [goalOf('agents and collector on one machine', of('perSecond'), { atLeast: 60_000 }, thousands)],
    figures: { collect: { 'agents and collector': found } },
  };
}

export const collect: Section = { name: 'collect', title: 'From agents into a collector', run };
