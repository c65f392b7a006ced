// Rows as JSONEachRow writes them: one JSON object a line.
import type { Row } from './database.ts';

/** Reads them. Bytes that are no UTF-8 become U+FFFD. */
export function rowsOfLines(bytes: Uint8Array): readonly Row[] {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8').split('\n');
  return lines.filter((line) => line !== '').map(rowOf);
}

function rowOf(line: string): Row {
  const value: unknown = JSON.parse(line);
  if (!isRow(value)) throw new TypeError('a row of the database is no object');
  return value;
}

function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
