// Proofs, made from the roots of whole tiers (and of a base's subtrees) that are stored, and from lines: at most 256 of each tier on
// either side of a proof. Nothing is handed out that was not verified against the signed root first.
import {
  formatProof,
  Frontier,
  type Hash,
  type Hasher,
  LogError,
  readCheckpoint,
  verifyConsistency,
  verifyInclusion,
} from '@agent-audit/log';
import { Refusal } from '../refusal.ts';
import type { IngestStore } from '../store/store.ts';
import { readLines, storedLeaf, type StoredLine } from './stored-lines.ts';
import { rangesOf, tierLevels } from './tiers.ts';

/** Lines [first, size) of a log that a cosigned note covers: a log with gaps has one stretch before each. */
export interface Stretch {
  readonly logId: string;
  readonly first: number;
  readonly size: number;
  readonly note: string;
}

/** What proves a line to somebody who has nothing else. */
export interface LineProof {
  /** The line without its LF; of an erased one its stub, whose hash is what is proven. */
  readonly line: Uint8Array;
  /** C2SP tlog-proof@v1. */
  readonly proof: string;
}

export interface ProverParts {
  readonly store: Pick<IngestStore, 'lines' | 'nodes'>;
  readonly hasher: Hasher;
}

/** A subtree by its place. */
interface Place {
  readonly level: number;
  readonly index: number;
}

/** Leaves [start, end) of the tree. */
interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * Proves that line `seq` stands in the log.
 * @throws Refusal NOT_FOUND where that line, or others that the proof needs, are not stored any more
 */
export async function proveLine(parts: ProverParts, stretch: Stretch, seq: number): Promise<LineProof> {
  const [stored] = await readLines(parts.store, stretch.logId, seq, seq + 1);
  if (stored?.seq !== seq) throw goneLine(stretch, seq);
  const path = pathOf(seq, stretch.size);
  const proof = await rootsOf(parts, stretch, path);
  const { root } = readCheckpoint(stretch.note);
  const leaf = storedLeaf(stored, parts.hasher);
  refusingUnproven(stretch, seq, () => verifyInclusion({ index: seq, size: stretch.size, leaf, root, proof }, parts.hasher));
  return { line: stored.line, proof: formatProof({ index: seq, proof, checkpoint: stretch.note }) };
}

/**
 * The proof that the log at the stretch's size continues the one at `oldSize`, and the root that it had then (RFC 9162 §2.1.4.1).
 * @throws Refusal NOT_FOUND as proveLine does; REQUEST_MALFORMED for a size that the stretch does not reach
 */
export async function proveConsistency(parts: ProverParts, stretch: Stretch, oldSize: number): Promise<{ oldRoot: Hash; proof: Hash[] }> {
  const { first, size, note } = stretch;
  if (oldSize < Math.max(1, first) || oldSize > size) {
    throw new Refusal('REQUEST_MALFORMED', `there are proofs from ${Math.max(1, first)} to ${size} lines, not from ${oldSize}`);
  }
  const [oldRoot] = await rootsOf(parts, stretch, [{ start: 0, end: oldSize }]);
  if (oldRoot === undefined) throw goneLine(stretch, oldSize - 1);
  const proof = await rootsOf(parts, stretch, consistencyRanges(oldSize, size));
  const { root } = readCheckpoint(note);
  const claim = { oldSize, newSize: size, oldRoot, newRoot: root, proof };
  refusingUnproven(stretch, oldSize, () => verifyConsistency(claim, parts.hasher));
  return { oldRoot, proof };
}

