// The scan agent: `node dist/main.js [DIRECTORY | JOB.json]…` scans directories for leaked secrets, and records what it did. Without
// anything to scan it gives a tour: what `npm start` shows. Exit status: 0 all done · 1 not all · 2 usage · 130 or 143 by a signal.
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { runAgent } from './agent.ts';
import { readArguments } from './arguments.ts';
import { showOutcomes, showRun } from './show.ts';
import { startTour } from './tour.ts';

// Chunks this small show what chunks are; a real agent's are as large as one attempt is wanted to be.
const retries = { chunkBytes: 4 * 1024, attemptsMax: 4, attemptTimeoutMs: 2_000, backoffMs: 100, backoffMaxMs: 5_000 };

const given = readArguments(process.argv.slice(2));
const tour = given.paths.length === 0 ? await startTour(given.data) : undefined;
const { url, token } = tour ?? { url: given.upload, token: process.env['SCAN_AGENT_TOKEN'] ?? '' };
const paths = tour?.paths ?? given.paths;
const reports = join(given.data, 'reports');
mkdirSync(reports, { recursive: true, mode: 0o700 });
const signal = stopOnSignals();

const outcomes = await runAgent({
  name: given.name,
  collector: tour?.collector,
  logFile: join(given.data, 'audit.log'),
  reports,
  destination: url === undefined ? undefined : { ...retries, url, token },
  limits: given.limits,
  paths,
  signal,
  onOpen(audit) {
    showRun({ paths, logFile: audit.logFile, shipTo: tour?.collector?.url, reports, uploadTo: url, lines: audit.health().size });
    tour?.showTrail(audit);
  },
});
await tour?.endTrail();
showOutcomes(outcomes);
if (tour !== undefined && !signal.aborted) await tour.showLog(outcomes);
else if (outcomes.filter(({ status }) => status === 'completed').length < paths.length) process.exitCode ??= 1;
await tour?.end();

/**
 * SIGINT and SIGTERM end the running jobs, so that the end of each and of the agent is recorded before the log closes. An agent
 * with nothing to end leaves it to the logger: `createLogger({ handleSignals: true })`. The second signal ends the process at once.
 */
function stopOnSignals(): AbortSignal {
  const stopping = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.once(name, () => {
      process.exitCode = 128 + constants.signals[name];
      stopping.abort(new Error(`stopped by ${name}`));
    });
  }
  return stopping.signal;
}
