import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { logName } from '../contenders/agent-audit.ts';
import { buildGoVerifier, timeGoVerifier } from '../go.ts';
import type { Measurement } from '../load.ts';
import { runOnce, withFolder } from '../rounds.ts';
import { goalOf, type Section, type SectionContext, type SectionReport } from '../section.ts';
import { median } from '../statistics.ts';
import { figure, formatTable, times } from '../table.ts';

const megabyte = 1_000_000;

interface Times {
  /** One thread, one segment. */
  readonly own: Measurement[];
  readonly go: Measurement[];
  /** The same events as packed segments, all threads. */
  readonly parallel: Measurement[];
}

/** Interleaves the verifiers on the same logs. The first reading of each warms the file cache and does not count. */
async function measure({ options, progress }: SectionContext, single: string, rotated: string): Promise<Times> {
  const found: Times = { own: [], go: [], parallel: [] };
  const go = buildGoVerifier(single);
  const rounds = options.quick ? 3 : 5;
  for (let round = -1; round < rounds; round++) {
    progress(`verify, round ${round + 1} of ${rounds}`);
    const own = await runOnce('verify', 'agentAudit', single, { events: 0, burst: 1, seconds: 0 });
    const goSeconds = go === undefined ? undefined : await timeGoVerifier(go, single, join(single, logName));
    const parallel = await runOnce('verify', 'agentAudit', rotated, { events: 0, burst: availableParallelism(), seconds: 0 });
    if (round < 0) continue;
    found.own.push(own);
    found.parallel.push(parallel);
    if (goSeconds !== undefined) found.go.push({ seconds: goSeconds });
  }
  return found;
}

function formatReport(found: Times, bytes: number): SectionReport {
  const rate = (rounds: readonly Measurement[]): number => bytes / megabyte / median(rounds.map((round) => round['seconds'] ?? Number.NaN));
  const megabytes = (value: number): string => figure(value, 0, 'MB/s');
  const rss = (rounds: readonly Measurement[]): string => figure(median(rounds.map((round) => round['rssMaxMiB'] ?? Number.NaN)), 0, 'MiB');
  const rows = [
    ["Go's sumdb/tlog (root and signature only)", megabytes(rate(found.go)), '–'],
    ['agent-audit, one thread', megabytes(rate(found.own)), rss(found.own)],
    [`agent-audit, ${availableParallelism()} threads, packed segments`, megabytes(rate(found.parallel)), rss(found.parallel)],
  ];
  return {
    markdown: formatTable([`verify ${Math.round(bytes / megabyte)} MB`, 'speed', 'RSS'], rows),
    goals: [
      goalOf('verify, one core', rate(found.own), { atLeast: 250 }, megabytes),
      goalOf("verify, against Go's sumdb/tlog", rate(found.own) / rate(found.go), { atLeast: 1 }, times),
    ],
    figures: { verify: { agentAudit: found.own, go: found.go, 'agentAudit, packed segments': found.parallel } },
  };
}

function run(context: SectionContext): Promise<SectionReport> {
  const { folder, quick } = context.options;
  const load = { events: quick ? 500_000 : 3_000_000, burst: 1000, seconds: 0 };
  return withFolder(folder, (single) =>
    withFolder(folder, async (rotated) => {
      context.progress(`verify: writing two logs of ${load.events} events`);
      await runOnce('writeLog', 'agentAudit', single, load);
      await runOnce('writeLog', 'agentAuditRotating', rotated, load);
      return formatReport(await measure(context, single, rotated), statSync(join(single, logName)).size);
    }),
  );
}

export const verify: Section = { name: 'verify', title: 'Verification', run };
