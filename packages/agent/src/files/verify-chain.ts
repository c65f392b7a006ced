import { type SegmentPlan, type SegmentResult, SegmentVerifier } from '@agent-audit/log';
import { nodeHasher } from '../node-hasher.ts';
import { type ChunkOptions, readChunks } from './chunks.ts';
import { FilesError } from './error.ts';
import type { SegmentFile } from './list.ts';

/** One segment to verify. Plain data: it may be sent to another thread. */
export interface SegmentTask {
  readonly segment: SegmentFile;
  readonly plan: SegmentPlan;
}

/**
 * Verifies segments of which each, but for the first, needs the result of the one before: it has no base record.
 * @throws FilesError SEGMENT_MOVED, COULD_NOT_READ; the signal's reason when it aborts
 */
export async function verifyChain(tasks: readonly SegmentTask[], options: ChunkOptions = {}): Promise<SegmentResult[]> {
  const results: SegmentResult[] = [];
  for (const task of tasks) results.push(await verifySegment(task, results.at(-1), options));
  return results;
}

async function verifySegment(task: SegmentTask, previous: SegmentResult | undefined, options: ChunkOptions): Promise<SegmentResult> {
  const { segment, plan } = task;
  const verifier = new SegmentVerifier(plan, nodeHasher, previous);
  try {
    for await (const chunk of readChunks(segment, options)) {
      verifier.push(chunk);
      if (verifier.done) break;
    }
  } catch (error) {
    // A damaged archive is something wrong with the log; anything else is a reason why it could not be verified.
    if (!(error instanceof FilesError) || error.code !== 'GZIP_DAMAGED') throw error;
    verifier.unreadable(error.message);
  }
  return verifier.finish();
}
