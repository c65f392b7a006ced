import { join } from 'node:path';
import { verifyLogFile } from 'agent-audit/files';
import type { OpenSink } from '../contender.ts';
import { logName } from '../contenders/agent-audit.ts';
import { type Load, logBursts, type Measurement } from '../load.ts';

/** Leaves a whole, closed log of some events in the folder. Not timed. */
export async function writeLog(open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const logged = await logBursts(sink, { from: 0, to: events, burst });
  await sink.finish();
  await sink.close();
  return { loggedEvents: logged };
}

/** Verifies the log in the folder on `burst` threads. A log that is not sound has no figure. */
export async function measureVerify(_open: OpenSink, folder: string, { burst: jobs }: Load): Promise<Measurement> {
  const startMs = performance.now();
  const report = await verifyLogFile(join(folder, logName), { jobs });
  const seconds = (performance.now() - startMs) / 1000;
  const [problem] = report.problems;
  if (problem !== undefined) throw new Error(`the log is not sound: ${problem.code}: ${problem.message}`);
  return { seconds, lines: report.lines, rssMaxMiB: process.resourceUsage().maxRSS / 1024 };
}
