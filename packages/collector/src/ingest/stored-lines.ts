import { equalBytes, type Hash, type Hasher } from '@agent-audit/log';
import type { IngestStore } from '../store/store.ts';
import { leafOf } from './grow.ts';

const lineFeed = 0x0a;

/** A line as the store has it. */
export interface StoredLine {
  readonly seq: number;
  /** Without its LF. */
  readonly line: Uint8Array;
}

/** The stored lines [from, to), in order; some may be missing. */
export async function readLines(store: Pick<IngestStore, 'lines'>, logId: string, from: number, to: number): Promise<StoredLine[]> {
  if (from >= to) return [];
  const { bytes, seqs } = await store.lines(logId, from, to);
  const found: StoredLine[] = [];
  let at = 0;
  for (const seq of seqs) {
    const end = bytes.indexOf(lineFeed, at);
    if (end < 0) break;
    found.push({ seq, line: bytes.subarray(at, end) });
    at = end + 1;
  }
  return found;
}

/** What a stored line counts as in the tree. */
export function storedLeaf({ seq, line }: StoredLine, hasher: Hasher): Hash {
  return leafOf(line, 0, line.length, seq, hasher);
}

/** `same`: lines before `next` are stored just so, and line `next` begins at `at` · `other`: another line is stored at `seq`. */
export type Comparison =
  | { readonly kind: 'same'; readonly next: number; readonly at: number }
  | { readonly kind: 'other'; readonly seq: number };

/** Compares lines that came, bytes[linesAt, …) from seq `from` on, with those of [from, to) that are stored. */
export async function storedLines({ store, hasher, logId, bytes, linesAt, from, to }: {
  readonly store: Pick<IngestStore, 'lines'>;
  readonly hasher: Hasher;
  readonly logId: string;
  readonly bytes: Uint8Array;
  readonly linesAt: number;
  readonly from: number;
  readonly to: number;
}): Promise<Comparison> {
  let next = from;
  let at = linesAt;
  for (const stored of await readLines(store, logId, from, to)) {
    // A hole: from here on all lines are given to the store, which takes one that it has already for the same.
    if (stored.seq !== next) break;
    const end = bytes.indexOf(lineFeed, at);
    if (!equalBytes(leafOf(bytes, at, end, next, hasher), storedLeaf(stored, hasher))) return { kind: 'other', seq: next };
    next++;
    at = end + 1;
  }
  return { kind: 'same', next, at };
}
