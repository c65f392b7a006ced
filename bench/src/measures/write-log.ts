import type { OpenSink } from '../contender.ts';
import { type Load, logBursts, type Measurement } from '../load.ts';

/** Leaves a whole, closed log of some events in the folder. Not timed. */
export async function writeLog(open: OpenSink, folder: string, { events, burst }: Load): Promise<Measurement> {
  const sink = await open(folder);
  const logged = await logBursts(sink, { from: 0, to: events, burst });
  await sink.finish();
  await sink.close();
  return { loggedEvents: logged };
}
