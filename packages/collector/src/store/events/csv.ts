// Events as CSV, as `agent-audit export` writes them.
import { csvFields, csvRow, damagedEvent } from '@agent-audit/log';
import { parseEvent, valueAt } from '@agent-audit/search';

/** The names of the columns. */
export function csvHeader(): string {
  return csvRow(csvFields);
}

/** Lines as rows. One that is no event still has one: that something stands there. */
export function csvRows(lines: readonly Uint8Array[]): string {
  return lines
    .map((line) => {
      const text = Buffer.from(line.buffer, line.byteOffset, line.byteLength).toString('utf8');
      const event = parseEvent(text) ?? damagedEvent(text);
      return csvRow(csvFields.map((column) => valueAt(event, column)));
    })
    .join('');
}