/** The siblings on a leaf's way to the root, the lowest first: PATH of RFC 9162 §2.1.3.1. */
function pathOf(index: number, size: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end - start > 1) {
    const middle = start + splitOf(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.toReversed();
}

/** PROOF of RFC 9162 §2.1.4.1. */
function consistencyRanges(oldSize: number, size: number): Range[] {
  const ranges: Range[] = [];
  let start = 0;
  let end = size;
  while (end !== oldSize) {
    const middle = start + splitOf(end - start);
    if (oldSize <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  if (start > 0) ranges.push({ start, end });
  return ranges.toReversed();
}

/** The largest power of two below n. */
function splitOf(n: number): number {
  let split = 1;
  while (split * 2 < n) split *= 2;
  return split;
}

/** The root of each range. */
async function rootsOf(parts: ProverParts, stretch: Stretch, ranges: readonly Range[]): Promise<Hash[]> {
  const subtrees = ranges.map(({ start, end }) => rangesOf(start, end));
  const needed = subtrees.flat().flatMap((place) => needsOf(stretch, place));
  const known = await readNeeded(parts, stretch, needed);
  return subtrees.map((places, i) => {
    const hashes = places.map((place) => hashOf(parts.hasher, known, stretch, place));
    const range = ranges[i];
    return Frontier.from(range === undefined ? 0 : range.end - range.start, hashes).root(parts.hasher);
  });
}

/**
 * What a subtree's root is made from: a stored root where there is one (a whole tier, or a subtree of the base, all before the
 * stretch), a leaf, or what its two halves are made from.
 */
function needsOf(stretch: Stretch, place: Place): Place[] {
  if (isStored(stretch, place) || place.level === 0) return [place];
  return halvesOf(place).flatMap((half) => needsOf(stretch, half));
}

function isStored({ first }: Stretch, { level, index }: Place): boolean {
  const end = (index + 1) * 2 ** level;
  return end <= first || (level > 0 && level % tierLevels === 0);
}

function halvesOf({ level, index }: Place): [Place, Place] {
  return [
    { level: level - 1, index: index * 2 },
    { level: level - 1, index: index * 2 + 1 },
  ];
}

function hashOf(hasher: Hasher, known: ReadonlyMap<string, Hash>, stretch: Stretch, place: Place): Hash {
  const hash = known.get(keyOf(place));
  if (hash !== undefined) return hash;
  if (isStored(stretch, place) || place.level === 0) throw goneLine(stretch, place.index * 2 ** place.level);
  const [left, right] = halvesOf(place);
  return hasher.node(hashOf(hasher, known, stretch, left), hashOf(hasher, known, stretch, right));
}

function keyOf({ level, index }: Place): string {
  return `${level}/${index}`;
}

/** Reads stored roots in one go, and leaves in runs. */
async function readNeeded({ store, hasher }: ProverParts, stretch: Stretch, needed: readonly Place[]): Promise<Map<string, Hash>> {
  const known = new Map<string, Hash>();
  const roots = needed.filter((place) => isStored(stretch, place));
  if (roots.length > 0) for (const node of await store.nodes(stretch.logId, roots)) known.set(keyOf(node), node.hash);
  const leaves = needed.filter((place) => !isStored(stretch, place)).map(({ index }) => index);
  for (const { start, end } of runsOf(leaves)) {
    const lines: StoredLine[] = await readLines(store, stretch.logId, start, end);
    for (const line of lines) known.set(keyOf({ level: 0, index: line.seq }), storedLeaf(line, hasher));
  }
  return known;
}

/** Numbers as runs of consecutive ones. */
export function runsOf(numbers: readonly number[]): Range[] {
  const runs: { start: number; end: number }[] = [];
  for (const number of numbers.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && number <= last.end) last.end = Math.max(last.end, number + 1);
    else runs.push({ start: number, end: number + 1 });
  }
  return runs;
}

/** What the store gives must lead to what was signed: if not, its rows were changed. */
function refusingUnproven({ logId, size }: Stretch, seq: number, verify: () => void): void {
  try {
    verify();
  } catch (cause) {
    if (!(cause instanceof LogError)) throw cause;
    const what = `what is stored of log ${logId} does not lead from line ${seq} to the root that was witnessed at ${size} lines`;
    throw new Refusal('INTERNAL', `${what}: the store was changed; look for the line at its agent, or in a backup`, { cause });
  }
}

function goneLine({ logId, first, size }: Stretch, seq: number): Refusal {
  const message = `line ${seq} of log ${logId} is not stored (any more), and a proof needs it; stored were ${first} to ${size - 1}`;
  return new Refusal('NOT_FOUND', message);
}
