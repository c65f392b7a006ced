import type { Measurement } from '../load.ts';
import type { MeasureName } from '../measure.ts';
import { runOnce, withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median } from '../statistics.ts';
import { canStore } from '../stored.ts';
import { figure, formatTable, thousands } from '../table.ts';

interface Case {
  readonly title: string;
  readonly measure: MeasureName;
  readonly linesPerRequest: number;
}

/** 10,000 lines are a request as large as it may be; 500 are what an agent sends that is not behind. */
const cases: readonly Case[] = [
  { title: 'inflated, verified, cosigned; 10,000 lines a request', measure: 'ingestVerify', linesPerRequest: 10_000 },
  { title: 'the same, 500 lines a request', measure: 'ingestVerify', linesPerRequest: 500 },
  { title: 'over HTTP, and stored with fsync; 10,000 lines', measure: 'ingestStore', linesPerRequest: 10_000 },
  { title: 'the same, 500 lines', measure: 'ingestStore', linesPerRequest: 500 },
  { title: 'the same, 500 lines, of 64 agents instead of four', measure: 'ingestFleet', linesPerRequest: 500 },
];

async function measureCase({ options }: SectionContext, { measure, linesPerRequest }: Case): Promise<Measurement[]> {
  const events = options.quick ? 200_000 : 1_000_000;
  const found: Measurement[] = [];
  if (measure !== 'ingestVerify' && !canStore()) return found;
  for (let round = 0; round < (options.quick ? 1 : 3); round++) {
    const load = { events, burst: linesPerRequest, seconds: 0 };
    found.push(await withFolder(options.folder, (folder) => runOnce(measure, 'nothing', folder, load)));
  }
  return found;
}

async function run(context: SectionContext): Promise<SectionReport> {
  const found = new Map<string, Measurement[]>();
  for (const one of cases) {
    context.progress(`ingest: ${one.title}`);
    found.set(one.title, await measureCase(context, one));
  }
  const of = (title: string | undefined, name: string): number =>
    median((found.get(title ?? '') ?? []).map((measurement) => measurement[name] ?? Number.NaN));
  const rows = cases.map(({ title }) => [
    title,
    thousands(of(title, 'perSecond')),
    figure(of(title, 'cpuUsPerEvent'), 1, 'µs'),
    figure(of(title, 'rssMaxMiB'), 0, 'MiB'),
  ]);
  return {
    markdown: formatTable(['four agents, 340 B events, gzip', 'events/s', 'CPU an event', 'RSS'], rows),
    goals: [goalOf('collector: verified, stored, cosigned', of(cases[2]?.title, 'perSecond'), { atLeast: 100_000 }, thousands)],
    figures: { ingest: Object.fromEntries(found) },
  };
}

export const ingest: Section = { name: 'ingest', title: 'Collecting', run };
