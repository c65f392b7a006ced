// All that a search finds, as the collector streams it: nothing is held but a piece, and an answer that breaks off is an error.
import { countAnswer, countPath, exportMediaTypes, exportPath } from '@agent-audit/log';
import type { Invocation } from '../command.ts';
import { CliError } from '../error.ts';
import type { Output } from '../io.ts';
import type { Printer, SourcedLine } from '../printer.ts';
import { Progress } from '../progress.ts';
import type { Collector, Parameters } from './client.ts';
import { tellCompleteness } from './completeness.ts';

/** Where an export goes: as lines to a printer, or, without one, as the bytes that they are. */
export interface ExportTarget {
  readonly output: Output;
  readonly printer?: Printer;
}

/** A line of a log has at most 65,535 bytes; more than that without a line feed is none of a collector. */
const lineBytesMax = 1_048_576;
const LF = 0x0a;

/** Writes all that is found, says how complete it is, and returns how many events there are. */
export async function exportFrom(
  collector: Collector,
  search: Parameters,
  { output, printer }: ExportTarget,
  invocation: Invocation,
): Promise<number> {
  const { count, completeness } = await collector.get(countAnswer, countPath, search);
  const format = printer === undefined ? 'parquet' : 'ndjson';
  const answer = await collector.stream(exportPath, { ...search, format }, { accept: exportMediaTypes[format] });
  const progress = new Progress(invocation.io, invocation.errorStyle, 'exporting');
  let found = printer === undefined ? count : 0;
  try {
    const pieces = printer === undefined ? answer.body : linesOf(answer.body, collector);
    let bytes = 0;
    for await (const piece of pieces) {
      if (piece instanceof Uint8Array) await output.write(piece);
      else await printer?.print(piece);
      if (!(piece instanceof Uint8Array)) found += piece.length;
      bytes += piece instanceof Uint8Array ? piece.length : piece.reduce((sum, { line }) => sum + line.length + 1, 0);
      progress.update({ done: bytes, unit: 'bytes' });
      if (output.isClosed) break;
    }
    await printer?.end();
  } finally {
    await progress.end();
  }
  await tellCompleteness(collector, completeness, invocation);
  return found;
}

/** The lines of NDJSON, as many at a time as came together. */
async function* linesOf(pieces: AsyncIterable<Uint8Array>, collector: Collector): AsyncGenerator<readonly SourcedLine[], void, undefined> {
  let rest: Uint8Array = new Uint8Array(0);
  for await (const piece of pieces) {
    const bytes = rest.length === 0 ? piece : Buffer.concat([rest, piece]);
    const lines: SourcedLine[] = [];
    let from = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, from)) {
      lines.push({ line: bytes.subarray(from, end), source: '' });
      from = end + 1;
    }
    rest = bytes.subarray(from);
    if (rest.length > lineBytesMax) throw unreadable(collector, `it has a line of more than ${lineBytesMax} bytes`);
    if (lines.length > 0) yield lines;
  }
  if (rest.length > 0) throw unreadable(collector, 'it breaks off within a line');
}

function unreadable(collector: Collector, why: string): CliError {
  return new CliError('COLLECTOR_ANSWER_MALFORMED', `${collector.access.url}: the export cannot be read: ${why}; try again`);
}
