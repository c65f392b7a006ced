import { fieldNames, parseEvent, suggest, valueAt, type WireEvent } from '@agent-audit/search';
import { CliError } from './error.ts';
import { textOf } from './event-view.ts';
import type { Output } from './io.ts';
import { lineText, type Printer, type SourcedLine } from './printer.ts';
import type { Style } from './style.ts';
import { jsonLine, padTo, widthOf } from './text.ts';

/**
 * The names of --fields, each of them a field of a line: `timestamp,type,details.tool`.
 * @throws CliError USAGE_BAD_VALUE
 */
export function readFields(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  for (const name of names) {
    if (fieldNames.includes(name) || /^details\../.test(name)) continue;
    const message = name === '' ? '--fields holds an empty name' : `--fields: unknown field ${JSON.stringify(name)}`;
    throw new CliError('USAGE_BAD_VALUE', message, { suggestion: suggest(name, fieldNames) });
  }
  return names;
}

/** Only some fields of each event: JSON objects; on a terminal columns; elsewhere values set apart by tabs, as `cut` likes them. */
export class FieldPrinter implements Printer {
  readonly #output: Output;
  readonly #fields: readonly string[];
  readonly #json: boolean;
  readonly #style: Style;
  readonly #widths: number[];
  #isHeaded = false;

  constructor(output: Output, fields: readonly string[], options: { readonly json: boolean; readonly style: Style }) {
    this.#output = output;
    this.#fields = fields;
    this.#json = options.json;
    this.#style = options.style;
    this.#widths = fields.map((field) => widthOf(field));
  }

  async print(lines: readonly SourcedLine[]): Promise<void> {
    const events = lines.map(({ line }) => parseEvent(lineText(line)) ?? {});
    await this.#output.write(this.#json ? this.#asJson(events) : this.#asColumns(events));
  }

  async end(): Promise<void> {}

  #asJson(events: readonly WireEvent[]): string {
    return events
      .map((event) => jsonLine(Object.fromEntries(this.#fields.map((field) => [field, valueAt(event, field)])), this.#output))
      .join('');
  }

  #asColumns(events: readonly WireEvent[]): string {
    const rows = events.map((event) => this.#fields.map((field) => textOf(valueAt(event, field))));
    if (!this.#output.isTerminal) return rows.map((row) => `${row.join('\t')}\n`).join('');
    for (const row of rows)
      row.forEach((cell, column) => (this.#widths[column] = Math.max(this.#widths[column] ?? 0, Math.min(48, widthOf(cell)))));
    const show = (row: readonly string[]): string =>
      row
        .map((cell, column) => padTo(cell, this.#widths[column] ?? 0))
        .join('  ')
        .trimEnd();
    const heading = this.#isHeaded ? '' : `${this.#style.dim(show(this.#fields))}\n`;
    this.#isHeaded = true;
    return heading + rows.map((row) => `${show(row)}\n`).join('');
  }
}
