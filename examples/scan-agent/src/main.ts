// The scan agent: `node dist/main.js [DIRECTORY | JOB.json]…` scans directories for leaked secrets, and records what it did. Without
// anything to scan it gives a tour: what `npm start` shows. Exit status: 0 all done · 1 not all · 2 usage · 130 or 143 by a signal.
import { mkdirSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createLogger, EventType } from 'agent-audit';
import { readArguments } from './arguments.ts';
import { JobFileError, readJobFile } from './job-file.ts';
import { type Job, jobFor, runJobs } from './jobs.ts';
import { showOutcomes, showRun } from './show.ts';
import { showNextSteps, showTrail, startTour, verifyAndProve } from './tour.ts';
import type { Destination } from './upload.ts';

const concurrency = 2;
const timeoutMs = 60_000;
// Chunks this small show what chunks are; a real agent's are as large as one attempt is wanted to be.
const retries = { chunkBytes: 2 * 1024, attemptsMax: 4, attemptTimeoutMs: 2_000, backoffMs: 100, backoffMaxMs: 5_000 };

const given = readArguments(process.argv.slice(2));
const tour = given.jobs.length === 0 ? await startTour(given.data) : undefined;
const upload = tour ?? { url: given.upload, token: process.env['SCAN_AGENT_TOKEN'] ?? '' };
const destination: Destination | undefined = upload.url === undefined ? undefined : { ...retries, url: upload.url, token: upload.token };
const signal = stopOnSignals();
const startedAt = new Date();
const reports = join(given.data, 'reports');
mkdirSync(reports, { recursive: true, mode: 0o700 });

// Where another process writes this log already, this throws LOG_IN_USE and names it: a log has one writer.
const audit = createLogger({ agentId: 'scan-agent', logFile: join(given.data, 'audit.log') });
const linesBefore = audit.health().size;
audit.info(EventType.AgentStart, 'Scan agent started', { concurrency, node: process.version });
const jobs = tour?.jobs ?? given.jobs.flatMap(jobOf);
showRun({ jobs, concurrency, logFile: audit.logFile, reports, uploadTo: destination?.url, lines: linesBefore });
const trail = tour && showTrail(audit.logFile, startedAt);

const outcomes = await runJobs(jobs, { audit, reports, destination, limits: given, concurrency, signal });
const completed = outcomes.filter(({ status }) => status === 'completed').length;
audit.info(EventType.AgentStop, 'Scan agent stopped', { completed });
await audit.stop();

await trail?.end();
tour?.end();
showOutcomes(outcomes);
if (tour && !signal.aborted) {
  await verifyAndProve(audit, tour.jobs);
  showNextSteps(audit.logFile, tour.jobs);
} else if (completed < Math.max(jobs.length, given.jobs.length)) {
  process.exitCode ??= 1;
}

/** A directory is a job, and so is what a job file asks for. A file that is wrong is recorded, and the others go on. */
function jobOf(path: string): Job[] {
  if (!path.endsWith('.json')) return [jobFor(path, timeoutMs)];
  try {
    const request = readJobFile(path);
    return [jobFor(request.directory, request.timeoutMs ?? timeoutMs)];
  } catch (error) {
    if (!(error instanceof JobFileError)) throw error;
    audit.error(EventType.ValidationError, 'Job file refused', error, { file: path, code: error.code });
    return [];
  }
}

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
