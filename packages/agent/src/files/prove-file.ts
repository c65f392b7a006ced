import {
  equalBytes,
  erasedLeaf,
  formatProof,
  formatVerifierKey,
  Frontier,
  type Hash,
  InclusionProver,
  LogError,
  readCheckpoint,
  verifyInclusion,
} from '@agent-audit/log';
import { nodeHasher } from '../node-hasher.ts';
import { linesOf } from './batch.ts';
import { FilesError } from './error.ts';
import { lineBatches } from './lines.ts';
import { listSegments, type SegmentFile } from './list.ts';
import { readLogKey } from './log-key.ts';
import { findCheckpoint, readBaseRecord, type SealedCheckpoint } from './sealed.ts';

/** What proves one event to somebody who has nothing else: three files. */
export interface EventProof {
  /** The line, without its LF: `event.json`. Of an erased line its stub, whose hash is what is proven. */
  readonly event: Uint8Array;
  /** C2SP tlog-proof@v1: `event.tlog-proof`. */
  readonly proof: string;
  /** The log's key: `log.vkey`. */
  readonly vkey: string;
}

/**
 * Proves that line `seq` stands in a log: reads it from the segment of that line up to the checkpoint, in constant memory, and hands
 * out only what it has verified.
 * @throws FilesError LINE_PRUNED, LINE_NOT_SEALED, NOT_PROVABLE where the lines are not what was sealed, KEY_NOT_FOUND; and as `lines`
 *   does. LogError as openCheckpoint does
 */
export async function proveEvent(logFile: string, seq: number, options: { signal?: AbortSignal | undefined } = {}): Promise<EventProof> {
  const key = await readLogKey(logFile, options);
  const checkpoint = findCheckpoint(logFile, seq, { key });
  if (checkpoint === undefined) throw notSealed(logFile, seq);
  const base = baseFor(logFile, listSegments(logFile), seq);
  const prover = new InclusionProver(seq, checkpoint.size, base, nodeHasher);
  const { event, leaf } = await feed(prover, { logFile, seq, from: base.size, size: checkpoint.size, signal: options.signal });
  const proof = prover.proof();
  requireProven(logFile, { seq, leaf, proof, checkpoint });
  return { event, proof: formatProof({ index: seq, proof, checkpoint: checkpoint.note }), vkey: formatVerifierKey(key) };
}

/** The tree before the segment of line `seq`: from its base record, or that of an earlier segment, or empty at the log's start. */
function baseFor(logFile: string, segments: readonly SegmentFile[], seq: number): Frontier {
  const [first] = segments;
  if (first !== undefined && seq < first.first) {
    const message = `line ${seq} is not there any more: ${logFile} begins at line ${first.first}`;
    throw new FilesError('LINE_PRUNED', logFile, `${message}; look for it where the log was shipped to`);
  }
  for (const segment of segments.filter((candidate) => candidate.first <= seq).toReversed()) {
    const base = segment.first === 0 ? Frontier.empty() : baseOf(segment);
    if (base !== undefined) return base;
  }
  throw notProvable(logFile, seq, 'no segment before it has a base record that holds');
}

function baseOf({ first, checkpointsPath }: SegmentFile): Frontier | undefined {
  const record = checkpointsPath === undefined ? undefined : readBaseRecord(checkpointsPath);
  if (record?.size !== first) return undefined;
  const frontier = Frontier.from(record.size, record.frontier);
  return equalBytes(frontier.root(nodeHasher), readCheckpoint(record.note).root) ? frontier : undefined;
}

interface Feeding {
  readonly logFile: string;
  readonly seq: number;
  readonly from: number;
  /** Where the checkpoint's tree ends. */
  readonly size: number;
  readonly signal: AbortSignal | undefined;
}

/** Gives the prover every leaf that it needs; the line that is proven is what comes back. */
async function feed(prover: InclusionProver, { logFile, seq, from, size, signal }: Feeding): Promise<{ event: Uint8Array; leaf: Hash }> {
  let next = from;
  let proven: { event: Uint8Array; leaf: Hash } | undefined;
  for await (const batch of lineBatches(logFile, { from, signal })) {
    for (const line of linesOf(batch)) {
      if (next === size) break;
      if (line.seq !== next) throw notProvable(logFile, seq, `line ${next} is not in its place`);
      const leaf = erasedLeaf(batch.bytes, line.start, line.end) ?? nodeHasher.leaf(batch.bytes, line.start, line.end);
      prover.append(leaf);
      if (next === seq) proven = { event: batch.bytes.slice(line.start, line.end), leaf };
      next++;
    }
    if (next === size) break;
  }
  if (next === size && proven !== undefined) return proven;
  throw notProvable(logFile, seq, `the checkpoint covers ${size} lines, and line ${next} is not there`);
}

interface Proven {
  readonly seq: number;
  readonly leaf: Hash;
  readonly proof: readonly Hash[];
  readonly checkpoint: SealedCheckpoint;
}

function requireProven(logFile: string, { seq, leaf, proof, checkpoint }: Proven): void {
  try {
    verifyInclusion({ index: seq, size: checkpoint.size, leaf, root: checkpoint.root, proof }, nodeHasher);
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    throw notProvable(logFile, seq, `the lines are not those that were sealed at size ${checkpoint.size}`, error);
  }
}

function notSealed(logFile: string, seq: number): FilesError {
  const message = `no checkpoint of ${logFile} covers line ${seq}`;
  return new FilesError('LINE_NOT_SEALED', logFile, `${message}; what was only just written is sealed within a second: try again`);
}

function notProvable(logFile: string, seq: number, why: string, cause?: unknown): FilesError {
  const message = `line ${seq} of ${logFile} cannot be proven: ${why}; run agent-audit verify to see what is wrong`;
  return new FilesError('NOT_PROVABLE', logFile, message, { cause });
}
