// The scan agent: `node dist/main.js DIRECTORY | JOB.json…` scans directories for leaked secrets, and records what it did. Without
// anything to scan it gives a tour: what `npm start` shows.
// Exit status: 0 all done · 1 not all · 2 usage · 130 or 143 by a signal. A tour that stays is done when a signal ends it: 0.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { runAgent } from './agent.ts';
import { type Arguments, readArguments } from './arguments.ts';
import type { JobOutcome } from './jobs.ts';
import { showOutcome, showOutcomes, showRun } from './show.ts';
import { type Stopping, stopOnSignals } from './signals.ts';
import { giveTour } from './tour.ts';
import { retries } from './transfer.ts';

const given = readArguments(process.argv.slice(2));
const stopping = stopOnSignals();
process.exitCode = given.paths.length === 0 ? await giveTour(given, stopping) : await scanPaths(given, stopping);

/** @returns the exit status */
async function scanPaths({ data, name, paths, limits, upload, restMs }: Arguments, { signal, status }: Stopping): Promise<number> {
  const reports = join(data, 'reports');
  mkdirSync(reports, { recursive: true, mode: 0o700 });
  const outcomes: JobOutcome[] = [];
  await runAgent({
    name,
    collector: undefined,
    logFile: join(data, 'audit.log'),
    reports,
    destination: upload === undefined ? undefined : { ...retries, url: upload, token: process.env['SCAN_AGENT_TOKEN'] ?? '' },
    limits,
    paths,
    restMs,
    signal,
    onOpen: (audit) => showRun({ paths, logFile: audit.logFile, shipTo: undefined, reports, uploadTo: upload, lines: audit.health().size }),
    onOutcome(outcome) {
      if (restMs === undefined) outcomes.push(outcome);
      else showOutcome(outcome);
    },
  });
  if (restMs === undefined) showOutcomes(outcomes);
  const allDone = restMs !== undefined || outcomes.filter((outcome) => outcome.status === 'completed').length === paths.length;
  return status() ?? (allDone ? 0 : 1);
}
