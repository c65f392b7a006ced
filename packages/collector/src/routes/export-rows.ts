// Counts the rows of an export as its bytes go by, so that the journal says how many left.

/** Counts rows in the bytes of one format. */
export interface RowCounter {
  add(bytes: Uint8Array): void;
  /** Whole rows so far; undefined where the format does not show them. */
  readonly rows: number | undefined;
}

const lineFeed = 0x0a;
const quote = 0x22;

/** A counter for a format. */
export function rowCounter(format: 'ndjson' | 'csv' | 'parquet'): RowCounter {
  switch (format) {
    case 'ndjson':
      return new LineCounter();
    case 'csv':
      return new CsvRowCounter();
    case 'parquet':
      return { add: () => {}, rows: undefined };
  }
}

class LineCounter implements RowCounter {
  rows = 0;

  add(bytes: Uint8Array): void {
    for (let at = bytes.indexOf(lineFeed); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) this.rows++;
  }
}

/** RFC 4180: a line break within quotation marks is part of a value. Such a mark within is written twice, so that it comes out even. */
class CsvRowCounter implements RowCounter {
  #lines = 0;
  #quoted = false;

  add(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === quote) this.#quoted = !this.#quoted;
      else if (byte === lineFeed && !this.#quoted) this.#lines++;
    }
  }

  /** The first line is the header. */
  get rows(): number {
    return Math.max(0, this.#lines - 1);
  }
}
