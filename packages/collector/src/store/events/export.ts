// Events for other programs, oldest first, piece by piece.
import { DatabaseError } from '../../db/database.ts';
import type { EventKey } from '../store.ts';
import type { Condition } from '../visible.ts';
import { placedLineColumns, placedLines } from './binary-lines.ts';
import { csvHeader, csvRows } from './csv.ts';
import { type EventSource, type Narrowed, narrow, onceOnly, signalOf } from './narrowing.ts';
import { behindCondition, keyOf } from './pages.ts';
import { countEvents } from './summaries.ts';

/** Events of one piece: what is held at once. */
const pieceLines = 10_000;
/** Events of one Parquet file, which is made as a whole. */
const parquetLinesMax = 2_000_000;
const LF = Buffer.from('\n');

/** ndjson: the lines as they are, byte for byte. csv: for a spreadsheet. parquet: for tools that calculate. */
export type ExportFormat = 'ndjson' | 'csv' | 'parquet';

/** The pieces of an export. */
export async function* exportEvents(source: EventSource, request: Narrowed, format: ExportFormat): AsyncGenerator<Uint8Array> {
  if (format === 'parquet') {
    yield await parquet(source, request);
    return;
  }
  const condition = await narrow(source, request);
  if (format === 'csv') yield Buffer.from(csvHeader());
  let after: EventKey | undefined;
  for (;;) {
    const piece = await readPiece(source, request, condition, after);
    if (piece.lines.length > 0) yield format === 'csv' ? Buffer.from(csvRows(piece.lines)) : ndjson(piece.lines);
    if (piece.lines.length < pieceLines) return;
    after = piece.last;
  }
}

function ndjson(lines: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line) => [line, LF]));
}

interface Piece {
  readonly lines: readonly Uint8Array[];
  readonly last: EventKey | undefined;
}

async function readPiece(source: EventSource, request: Narrowed, condition: Condition, after: EventKey | undefined): Promise<Piece> {
  const behind = after === undefined ? undefined : behindCondition(after, 'asc');
  const bytes = await source.database.bytes(
    {
      sql: `SELECT ${placedLineColumns} FROM events
        WHERE ${condition.sql}${behind === undefined ? '' : ` AND ${behind.sql}`}
        ORDER BY time, log_id, seq ${onceOnly(source)} LIMIT {piece:UInt64}`,
      parameters: { ...condition.parameters, ...behind?.parameters, piece: pieceLines },
      settings: source.limits,
      ...signalOf(request),
    },
    'RowBinary',
  );
  const placed = [...placedLines(bytes)];
  const last = placed.at(-1);
  return { lines: placed.map(({ line }) => line), last: last === undefined ? undefined : keyOf(last.nanos, last.logId, last.seq) };
}

const parquetColumns = `tenant, agent, log_id, origin, seq, time, received, type, severity, agent_id, tenant_id,
  if(by_span, '', job) AS job_id, report_id, JSONExtractString(document, 'message') AS message, error, duration_ms, trace_id,
  JSONExtractString(document, 'span_id') AS span_id, JSONExtractString(document, 'parent_span_id') AS parent_span_id, outcome, operation,
  arrayMap(mark -> toString(mark), marks) AS marks, whole AS line`;

async function parquet(source: EventSource, request: Narrowed): Promise<Uint8Array> {
  const count = await countEvents(source, request);
  if (count > parquetLinesMax) {
    throw new DatabaseError(
      'DB_LIMIT',
      `${source.database.where}: ${count} events are more than one Parquet file takes (${parquetLinesMax}); narrow the time ` +
        'range, or take ndjson',
    );
  }
  const condition = await narrow(source, request);
  return source.database.bytes(
    {
      sql: `SELECT ${parquetColumns} FROM ${source.table} WHERE ${condition.sql} ORDER BY time, log_id, seq LIMIT ${parquetLinesMax}`,
      parameters: condition.parameters,
      settings: { ...source.limits, output_format_parquet_string_as_string: 1 },
      ...signalOf(request),
    },
    'Parquet',
  );
}
