// Group commit: whatever was verified while the last commit ran goes into the next one, all logs together. Large commits cost far less
// a line than small ones.
import type { Alarm, Commit, IngestStore, LineBatch, LogRecord, TreeNode } from '../store/store.ts';

/** What one request makes durable: all of it or, as far as anybody may rely on it, nothing. */
export interface Work {
  readonly batch?: LineBatch;
  readonly nodes?: readonly TreeNode[];
  readonly alarms?: readonly Alarm[];
  readonly record?: LogRecord;
}

/** The same lines in other batches, in order: for logs that a collector writes for several agents. */
export type Partition = (batch: LineBatch) => readonly LineBatch[];

/**
 * Called in the very turn in which a work's fate is known, before anything is put into the next commit: what that takes along must
 * not be older than what this one has stored.
 */
export interface Fate {
  readonly durable: () => void;
  readonly unknown: () => void;
}

interface Waiting {
  readonly work: Work;
  readonly fate: Fate;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Records that may be written with any commit, because nothing depends on when. */
export interface Lazily {
  /** At most so many, none of these logs. */
  take(count: number, except: ReadonlySet<string>): readonly LogRecord[];
  written(records: readonly LogRecord[]): void;
}

const worksMax = 4096;
const lazyRecordsMax = 4096;

/** One commit at a time. */
export class Committer {
  readonly #store: Pick<IngestStore, 'commit'>;
  readonly #bytesMax: number;
  readonly #lazily: Lazily;
  readonly #onCommitted: (batches: readonly LineBatch[]) => void;
  readonly #partition: Partition;
  #waiting: Waiting[] = [];
  /** How many works go together. One after a failure, so that what the store cannot take holds nothing else up; twice as many each time. */
  #together = worksMax;
  #running: Promise<void> | undefined;
  #lazyWanted = false;

  constructor({ store, bytesMax, lazily, onCommitted, partition }: {
    readonly store: Pick<IngestStore, 'commit'>;
    readonly bytesMax: number;
    readonly lazily: Lazily;
    readonly onCommitted: (batches: readonly LineBatch[]) => void;
    readonly partition: Partition;
  }) {
    this.#store = store;
    this.#bytesMax = bytesMax;
    this.#lazily = lazily;
    this.#onCommitted = onCommitted;
    this.#partition = partition;
  }

  /** Resolves when the work is durable. After a rejection nothing is known of it. */
  submit(work: Work, fate: Fate): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ work, fate, resolve, reject });
      this.#start();
    });
  }

  /** Writes what may be written lazily, soon. A failure is tried again with the next commit. */
  writeLazy(): void {
    this.#lazyWanted = true;
    this.#start();
  }

  /** Resolves when nothing is being committed. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  #start(): void {
    this.#running ??= this.#run();
  }

  async #run(): Promise<void> {
    // What is submitted in this tick goes together.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#lazyWanted) {
      this.#lazyWanted = false;
      await this.#commit(this.#next());
    }
    // In the turn that found nothing more: what is submitted next starts anew.
    this.#running = undefined;
  }

  #next(): Waiting[] {
    let bytes = 0;
    let count = 0;
    for (const { work } of this.#waiting) {
      bytes += work.batch?.bytes.length ?? 0;
      if (count > 0 && (bytes > this.#bytesMax || count >= this.#together)) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(round: readonly Waiting[]): Promise<void> {
    const works = round.map(({ work }) => work);
    const records = works.flatMap(({ record }) => (record === undefined ? [] : [record]));
    const lazy = this.#lazily.take(lazyRecordsMax, new Set(records.map(({ logId }) => logId)));
    if (works.length === 0 && lazy.length === 0) return;
    let commit: Commit;
    try {
      commit = {
        batches: works.flatMap(({ batch }) => (batch === undefined ? [] : this.#partition(batch))),
        nodes: works.flatMap(({ nodes }) => nodes ?? []),
        alarms: works.flatMap(({ alarms }) => alarms ?? []),
        records: [...records, ...lazy],
      };
      // THE COMMIT POINT. Until this resolves nothing that it holds is promised to anybody; a cosignature that was made for it is not
      // given out before.
      await this.#store.commit(commit);
    } catch (error) {
      this.#together = 1;
      for (const { fate, reject } of round) {
        fate.unknown();
        reject(error);
      }
      return;
    }
    this.#together = Math.min(worksMax, this.#together * 2);
    this.#lazily.written(lazy);
    for (const { fate, resolve } of round) {
      fate.durable();
      resolve();
    }
    if (commit.batches.length > 0) this.#onCommitted(commit.batches);
  }
}
