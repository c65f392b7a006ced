import { join } from 'node:path';
import { verifyLogFile } from 'agent-audit/files';
import type { OpenSink } from '../contender.ts';
import { logName } from '../contenders/agent-audit.ts';
import type { Load, Measurement } from '../load.ts';

/** Verifies the log in the folder on `burst` threads. A log that is not sound has no figure. */
export async function measureVerify(_open: OpenSink, folder: string, { burst: jobs }: Load): Promise<Measurement> {
  const startMs = performance.now();
  const report = await verifyLogFile(join(folder, logName), { jobs });
  const seconds = (performance.now() - startMs) / 1000;
  const [problem] = report.problems;
  if (problem !== undefined) throw new Error(`the log is not sound: ${problem.code}: ${problem.message}`);
  return { seconds, lines: report.lines, rssMaxMiB: process.resourceUsage().maxRSS / 1024 };
}
