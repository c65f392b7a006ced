// The newest lines that came in, in the order in which they became durable; all readers of tails share them. What is bounded is their
// bytes: a reader that falls behind holds nothing of its own.
import { compile, type Matcher, type Query } from '@agent-audit/search';
import type { LineBatch } from '../store/store.ts';

const lineFeed = 0x0a;

/** A query, made ready once for all that ask it. */
export interface LiveQuery {
  /** The query in its one form: the same text is the same query. */
  readonly text: string;
  readonly query: Query;
  readonly matcher: Matcher;
}

/** Makes a query ready. */
export function liveQuery(query: Query, text: string): LiveQuery {
  return { text, query, matcher: compile(query) };
}

/** A line that a query finds: bytes [start, end) without LF. */
export interface FoundLine {
  /** Its place in the batch. */
  readonly index: number;
  readonly start: number;
  readonly end: number;
}

/** A batch, and where it stands among all that came in. */
export class RecentBatch {
  /** The place of its first line: lines that came in before it in this process. */
  readonly at: number;
  readonly batch: LineBatch;
  /** When it became durable, by the growing clock, microseconds. */
  readonly storedUs: number;
  readonly #found = new Map<string, readonly FoundLine[]>();

  constructor(at: number, batch: LineBatch, storedUs: number) {
    this.at = at;
    this.batch = batch;
    this.storedUs = storedUs;
  }

  get end(): number {
    return this.at + this.batch.lines;
  }

  /** The lines that a query finds, in order. Looked for once, however many readers ask the same. */
  found(query: LiveQuery): readonly FoundLine[] {
    const known = this.#found.get(query.text);
    if (known !== undefined) return known;
    const found = findLines(this.batch.bytes, query);
    this.#found.set(query.text, found);
    return found;
  }
}

/** The empty query finds every line, also one that is no event; any other only events. */
function findLines(bytes: Uint8Array, { query, matcher }: LiveQuery): readonly FoundLine[] {
  const found: FoundLine[] = [];
  let index = 0;
  let at = 0;
  if (query.kind === 'all') {
    for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, at)) {
      found.push({ index: index++, start: at, end });
      at = end + 1;
    }
    return found;
  }
  matcher.scan(bytes, 0, bytes.length, (start, end) => {
    for (let next = bytes.indexOf(lineFeed, at); next >= 0 && next < start; next = bytes.indexOf(lineFeed, at)) {
      index++;
      at = next + 1;
    }
    found.push({ index, start, end });
    return true;
  });
  return found;
}

const erasureSign = Buffer.from('"log.erasure"');

/** The batches themselves. */
export class RecentBatches {
  readonly #bytesMax: number;
  #batches: RecentBatch[] = [];
  #bytes = 0;
  #end = 0;
  #goneStoredUs = -Infinity;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** The place behind the newest line. */
  get end(): number {
    return this.#end;
  }

  /** The place of the oldest line that is still here. */
  get start(): number {
    return this.#batches[0]?.at ?? this.#end;
  }

  /** Adds a batch, and lets go of the oldest. */
  add(batch: LineBatch, storedUs: number): void {
    // What was erased is not told any more: whoever has not had it finds in the store what is left of it.
    if (Buffer.from(batch.bytes.buffer, batch.bytes.byteOffset, batch.bytes.length).includes(erasureSign)) this.#letGo(0);
    this.#batches.push(new RecentBatch(this.#end, batch, storedUs));
    this.#end += batch.lines;
    this.#bytes += batch.bytes.length;
    this.#letGo(this.#bytesMax);
  }

  /** The batch that holds a place; undefined where it is gone, or has not come yet. */
  holding(place: number): RecentBatch | undefined {
    let low = 0;
    let high = this.#batches.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#batches[middle]?.end ?? Infinity) <= place) low = middle + 1;
      else high = middle;
    }
    const found = this.#batches[low];
    return found !== undefined && found.at <= place ? found : undefined;
  }

  /** The place behind a line; undefined where it is not here. */
  behind(logId: string, seq: number): number | undefined {
    const holder = this.#batches.find(({ batch }) => batch.logId === logId && seq >= batch.from && seq < batch.from + batch.lines);
    return holder === undefined ? undefined : holder.at + (seq - holder.batch.from) + 1;
  }

  /** The place of the first line that became durable then or later; undefined where some of them are gone. */
  since(storedUs: number): number | undefined {
    if (this.#goneStoredUs >= storedUs) return undefined;
    return this.#batches.find((batch) => batch.storedUs >= storedUs)?.at ?? this.#end;
  }

  #letGo(bytesMax: number): void {
    let count = 0;
    while (this.#bytes > bytesMax) {
      const oldest = this.#batches[count++];
      if (oldest === undefined) break;
      this.#bytes -= oldest.batch.bytes.length;
      this.#goneStoredUs = oldest.storedUs;
    }
    if (count > 0) this.#batches = this.#batches.slice(count);
  }
}
