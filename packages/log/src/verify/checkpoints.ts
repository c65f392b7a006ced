import { equalBytes } from '../bytes.ts';
import { openCheckpoint } from '../checkpoint.ts';
import { LogError } from '../error.ts';
import type { Hash } from '../hash.ts';
import type { Ed25519Verify, VerifierKey } from '../key.ts';
import type { PlannedCheckpoint } from './plan.ts';
import { decimal, describeLines, lineRange, type Problem } from './problem.ts';
import type { SegmentResult } from './segment.ts';

/**
 * Keeps the checkpoints that the log's key signed; each of the others is a problem. Only these are compared with the data:
 * what somebody without the key wrote says nothing about it.
 */
export function openCheckpoints(
  checkpoints: readonly PlannedCheckpoint[],
  key: VerifierKey,
  verify: Ed25519Verify,
): { signed: PlannedCheckpoint[]; problems: Problem[] } {
  const signed: PlannedCheckpoint[] = [];
  const problems: Problem[] = [];
  for (const checkpoint of checkpoints) {
    const refusal = refusalOf(checkpoint, key, verify);
    if (refusal === undefined) signed.push(checkpoint);
    else problems.push(refusal);
  }
  return { signed, problems };
}

function refusalOf(checkpoint: PlannedCheckpoint, key: VerifierKey, verify: Ed25519Verify): Problem | undefined {
  const where = `${checkpoint.source}, size ${decimal(checkpoint.size)}`;
  if (checkpoint.origin !== key.name) {
    return { code: 'CHECKPOINT_ORIGIN', message: `${where}: the checkpoint is of ${checkpoint.origin}, the log is ${key.name}` };
  }
  try {
    openCheckpoint(checkpoint.note, key, verify);
    return undefined;
  } catch (error) {
    if (!(error instanceof LogError)) throw error;
    return { code: 'CHECKPOINT_SIGNATURE', message: `${where}: ${error.message}` };
  }
}

/** Where the data and the signed roots agree, and where not. */
export interface Agreement {
  /** Ascending sizes at which the data has the root that was signed. */
  readonly agreed: readonly number[];
  readonly problems: readonly Problem[];
}

/** Compares the roots that the data has with those that were signed. */
export function compareRoots(signed: readonly PlannedCheckpoint[], segments: readonly SegmentResult[]): Agreement {
  const bySize = groupBySize(signed);
  const agreed: number[] = [];
  const problems: Problem[] = [];
  for (const segment of segments) {
    const compared = segment.roots.flatMap(({ size, root }) => (bySize.get(size) ?? []).map((checkpoint) => compare(checkpoint, root)));
    const last = compared.findLast(({ agrees }) => agrees)?.checkpoint.size;
    // A root settles every smaller size too: what differs below an agreement was signed over a tree that is not this log's.
    for (const { checkpoint, agrees } of compared) {
      if (agrees) agreed.push(checkpoint.size);
      else if (last !== undefined && checkpoint.size <= last) problems.push(fork(checkpoint));
    }
    const broken = compared.find(({ checkpoint }) => last === undefined || checkpoint.size > last);
    if (broken !== undefined) problems.push(rootMismatch(last ?? segment.first, broken.checkpoint));
  }
  return { agreed, problems: [...problems, ...forks(signed, new Set(agreed))] };
}

function groupBySize(checkpoints: readonly PlannedCheckpoint[]): Map<number, PlannedCheckpoint[]> {
  const groups = new Map<number, PlannedCheckpoint[]>();
  for (const checkpoint of checkpoints) {
    const group = groups.get(checkpoint.size);
    if (group === undefined) groups.set(checkpoint.size, [checkpoint]);
    else group.push(checkpoint);
  }
  return groups;
}

function compare(checkpoint: PlannedCheckpoint, root: Hash): { checkpoint: PlannedCheckpoint; agrees: boolean } {
  return { checkpoint, agrees: equalBytes(checkpoint.root, root) };
}

function rootMismatch(from: number, { size, source }: PlannedCheckpoint): Problem {
  const what = size > from ? describeLines(from, size) : `the tree at ${decimal(size)}`;
  const message = `${what}: not what was sealed at size ${decimal(size)} (${source})`;
  return { code: 'ROOT_MISMATCH', ...lineRange(from, size), message };
}

function fork({ size, source }: PlannedCheckpoint): Problem {
  const message = `${source}: the log’s key signed, at size ${decimal(size)}, a tree that is not this log’s; keep both as evidence`;
  return { code: 'CHECKPOINT_FORK', message };
}

/** Signed pairs of the same size with other roots, where the data does not settle which of them is the log’s. */
function forks(signed: readonly PlannedCheckpoint[], agreed: ReadonlySet<number>): Problem[] {
  const first = new Map<number, PlannedCheckpoint>();
  const problems: Problem[] = [];
  for (const checkpoint of signed) {
    const other = first.get(checkpoint.size);
    if (other === undefined) first.set(checkpoint.size, checkpoint);
    else if (!agreed.has(checkpoint.size) && !equalBytes(other.root, checkpoint.root)) problems.push(fork(checkpoint));
  }
  return problems;
}
