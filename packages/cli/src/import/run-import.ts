import { statSync } from 'node:fs';
import { type AuditError, createLogger, type Logger } from 'agent-audit';
import { FilesError } from 'agent-audit/files';
import { type Matcher, parseEvent } from '@agent-audit/search';
import { matcherOf } from '../matcher.ts';
import { matchesIn } from '../matches.ts';
import { lineText } from '../printer.ts';
import { convertLine, type SourceKind } from './convert.ts';
import { identify, sourceLineBytesMax, sourceLines } from './source.ts';

export interface ImportOptions {
  /** A file; stdin was made one. */
  readonly source: string;
  readonly kind: SourceKind;
  /** The log's active file; it need not be there yet. */
  readonly into: string;
  readonly signal: AbortSignal;
  /** Hears how many bytes of the source were read, of how many. */
  readonly onProgress: (bytes: number, bytesTotal: number) => void;
  /** Hears what troubles the log's writer. */
  readonly onTrouble: (error: AuditError) => void;
}

export interface RefusedLine {
  readonly line: number;
  readonly why: string;
}

export interface ImportResult {
  /** Events that came in. */
  imported: number;
  /** Events that had come in before. */
  skipped: number;
  /** How many lines were refused, and the first of them. */
  refusedLines: number;
  readonly refused: RefusedLine[];
  /** Events whose duration was turned from nanoseconds into milliseconds. */
  durationsConverted: number;
  /** Events that were cut to fit a line of a log. */
  cut: number;
  readonly sha256: string;
}

/** Refused lines that are listed. */
const refusedListedMax = 1_000;
/** Events between two checkpoints: what of them is not there after a crash comes in again. */
const eventsPerFlush = 5_000;

/**
 * Records every line of a source in a log, in the source's order, each with where it came from. A line that is in already, from this
 * file or from what it was before it grew, is passed over; so a run that was interrupted goes on where it was.
 * @throws CliError COULD_NOT_READ; AuditError where the log cannot be written; FilesError
 */
export async function runImport({ source, kind, into, signal, onProgress, onTrouble }: ImportOptions): Promise<ImportResult> {
  const before = await importedBefore(into, kind, signal);
  const { sha256, earlier } = await identify(source, new Set(before.keys()));
  const bytesTotal = statSync(source).size;
  const last = lastImported(sha256, earlier, before);
  const result: ImportResult = { imported: 0, skipped: 0, refusedLines: 0, refused: [], durationsConverted: 0, cut: 0, sha256 };
  // A run that finds nothing new leaves the log as it is.
  let logger: Logger | undefined;
  let bytesRead = 0;
  try {
    for await (const { number, bytes } of sourceLines(source)) {
      signal.throwIfAborted();
      bytesRead += (bytes?.length ?? sourceLineBytesMax) + 1;
      const conversion = bytes === undefined ? tooLong : convertLine(bytes, kind);
      if (conversion.kind === 'refused') refuse(result, number, conversion.why);
      if (conversion.kind !== 'event') continue;
      if (number <= last) {
        result.skipped++;
        continue;
      }
      logger ??= createLogger({ logFile: into, env: false, hold: true, onError: onTrouble });
      const imported = { from: kind, fileSha256: sha256, line: number };
      const event = { ...conversion.event, imported };
      logger.log(event);
      result.imported++;
      if (conversion.isDurationConverted) result.durationsConverted++;
      if (result.imported % eventsPerFlush === 0) await logger.flush();
      onProgress(bytesRead, bytesTotal);
    }
    await logger?.flush();
  } finally {
    await logger?.stop();
  }
  if (result.imported > 0) result.cut = await countCut(into, sha256, signal);
  return result;
}

const tooLong = { kind: 'refused', why: `it has more than ${sourceLineBytesMax} bytes` } as const;

function refuse(result: ImportResult, line: number, why: string): void {
  result.refusedLines++;
  if (result.refused.length < refusedListedMax) result.refused.push({ line, why });
}

/** The last line that is in, of each file that was imported into a log before. */
async function importedBefore(into: string, kind: SourceKind, signal: AbortSignal): Promise<Map<string, number>> {
  const last = new Map<string, number>();
  const matcher = matcherOf({ kind: 'field', field: 'imported.from', tests: [{ op: 'is', value: kind }] });
  for await (const line of found(into, matcher, signal)) {
    const imported = parseEvent(lineText(line))?.['imported'];
    if (typeof imported !== 'object' || imported === null || !('file_sha256' in imported) || !('line' in imported)) continue;
    const { file_sha256: sha256, line: number } = imported;
    if (typeof sha256 === 'string' && typeof number === 'number') last.set(sha256, Math.max(number, last.get(sha256) ?? 0));
  }
  return last;
}

/**
 * Lines up to this one are in, or were refused: they went in in order. Of an earlier state of the file all lines count that it had.
 */
function lastImported(sha256: string, earlier: ReadonlyMap<string, number>, before: ReadonlyMap<string, number>): number {
  return Math.max(before.get(sha256) ?? 0, ...[...earlier.keys()].map((state) => before.get(state) ?? 0));
}

async function countCut(into: string, sha256: string, signal: AbortSignal): Promise<number> {
  const matcher = matcherOf({
    kind: 'and',
    parts: [
      { kind: 'field', field: 'imported.file_sha256', tests: [{ op: 'is', value: sha256 }] },
      { kind: 'field', field: 'truncated', tests: [{ op: 'present' }] },
    ],
  });
  let count = 0;
  for await (const _ of found(into, matcher, signal)) count++;
  return count;
}

async function* found(log: string, matcher: Matcher, signal: AbortSignal): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for await (const { bytes, lines } of matchesIn(log, matcher, { signal }))
      for (const { start, end } of lines) yield bytes.subarray(start, end);
  } catch (error) {
    if (!(error instanceof FilesError) || error.code !== 'LOG_NOT_FOUND') throw error;
  }
}
