// Rows of a time, a log id, a seq and a raw line in the database's own binary form (RowBinary): no byte of a line is lost, and no text
// is made.

/** A line with its place in the order of all. */
export interface PlacedLine {
  /** Since 1970. */
  readonly nanos: bigint;
  readonly logId: string;
  readonly seq: number;
  /** Without LF. */
  readonly line: Uint8Array;
}

/** What a statement selects for it. */
export const placedLineColumns = 'toUnixTimestamp64Nano(time), log_id, seq, whole';

/** Reads them. */
export function* placedLines(result: Uint8Array): Generator<PlacedLine> {
  const view = new DataView(result.buffer, result.byteOffset, result.byteLength);
  let at = 0;
  const bytes = (): Uint8Array => {
    let length = 0;
    let byte = 0x80;
    for (let factor = 1; byte >= 0x80; factor *= 128) {
      byte = view.getUint8(at++);
      length += (byte & 0x7f) * factor;
    }
    at += length;
    return result.subarray(at - length, at);
  };
  while (at < result.length) {
    const nanos = view.getBigInt64(at, true);
    at += 8;
    const logId = Buffer.from(bytes()).toString('utf8');
    const seq = Number(view.getBigUint64(at, true));
    at += 8;
    yield { nanos, logId, seq, line: bytes() };
  }
}
