// What a log says of itself that the collector acts upon: its newest time, its end, its erasures. Read from the lines' bytes; a line
// that cannot be read says nothing.
import { decodeUtf8, LogError, lineType, type LogLine, parseLogLine } from '@agent-audit/log';

const lineFeed = 0x0a;
const erasureSign = Buffer.from('"type":"log.erasure"');
/** How far back from the end the newest time is looked for. */
const linesLookedAt = 16;
const timestampPattern = /^\{"seq":\d{1,16},"timestamp":"([^"\\]{20,64})"/;

export interface LineFacts {
  /** How the last line ends the log. */
  readonly end: 'open' | 'stop';
  /** The time of the last line that has one. */
  readonly newestEventMs?: number;
  /** Seqs that the lines say are erased. */
  readonly erased: readonly number[];
}

/** The facts in the whole lines of bytes[start, length); there is at least one. */
export function factsOf(bytes: Uint8Array, start: number): LineFacts {
  const last = lastLines(bytes, start);
  const newestEventMs = last.map(({ from, to }) => timeOf(bytes.subarray(from, to))).find((time) => time !== undefined);
  const [final] = last;
  const end = final !== undefined && isStop(ownLine(bytes, final.from, final.to, 'log.close')) ? 'stop' : 'open';
  return { end, erased: erasuresOf(bytes, start), ...(newestEventMs === undefined ? {} : { newestEventMs }) };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

/** A few lines before the end, the last one first. */
function lastLines(bytes: Uint8Array, start: number): Span[] {
  const spans: Span[] = [];
  let to = bytes.length - 1;
  while (to >= start && spans.length < linesLookedAt) {
    const from = Math.max(start, to === 0 ? 0 : bytes.lastIndexOf(lineFeed, to - 1) + 1);
    spans.push({ from, to });
    to = from - 1;
  }
  return spans;
}

function timeOf(line: Uint8Array): number | undefined {
  const head = decodeUtf8(line.subarray(0, 128).filter((byte) => byte < 0x80)) ?? '';
  const time = Date.parse(timestampPattern.exec(head)?.[1] ?? '');
  return Number.isFinite(time) ? time : undefined;
}

function isStop(line: LogLine | undefined): boolean {
  return line?.type === 'log.close' && line.details.reason === 'stop';
}

function erasuresOf(bytes: Uint8Array, start: number): number[] {
  const seqs = new Set<number>();
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = text.indexOf(erasureSign, start); at >= 0; ) {
    const from = Math.max(start, bytes.lastIndexOf(lineFeed, at) + 1);
    const to = bytes.indexOf(lineFeed, at);
    const line = ownLine(bytes, from, to, 'log.erasure');
    // Only what stood before it can have been erased.
    if (line?.type === 'log.erasure') for (const seq of line.details.seqs) if (seq < line.seq) seqs.add(seq);
    at = text.indexOf(erasureSign, to);
  }
  return [...seqs];
}

/** One of the log's own lines, where it is of this type and can be read. */
function ownLine(bytes: Uint8Array, from: number, to: number, type: string): LogLine | undefined {
  if (lineType(bytes, from, to) !== type) return undefined;
  try {
    const reading = parseLogLine(bytes.subarray(from, to));
    return reading.kind === 'known' ? reading.line : undefined;
  } catch (error) {
    if (error instanceof LogError) return undefined;
    throw error;
  }
}
