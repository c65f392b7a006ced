// Grows a log's tree by the lines of a request, whatever they say: a line that is no event is hashed as the bytes that it is. Only the
// stub of an erased line counts as the hash that it keeps.
import { erasedLeaf, type Hash, type Hasher, lineBytesMax, Pairs, utf8 } from '@agent-audit/log';
import { nextTurn } from '../clock.ts';
import { Refusal } from '../refusal.ts';
import { tierLeaves, type Tiers } from './tiers.ts';

const lineFeed = 0x0a;
/** Other requests get their turn after so many bytes: a few milliseconds. */
const turnBytes = 1024 * 1024;

/** Length of a stub without the digits of its seq. */
const stubBytes = '{"seq":,"type":"log.erased","leaf":""}'.length + 44;
const stubDigitsMax = String(Number.MAX_SAFE_INTEGER).length;

// One of each serves all requests: a batch is scanned and hashed without a pause.
const ends = new Uint32Array(tierLeaves);
const pairs = new Pairs(tierLeaves / 2 + 1);

/**
 * Takes all lines of bytes[start, length), which end with an LF. Tells how many there are.
 * @throws Refusal BODY_TOO_LARGE where a line is longer than any log has
 */
export async function growTree(tree: Tiers, bytes: Uint8Array, start: number, hasher: Hasher): Promise<number> {
  const firstSeq = tree.size;
  let at = start;
  let turnAt = start + turnBytes;
  while (at < bytes.length) {
    at = takeBatch(tree, bytes, at, hasher);
    if (at < turnAt || at >= bytes.length) continue;
    turnAt = at + turnBytes;
    await nextTurn();
  }
  return tree.size - firstSeq;
}

/** The lines up to the end of a whole tier at most. Tells where the next one begins. */
function takeBatch(tree: Tiers, bytes: Uint8Array, start: number, hasher: Hasher): number {
  const { room, place, size } = tree;
  const stubs: { index: number; leaf: Hash }[] = [];
  let count = 0;
  let at = start;
  while (count < room && at < bytes.length) {
    const end = lineEndOf(bytes, at, size + count);
    const leaf = stubLeaf(bytes, at, end, size + count);
    if (leaf !== undefined) stubs.push({ index: count, leaf });
    ends[count++] = end;
    at = end + 1;
  }
  hasher.leaves(bytes, start, ends, count, pairs, place);
  for (const { index, leaf } of stubs) pairs.set(place + index, leaf);
  tree.appendPairs(pairs, count);
  return at;
}

function lineEndOf(bytes: Uint8Array, start: number, seq: number): number {
  const end = bytes.indexOf(lineFeed, start);
  if (end < 0) throw new Refusal('REQUEST_MALFORMED', `line ${seq} does not end with a line feed; send the body again, whole`);
  if (end - start <= lineBytesMax) return end;
  throw new Refusal('BODY_TOO_LARGE', `line ${seq} has more than ${lineBytesMax} bytes, the most that a log's line has`);
}

/** What the line at a seq counts as in the tree: the hash of its bytes, or the hash that a stub keeps. */
export function leafOf(bytes: Uint8Array, start: number, end: number, seq: number, hasher: Hasher): Hash {
  return stubLeaf(bytes, start, end, seq) ?? hasher.leaf(bytes, start, end);
}

/** The hash that the stub of the line at `seq` keeps; undefined for every other line. */
export function stubLeaf(bytes: Uint8Array, start: number, end: number, seq: number): Hash | undefined {
  const length = end - start;
  // Hardly a line has just this length, so that hardly one is looked at.
  if (length <= stubBytes || length > stubBytes + stubDigitsMax) return undefined;
  const head = utf8(`{"seq":${seq},`);
  if (length - stubBytes !== head.length - '{"seq":,'.length) return undefined;
  if (head.some((byte, i) => bytes[start + i] !== byte)) return undefined;
  return erasedLeaf(bytes, start, end);
}
