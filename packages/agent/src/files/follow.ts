// Reading a log while it is written. What is read is the open file: rotation, packing and deletion change names, not the bytes
// behind a descriptor. A segment is left only after its successor was seen AND all that was written before that was read.
import type { NumberedBatch } from './batch.ts';
import { chunkBuffers, type ChunkBuffers } from './chunks.ts';
import { SegmentCursor } from './cursor.ts';
import { FilesError } from './error.ts';
import { listLog, type SegmentFile } from './list.ts';
import type { LogLocation } from './location.ts';
import { openUnlessMoved, partsFrom } from './read.ts';
import { originOfSegment } from './sealed.ts';
import { LogWatch, type LogWatchOptions } from './watch.ts';

type LogFolder = LogLocation & { readonly kind: 'log' };

/** What a new look at the folder says about the segment that is being read. */
type SegmentState =
  /** Nothing follows it. */
  | { readonly kind: 'newest' }
  /** The next one begins at `before`: nothing more is added to it. */
  | { readonly kind: 'succeeded'; readonly before: number }
  /** It is not there any more: deleted, given up with its origin, or another file has its place. */
  | { readonly kind: 'gone'; readonly before: number | undefined };

/** The lines of a log from seq `from` on, and then each one as it is written, until the signal ends it. */
export async function* followLog(
  location: LogFolder,
  from: number,
  options: LogWatchOptions & { readonly signal?: AbortSignal | undefined },
): AsyncGenerator<NumberedBatch, void, undefined> {
  const watch = new LogWatch(location, options);
  try {
    yield* new Follower(location, from, watch, options.signal).batches();
  } finally {
    watch.close();
  }
}

class Follower {
  readonly #location: LogFolder;
  readonly #watch: LogWatch;
  readonly #signal: AbortSignal | undefined;
  readonly #buffers: ChunkBuffers = chunkBuffers();
  /** Lines below it were given out. */
  #next: number;
  /** First seq of the segment that was read to its end. */
  #finished = -1;
  #origin: string | undefined;

  constructor(location: LogFolder, from: number, watch: LogWatch, signal: AbortSignal | undefined) {
    this.#location = location;
    this.#next = from;
    this.#watch = watch;
    this.#signal = signal;
  }

  async *batches(): AsyncGenerator<NumberedBatch, void, undefined> {
    for (;;) {
      const { segments } = listLog(this.#location);
      const segment = partsFrom(segments, this.#next, this.#finished)[0]?.segment ?? segments.at(-1);
      if (segment !== undefined && segment.first > this.#finished) {
        yield* this.#segment(segment);
      } else {
        if (segment !== undefined) this.#requireSameLog(segment);
        await this.#watch.changed(this.#signal);
      }
    }
  }

  /** One segment, up to its end: that of an active one is known when the next one is there. */
  async *#segment(segment: SegmentFile): AsyncGenerator<NumberedBatch, void, undefined> {
    const handle = await openUnlessMoved(segment);
    if (handle === undefined) return;
    try {
      this.#requireSameLog(segment);
      const cursor = new SegmentCursor(handle, segment, this.#buffers);
      for (;;) {
        const state = this.#stateOf(segment);
        const start = this.#next;
        // The state was taken before the read: what it says is final is all read now.
        yield* this.#read(cursor, state.kind === 'newest' ? undefined : state.before);
        if (state.kind === 'gone') {
          this.#finished = -1;
          return;
        }
        if (state.kind === 'succeeded' || segment.form !== 'active') {
          this.#finished = segment.first;
          return;
        }
        if (this.#next === start) await this.#watch.changed(this.#signal);
      }
    } finally {
      await handle.close();
    }
  }

  async *#read(cursor: SegmentCursor, before: number | undefined): AsyncGenerator<NumberedBatch, void, undefined> {
    for await (const batch of cursor.read({ from: this.#next, before }, this.#signal)) {
      this.#next = batch.last + 1;
      yield batch;
    }
  }

  #stateOf(segment: SegmentFile): SegmentState {
    const { segments } = listLog(this.#location);
    const same = segments.find(({ first }) => first === segment.first);
    const before = segments.find(({ first }) => first > segment.first)?.first;
    if (same === undefined || (same.file !== segment.file && same.form !== 'gzip')) return { kind: 'gone', before };
    return before === undefined ? { kind: 'newest' } : { kind: 'succeeded', before };
  }

  #requireSameLog(segment: SegmentFile): void {
    const origin = originOfSegment(segment);
    this.#origin ??= origin;
    if (origin === undefined || origin === this.#origin) return;
    throw new FilesError(
      'LOG_REPLACED',
      segment.path,
      `the log ${this.#origin} was given up at line ${this.#next}, and ${segment.path} is now a new log, ${origin}: ` +
        `read that one from line 0; the files given up are in a folder <name>.refused-…, verify them there`,
    );
  }
}
