// Finding lines in logs: forwards as they stand, backwards from the newest, and as they are written. Nothing here holds more than a batch,
// but for what goes backwards, which holds one segment's matches.
import { lastLines, type LineBatch, lineBatches, listSegments } from 'agent-audit/files';
import type { Matcher } from '@agent-audit/search';
import { CliError } from './error.ts';

/** Lines that were found: each from `start` to `end` in `bytes`, without LF. Valid until the next are asked for. */
export interface Matches {
  readonly bytes: Uint8Array;
  readonly lines: readonly Range[];
}

export interface Range {
  readonly start: number;
  readonly end: number;
}

export interface MatchOptions {
  /** First seq to look at. */
  readonly from?: number;
  /** Go on with what is written from now on, until the signal ends it. */
  readonly follow?: boolean;
  readonly signal?: AbortSignal;
  /** Hears how many bytes were looked at, and in how many of them something was found. */
  readonly onRead?: (bytes: number) => void;
}

const LF = 0x0a;

/** The lines that a matcher finds (all, without one), in the log's order. */
export async function* matchesIn(
  log: string,
  matcher: Matcher | undefined,
  options: MatchOptions = {},
): AsyncGenerator<Matches, void, undefined> {
  const { onRead, ...reading } = options;
  for await (const batch of lineBatches(log, reading)) {
    const lines = matchesOf(batch, matcher);
    onRead?.(batch.end - batch.start);
    if (lines.length > 0) yield { bytes: batch.bytes, lines };
  }
}

function matchesOf({ bytes, start, end }: LineBatch, matcher: Matcher | undefined): Range[] {
  const found: Range[] = [];
  if (matcher === undefined) {
    for (let at = start; at < end;) {
      const lineEnd = bytes.indexOf(LF, at);
      found.push({ start: at, end: lineEnd });
      at = lineEnd + 1;
    }
  } else {
    matcher.scan(bytes, start, end, (from, to) => {
      found.push({ start: from, end: to });
      return true;
    });
  }
  return found;
}

export interface BackwardOptions extends Omit<MatchOptions, 'follow' | 'from'> {
  /** Bytes of matches that may be held to turn them around. 256 MiB. */
  readonly heldBytesMax?: number;
}

const heldBytesDefault = 256 * 1024 * 1024;

/** The newest lines that a matcher finds, newest first, at most `limit`. Copies: they stay valid. */
export async function* newestFirst(
  log: string,
  matcher: Matcher | undefined,
  limit: number,
  options: BackwardOptions = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  if (matcher === undefined && limit < Infinity) {
    for (const { line } of (await lastLines(log, limit, signalOf(options))).toReversed()) yield line;
    return;
  }
  let left = limit;
  let before = Infinity;
  for (const { first } of listSegments(log).toReversed()) {
    const found = await newestOfPart(log, matcher, { ...options, from: first, before, limit: left });
    yield* found.toReversed();
    left -= found.length;
    before = first;
    if (left <= 0) return;
  }
}

/** The last matches among the lines with from ≤ seq < before. */
async function newestOfPart(
  log: string,
  matcher: Matcher | undefined,
  options: BackwardOptions & { readonly from: number; readonly before: number; readonly limit: number },
): Promise<Uint8Array[]> {
  const { from, before, limit, onRead, heldBytesMax = heldBytesDefault } = options;
  const found: Uint8Array[] = [];
  let heldBytes = 0;
  // A batch never holds lines of two segments.
  for await (const batch of lineBatches(log, { from, ...signalOf(options) })) {
    if (batch.first >= before) break;
    onRead?.(batch.end - batch.start);
    for (const { start, end } of matchesOf(batch, matcher)) {
      found.push(batch.bytes.slice(start, end));
      heldBytes += end - start;
    }
    while (found.length > limit) heldBytes -= found.shift()?.length ?? 0;
    if (heldBytes > heldBytesMax) throw tooMuch(log);
  }
  return found;
}

function signalOf({ signal }: BackwardOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function tooMuch(log: string): CliError {
  return new CliError(
    'TOO_MUCH_TO_REVERSE',
    `more matches in one file of ${log} than are kept in memory to turn them around: bound them with --last, or leave out --reverse`,
  );
}
