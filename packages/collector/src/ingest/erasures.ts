// A log erases lines of its own, and says so in a log.erasure line: then they go here too. What is to go is in the log's record, so that
// neither a crash nor a store that fails forgets it.
import { encodeBase64, type Hasher, lineType, utf8 } from '@agent-audit/log';
import { type Clock, nextTurn, type Timer } from '../clock.ts';
import type { IngestStore, LogRecord } from '../store/store.ts';
import { stubLeaf } from './grow.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { runsOf } from './prove.ts';
import { readLines, storedLeaf, type StoredLine } from './stored-lines.ts';

/** How many lines are read and replaced at once. */
const runLinesMax = 512;

export interface ErasureParts {
  readonly store: IngestStore;
  readonly ledger: Ledger;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly hasher: Hasher;
  readonly retryMs: number;
}

/** Finishes erasures, one log at a time, beside whatever comes in. */
export class Erasures {
  readonly #parts: ErasureParts;
  readonly #logs = new Set<string>();
  #running: Promise<void> | undefined;
  #retry: Timer | undefined;
  #isClosed = false;

  constructor(parts: ErasureParts) {
    this.#parts = parts;
  }

  /** Begins with a log that has something to erase; others have their turn first. */
  start({ logId, erasing }: LogRecord): void {
    if (erasing.length === 0 || this.#isClosed) return;
    this.#logs.add(logId);
    this.#running ??= this.#run();
  }

  /** Resolves when nothing is being erased. What waits for its next try goes on waiting. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  /** Begins nothing more. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#retry?.cancel();
    await this.idle();
  }

  async #run(): Promise<void> {
    // Whoever started this goes on first: it holds the log's lane.
    await nextTurn();
    const failed: string[] = [];
    for (const logId of this.#logs) {
      this.#logs.delete(logId);
      if (this.#isClosed) break;
      try {
        await this.#erase(logId);
      } catch {
        // The ledger has told people that the store fails.
        failed.push(logId);
      }
    }
    // In the turn that found nothing more: what is started next begins anew.
    this.#running = undefined;
    if (failed.length > 0 && !this.#isClosed) this.#tryAgain(failed);
  }

  #tryAgain(logIds: readonly string[]): void {
    this.#retry?.cancel();
    this.#retry = this.#parts.clock.after(this.#parts.retryMs, () => {
      for (const logId of logIds) this.#startById(logId);
    });
  }

  #startById(logId: string): void {
    const record = this.#parts.ledger.registry.get(logId);
    if (record !== undefined) this.start(record);
  }

  async #erase(logId: string): Promise<void> {
    const { ledger, store, lanes } = this.#parts;
    const erasing = ledger.registry.get(logId)?.erasing ?? [];
    for (const { start, end } of runsOf(erasing)) {
      for (let from = start; from < end; from += runLinesMax) {
        const lines = await ledger.asking(() => readLines(store, logId, from, Math.min(end, from + runLinesMax)));
        const stubs = lines.flatMap((line) => this.#stubOf(line));
        if (stubs.length > 0) await ledger.asking(() => store.erase(logId, stubs));
      }
    }
    // Only when the bytes are gone is it no longer to be done.
    const erased = new Set(erasing);
    await lanes.run(logId, 0, async () => {
      const state = await ledger.settled(logId);
      if (state === undefined) return;
      const record = { ...state.record, erasing: state.record.erasing.filter((seq) => !erased.has(seq)) };
      await ledger.commit(logId, { record });
    });
  }

  /** None for what is a stub already, and for a log.erasure: it is what makes a stub lawful. */
  #stubOf(stored: StoredLine): { seq: number; line: Uint8Array }[] {
    const { seq, line } = stored;
    if (stubLeaf(line, 0, line.length, seq) !== undefined || lineType(line, 0, line.length) === 'log.erasure') return [];
    const leaf = encodeBase64(storedLeaf(stored, this.#parts.hasher));
    return [{ seq, line: utf8(`{"seq":${seq},"type":"log.erased","leaf":"${leaf}"}\n`) }];
  }
}
