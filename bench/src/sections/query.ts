import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isInstalled, timeCommand } from '../command.ts';
import { logName } from '../contenders/agent-audit.ts';
import type { Measurement } from '../load.ts';
import { runOnce, withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median } from '../statistics.ts';
import { figure, formatTable, times } from '../table.ts';

const gigabyte = 1_000_000_000;
/** A gigabyte of lines. */
const events = 2_920_000;
const rounds = 3;
const cliPath = fileURLToPath(new URL('../../../packages/cli/bin/agent-audit.js', import.meta.url));

interface Searcher {
  readonly title: string;
  readonly program: string;
  readonly command: (logFile: string) => [string, ...string[]];
}

/** One question in three languages. Each must find the same lines, one in twenty. */
const searchers: readonly Searcher[] = [
  {
    title: 'agent-audit query',
    program: process.execPath,
    command: (logFile) => [process.execPath, cliPath, 'query', 'type:upload_completed details.status:404', logFile, '--json'],
  },
  {
    title: 'jq -c select(…)',
    program: 'jq',
    command: (logFile) => ['jq', '-c', 'select(.type=="upload_completed" and .details.status==404)', logFile],
  },
  {
    title: 'grep',
    program: 'grep',
    command: (logFile) => ['grep', '"type":"upload_completed".*"status":404,', logFile],
  },
];

/** Every searcher's seconds; what they found is compared, so that a searcher that looks at less cannot look fast. */
async function measure({ progress }: SectionContext, folder: string): Promise<Map<string, number[]>> {
  const seconds = new Map<string, number[]>();
  const outputPath = join(folder, 'found');
  let found: string | undefined;
  for (let round = 0; round < rounds; round++) {
    for (const { title, program, command } of searchers) {
      if (!isInstalled(program)) continue;
      progress(`query, round ${round + 1} of ${rounds}: ${title}`);
      const timed = await timeCommand(command(join(folder, logName)), outputPath);
      const lines = readFileSync(outputPath, 'utf8');
      found ??= lines;
      if (lines !== found) throw new Error(`${title} found other lines than ${searchers[0]?.title} did`);
      seconds.set(title, [...(seconds.get(title) ?? []), timed.seconds]);
    }
  }
  return seconds;
}

function formatReport(seconds: ReadonlyMap<string, readonly number[]>, bytes: number): SectionReport {
  const took = (index: number): number => median(seconds.get(searchers[index]?.title ?? '') ?? []);
  const rows = searchers.map(({ title }, index) => [title, figure(took(index), 1, 's'), figure(bytes / took(index) / 1e6, 0, 'MB/s')]);
  const rounded = ([title, all]: [string, readonly number[]]): [string, Measurement[]] => [title, all.map((value) => ({ seconds: value }))];
  return {
    markdown: formatTable([`query ${(bytes / gigabyte).toFixed(2)} GB`, 'time', 'speed'], rows),
    goals: [
      goalOf('query, against jq', took(1) / took(0), { atLeast: 3 }, times),
      goalOf("query, times grep's time", took(0) / took(2), { atMost: 3 }, times),
    ],
    figures: { query: Object.fromEntries([...seconds].map(rounded)) },
  };
}

async function run(context: SectionContext): Promise<SectionReport> {
  if (!context.options.large) return { markdown: 'Not run: it takes a gigabyte (`--large`).', goals: [], figures: {} };
  return withFolder(context.options.folder, async (folder) => {
    context.progress(`query: writing a log of ${events} events`);
    await runOnce('writeLog', 'agentAudit', folder, { events, burst: 1000, seconds: 0 });
    return formatReport(await measure(context, folder), statSync(join(folder, logName)).size);
  });
}

export const query: Section = { name: 'query', title: 'Search', run };
