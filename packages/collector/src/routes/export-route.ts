// All that a search finds, piece by piece, as fast as it is taken. Where an export is cut, nobody can take it for whole: ndjson ends in a
// problem, which has no seq; in every format the connection breaks off instead of ending, and the trailer that says how many is missing.
import { Readable } from 'node:stream';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { exportPath, formatProblem } from '@agent-audit/log';
import { Type } from 'typebox';
import { DatabaseError } from '../db/database.ts';
import { rowCounter } from './export-rows.ts';
import { type Search, searchDetails, searchOf, searchParameter, sinceParameter, untilParameter } from './parameters.ts';
import { problemAnswers } from './problem-answers.ts';
import type { Reader } from './read-gate.ts';
import type { Reading } from './reading.ts';

/** The formats, with their media types. */
const mediaTypes = {
  ndjson: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
  parquet: 'application/vnd.apache.parquet',
} as const;
type Format = keyof typeof mediaTypes;

/** The trailer of a whole export: how many events it holds. */
export const rowsTrailer = 'agent-audit-rows';

const exportQuery = Type.Object(
  {
    q: searchParameter,
    since: sinceParameter,
    until: untilParameter,
    format: Type.Optional(
      Type.Union([Type.Literal('ndjson'), Type.Literal('csv'), Type.Literal('parquet')], {
        default: 'ndjson',
        description:
          'ndjson: the raw lines, byte for byte, so that they stay provable · csv: for a spreadsheet · parquet: for calculating.',
      }),
    ),
  },
  { additionalProperties: false },
);

/** `GET /v1/export` */
export function addExportRoute(plain: FastifyInstance, reading: Reading): void {
  const app = plain.withTypeProvider<TypeBoxTypeProvider>();
  const { store, clock } = reading.parts;
  const content = Object.fromEntries(
    Object.values(mediaTypes).map((type) => [type.split(';')[0] ?? type, { schema: Type.Unsafe<unknown>({ type: 'string' }) }]),
  );
  const schema = {
    summary: 'All that a search finds, oldest first',
    description:
      `A whole export ends with the trailer ${rowsTrailer}. One that is cut breaks off: ndjson has a problem for its last line, and in ` +
      'every format the transfer does not end as it should, which clients report.',
    querystring: exportQuery,
    response: { 200: { description: 'The events', content }, ...problemAnswers('SEARCH_MALFORMED') },
  };
  app.get(exportPath, { onRequest: reading.gate.enter, schema }, async (request, reply) => {
    const { format = 'ndjson', ...parameters } = request.query;
    const search = searchOf(parameters);
    const reader = reading.admit(request, reply);
    const narrowed = { ...search, visible: reader.visible, signal: reader.signal };
    const exported = new Export(reading, { reader, search, format });
    const pieces = store.export(narrowed, format)[Symbol.asyncIterator]();
    // What can be refused is refused with a status: only then the answer begins.
    const first = await exported.begin(pieces);
    const day = new Date(clock.now()).toISOString().slice(0, 10);
    reply.trailer(rowsTrailer, async () => exported.rowsText);
    return reply
      .type(mediaTypes[format])
      .header('content-disposition', `attachment; filename="agent-audit-${day}.${format}"`)
      .send(Readable.from(exported.pieces(first, pieces), { objectMode: false, highWaterMark: 1 }));
  });
}

interface ExportOf {
  readonly reader: Reader;
  readonly search: Search;
  readonly format: Format;
}

type Pieces = AsyncIterator<Uint8Array>;

/** One export, which is written down as it begins and as it ends. */
class Export {
  readonly #reading: Reading;
  readonly #of: ExportOf;
  readonly #counter;
  #bytes = 0;

  constructor(reading: Reading, of: ExportOf) {
    this.#reading = reading;
    this.#of = of;
    this.#counter = rowCounter(of.format);
  }

  get rowsText(): string {
    return String(this.#counter.rows ?? '');
  }

  /** The first piece. Throws what the store does. */
  async begin(pieces: Pieces): Promise<IteratorResult<Uint8Array, unknown>> {
    const first = await pieces.next();
    this.#record('Export began', 'success');
    return first;
  }

  /** All pieces. Its journal entry stands before the last of them is taken. */
  async *pieces(first: IteratorResult<Uint8Array, unknown>, rest: Pieces): AsyncGenerator<Uint8Array> {
    let isWhole = false;
    try {
      for (let piece = first; piece.done !== true; piece = await rest.next()) {
        this.#counter.add(piece.value);
        this.#bytes += piece.value.byteLength;
        yield piece.value;
      }
      isWhole = true;
    } catch (error) {
      if (this.#of.format === 'ndjson') yield Buffer.from(`${problemLine(error, this.rowsText)}\n`);
      throw error;
    } finally {
      this.#record(isWhole ? 'Events exported' : 'Export cut off', isWhole ? 'success' : 'failure');
      await rest.return?.();
    }
  }

  #record(message: string, outcome: 'success' | 'failure'): void {
    const { reader, search, format } = this.#of;
    const { rows } = this.#counter;
    const details = { ...searchDetails(search), format, ...(rows === undefined ? {} : { rows }), bytes: this.#bytes };
    this.#reading.parts.journal.record({ type: 'events_exported', message, by: reader.principal, outcome, details });
  }
}

function problemLine(error: unknown, rows: string): string {
  const code = error instanceof DatabaseError ? 'UNAVAILABLE' : 'INTERNAL';
  return formatProblem(code, `the export is cut off after ${rows} events: ask for what is missing by a later since, or for a shorter time`);
}
