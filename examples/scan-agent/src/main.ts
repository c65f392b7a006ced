// The scan agent: `node dist/main.js [--data FOLDER] [DIRECTORY…]` scans directories for leaked secrets, and records what it did.
// Without a directory it gives a tour: what `npm start` shows. Exit status: 0 all scanned · 1 not all · 2 usage · 130 or 143 by a signal.
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createLogger, EventType } from 'agent-audit';
import { readArguments } from './arguments.ts';
import { jobFor, runJobs } from './jobs.ts';
import { showOutcomes, showRun } from './show.ts';
import { showNextSteps, showTrail, tourJobs, verifyAndProve } from './tour.ts';

const concurrency = 2;
const timeoutMs = 60_000;

const { data, directories } = readArguments(process.argv.slice(2));
const isTour = directories.length === 0;
const jobs = isTour ? tourJobs() : directories.map((directory) => jobFor(directory, timeoutMs));
const signal = stopOnSignals();
const startedAt = new Date();
const reports = join(data, 'reports');
mkdirSync(reports, { recursive: true, mode: 0o700 });

// Where another process writes this log already, this throws LOG_IN_USE and names it: a log has one writer.
const audit = createLogger({ agentId: 'scan-agent', logFile: join(data, 'audit.log') });
showRun({ jobs, concurrency, logFile: audit.logFile, reports, lines: audit.health().size });
const trail = isTour ? showTrail(audit.logFile, startedAt) : undefined;

audit.info(EventType.AgentStart, 'Scan agent started', { jobs: jobs.length, concurrency, node: process.version });
const outcomes = await runJobs(jobs, { audit, reports, concurrency, signal });
audit.info(EventType.AgentStop, 'Scan agent stopped', { completed: outcomes.filter(({ status }) => status === 'completed').length });
await audit.stop();

await trail?.end();
showOutcomes(outcomes);
if (isTour && !signal.aborted) {
  await verifyAndProve(audit, outcomes);
  showNextSteps(audit.logFile, outcomes);
} else if (outcomes.some(({ status }) => status !== 'completed')) {
  process.exitCode ??= 1;
}

/**
 * SIGINT and SIGTERM end the running scans, so that the end of each job and of the agent is recorded before the log closes. An agent
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
