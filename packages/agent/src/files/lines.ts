import { type LineBatch, linesOf } from './batch.ts';
import { followLog } from './follow.ts';
import { locateLog } from './location.ts';
import { readLog } from './read.ts';

/** Which lines are read. */
export interface LinesOptions {
  /** First seq that is wanted; 0 by default. Where the log begins later, so do the lines. */
  readonly from?: number;
  /** Go on with each line as it is written, through rotation and packing, until the signal ends it. One file alone just ends. */
  readonly follow?: boolean;
  /** Whether following keeps the process alive; true by default. */
  readonly persistent?: boolean;
  readonly signal?: AbortSignal | undefined;
}

/** One line of a log. */
export interface LogLine {
  /** What the line says; of a line that says none, the number of its place. */
  readonly seq: number;
  /** Without its LF. The receiver's own. */
  readonly line: Uint8Array<ArrayBuffer>;
}

/**
 * The lines of a log in order, across its segments, each once: where segments overlap, the higher first seq counts. Reading
 * verifies nothing, and passes a damaged line on as it is. Without `follow` it ends where the log ends when it gets there.
 *
 * A line that no flush() has covered is a promise not yet given: after a crash or a failed disk, another one may stand in its
 * place, which a follower that has seen the first does not see.
 *
 * @throws FilesError LOG_NOT_FOUND, LOG_AMBIGUOUS, COULD_NOT_READ, GZIP_DAMAGED, LINE_TOO_LONG; while following LOG_TRUNCATED, and
 *   LOG_REPLACED, which names the new log; the signal's reason when it aborts
 */
export async function* lines(logFile: string, options: LinesOptions = {}): AsyncGenerator<LogLine, void, undefined> {
  for await (const batch of lineBatches(logFile, options)) {
    for (const { seq, start, end } of linesOf(batch)) yield { seq, line: new Uint8Array(batch.bytes.subarray(start, end)) };
  }
}

/**
 * As `lines`, in batches of whole lines and without any work per line: for who looks at many gigabytes. The bytes of a batch are
 * only valid until the next one is asked for.
 */
export async function* lineBatches(logFile: string, options: LinesOptions = {}): AsyncGenerator<LineBatch, void, undefined> {
  const { from = 0, follow = false, persistent = true, signal } = options;
  const location = locateLog(logFile);
  yield* follow && location.kind === 'log' ? followLog(location, from, { persistent, signal }) : readLog(location, from, signal);
}
