// What a log of this collector has beyond what ingest has of it, as one request: read from the log's files, up to a checkpoint of theirs.
import { readFileSync } from 'node:fs';
import { type EntriesHead, entriesBytesMax, formatEntriesHead, readSidecar, type SidecarRecord, utf8 } from '@agent-audit/log';
import { lines, listSegments, newestCheckpoint } from 'agent-audit/files';

const lineFeed = Buffer.of(0x0a);

/** A request to ingest, and what it is about. */
export interface Stretch {
  readonly size: number;
  readonly body: Uint8Array;
}

/**
 * The next request for a log of which ingest has `from` lines: some lines, or none, which says that the writer lives. undefined where the
 * log has no checkpoint yet, or none that reaches `from`.
 * @throws FilesError as `lines` does
 */
export async function nextStretch(logFile: string, from: number): Promise<Stretch | undefined> {
  const newest = newestCheckpoint(logFile);
  if (newest === undefined || newest.size < from) return undefined;
  if (newest.size === from) return stretch({ old: from, size: from, note: newest.note, sealed: from }, []);
  const base = baseBehind(logFile, from);
  const old = base?.size ?? from;
  const read = await readLines(logFile, old, newest.size);
  const end = read.isWhole ? newest : checkpointIn(logFile, old, old + read.lines.length);
  if (end === undefined) return undefined;
  const { size: sealed } = newest;
  const head = { old, size: end.size, note: end.note, sealed, ...(base === undefined ? {} : { base }) };
  return stretch(head, read.lines.slice(0, end.size - old));
}

function stretch(head: EntriesHead, raw: readonly Uint8Array[]): Stretch {
  return { size: head.size, body: Buffer.concat([utf8(formatEntriesHead(head)), ...raw.flatMap((line) => [line, lineFeed])]) };
}

/** Lines [from, to), or as many as fit one request. */
async function readLines(logFile: string, from: number, to: number): Promise<{ readonly lines: Uint8Array[]; readonly isWhole: boolean }> {
  const found: Uint8Array[] = [];
  let bytes = 0;
  for await (const { seq, line } of lines(logFile, { from })) {
    if (seq >= to) break;
    bytes += line.length + 1;
    if (bytes > entriesBytesMax) return { lines: found, isWhole: false };
    found.push(line);
  }
  return { lines: found, isWhole: from + found.length === to };
}

/** The newest checkpoint over more than `from` lines and at most `to`. */
function checkpointIn(logFile: string, from: number, to: number): SidecarRecord | undefined {
  return sidecarsOf(logFile)
    .flatMap((path) => readSidecar(readFileSync(path)).records)
    .findLast(({ size }) => size > from && size <= to);
}

/** The checkpoint at the first line that the log still has, where that is beyond `from`. */
function baseBehind(logFile: string, from: number): SidecarRecord | undefined {
  const [first] = listSegments(logFile);
  if (first === undefined || first.first <= from || first.checkpointsPath === undefined) return undefined;
  const [base] = readSidecar(readFileSync(first.checkpointsPath)).records;
  return base?.size === first.first ? base : undefined;
}

function sidecarsOf(logFile: string): readonly string[] {
  return listSegments(logFile).flatMap(({ checkpointsPath }) => (checkpointsPath === undefined ? [] : [checkpointsPath]));
}
