import { readCheckpoint } from '../checkpoint.ts';
import { decodeUtf8, equalBytes } from '../bytes.ts';
import { LogError } from '../error.ts';
import type { Hash, Hasher } from '../hash.ts';
import { parseSidecarRecord, type SidecarRecord } from '../sidecar.ts';
import { Frontier } from '../tree.ts';
import { decimal, type Problem, type ProblemCode } from './problem.ts';

/** A checkpoint that the log's data must agree with. Nothing about it is verified yet. */
export interface PlannedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
  readonly note: string;
  /** Where it was found, for messages. */
  readonly source: string;
  readonly kind: NoteKind | 'sidecar';
}

/** Where checkpoints come from besides the sidecars. */
export type NoteKind = 'cosigned' | 'witness';

/** A checkpoint from outside the sidecars: the `.cosigned` file's, or one that a witness was asked for. */
export interface OuterNote {
  readonly kind: NoteKind;
  /** File name or URL, for messages. */
  readonly source: string;
  readonly note: string;
}

/** What one segment's verifier needs to know. Plain data: it may be sent to another thread. */
export interface SegmentPlan {
  readonly first: number;
  /** First seq of the next segment. Lines from there on are the next segment's, whatever this one holds of them. */
  readonly next?: number;
  /** The tree over [0, first), from the segment's base record. Without it, the segment needs its predecessor's result. */
  readonly base?: readonly Hash[];
  /** Ascending sizes, from `first` to `next`, at which some checkpoint must be compared. */
  readonly sizes: readonly number[];
}

/** What is to be verified, known from the small files alone. */
export interface VerifyPlan {
  /** Ascending by `first`. */
  readonly segments: readonly SegmentPlan[];
  readonly checkpoints: readonly PlannedCheckpoint[];
  readonly problems: readonly Problem[];
}

/** The small files of a log, and which segments it has. */
export interface PlanInput {
  /** First seq of every segment whose data is there, in any order. */
  readonly segments: readonly number[];
  /** Every `.checkpoints` file that is there, also one whose data is gone: what it covers must still be found. */
  readonly sidecars: readonly { readonly first: number; readonly bytes: Uint8Array }[];
  readonly notes?: readonly OuterNote[];
}

/**
 * Reads the small files and lays out the work: one plan a segment, which can run in any order where each has its base.
 * The sidecars and notes must have been read BEFORE the data is, or a log that is being written looks truncated. What such a
 * log does in between (a rotation, a deletion, an erasure) can still look like a problem: before believing one, list the files
 * again and verify again.
 */
export function planVerification(input: PlanInput, hasher: Hasher): VerifyPlan {
  const problems: Problem[] = [];
  const checkpoints: PlannedCheckpoint[] = [];
  const bases = new Map<number, readonly Hash[]>();
  for (const { first, bytes } of input.sidecars.toSorted((a, b) => a.first - b.first)) {
    const sidecar = readSidecarOf(first, bytes, hasher);
    problems.push(...sidecar.problems);
    checkpoints.push(...sidecar.checkpoints);
    if (sidecar.base !== undefined) bases.set(first, sidecar.base);
  }
  for (const outer of input.notes ?? []) {
    const checkpoint = readOuterNote(outer);
    if (checkpoint instanceof LogError) problems.push({ code: 'CHECKPOINT_MALFORMED', message: `${outer.source}: ${checkpoint.message}` });
    else checkpoints.push(checkpoint);
  }
  const sizes = [...new Set(checkpoints.map(({ size }) => size))].toSorted((a, b) => a - b);
  const firsts = [...new Set(input.segments)].toSorted((a, b) => a - b);
  return { segments: firsts.map((first, i) => segmentPlan(first, firsts[i + 1], bases.get(first), sizes)), checkpoints, problems };
}

function segmentPlan(first: number, next: number | undefined, base: readonly Hash[] | undefined, sizes: readonly number[]): SegmentPlan {
  const own = sizes.filter((size) => size >= first && size <= (next ?? Infinity));
  return { first, ...(next !== undefined && { next }), ...(base && { base }), sizes: own };
}

interface SidecarReading {
  readonly base?: readonly Hash[];
  readonly checkpoints: readonly PlannedCheckpoint[];
  readonly problems: readonly Problem[];
}

/** Reads record by record, so that one damaged record does not hide the others. */
function readSidecarOf(first: number, bytes: Uint8Array, hasher: Hasher): SidecarReading {
  const source = `the .checkpoints file of the segment at ${decimal(first)}`;
  const checkpoints: PlannedCheckpoint[] = [];
  const problems: Problem[] = [];
  const complain = (code: ProblemCode, message: string): void => void problems.push({ code, message: `${source}, ${message}` });
  let base: readonly Hash[] | undefined;
  let newest = -1;
  for (const { number, record } of sidecarLines(bytes)) {
    if (record instanceof LogError) {
      complain('SIDECAR_MALFORMED', `record ${number}: ${record.message}`);
      continue;
    }
    const { size, frontier, note } = record;
    const { origin, root } = readCheckpoint(note);
    checkpoints.push({ origin, size, root, note, source, kind: 'sidecar' });
    if (size < newest) complain('CHECKPOINT_ORDER', `record ${number}: size ${decimal(size)} comes after size ${decimal(newest)}`);
    newest = Math.max(newest, size);
    const leads = equalBytes(Frontier.from(size, frontier).root(hasher), root);
    if (!leads) complain('FRONTIER_MISMATCH', `record ${number}: its frontier does not lead to the root signed at size ${decimal(size)}`);
    if (number > 1) continue;
    if (size === first && leads) base = frontier;
    if (size !== first) complain('BASE_MISSING', `record 1: it is the checkpoint at ${decimal(size)}, not at the segment’s first line`);
  }
  return { ...(base && { base }), checkpoints, problems };
}

/** The terminated records; what follows the last LF is a write that was cut off. */
function* sidecarLines(bytes: Uint8Array): Generator<{ number: number; record: SidecarRecord | LogError }> {
  let at = 0;
  for (let number = 1; ; number++) {
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return;
    yield { number, record: refusal(() => parseSidecarRecord(decodeUtf8(bytes.subarray(at, end)) ?? '')) };
    at = end + 1;
  }
}

function readOuterNote({ kind, source, note }: OuterNote): PlannedCheckpoint | LogError {
  return refusal(() => ({ ...readCheckpoint(note), note, source, kind }));
}

/** What `read` returns, or the LogError it throws. Any other error is a fault of this code and goes on up. */
function refusal<T>(read: () => T): T | LogError {
  try {
    return read();
  } catch (error) {
    if (error instanceof LogError) return error;
    throw error;
  }
}
