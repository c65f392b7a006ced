import { csvRow, damagedEvent } from '@agent-audit/log';
import { parseEvent, valueAt } from '@agent-audit/search';
import type { Output } from '../io.ts';
import { lineText, type Printer, type SourcedLine } from '../printer.ts';

/** Events as CSV, a header first. Where several logs are read, the first column says which. */
export class CsvPrinter implements Printer {
  readonly #output: Output;
  readonly #fields: readonly string[];
  readonly #withSource: boolean;
  #isHeaded = false;

  constructor(output: Output, fields: readonly string[], withSource: boolean) {
    this.#output = output;
    this.#fields = fields;
    this.#withSource = withSource;
  }

  async print(lines: readonly SourcedLine[]): Promise<void> {
    const rows = lines.map(({ line, source }) => {
      const text = lineText(line);
      const event = parseEvent(text) ?? damagedEvent(text);
      const cells = this.#fields.map((field) => valueAt(event, field));
      return csvRow(this.#withSource ? [source, ...cells] : cells);
    });
    await this.#output.write(this.#header() + rows.join(''));
  }

  /** An export without events still says its columns. */
  async end(): Promise<void> {
    const header = this.#header();
    if (header !== '') await this.#output.write(header);
  }

  #header(): string {
    if (this.#isHeaded) return '';
    this.#isHeaded = true;
    return csvRow(this.#withSource ? ['log', ...this.#fields] : this.#fields);
  }
}
