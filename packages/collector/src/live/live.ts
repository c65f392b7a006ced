// What comes in, for those who follow. Ingest tells of lines as they become durable; readers take them at their own pace.
import { randomBytes } from 'node:crypto';
import type { Clock, Timer } from '../clock.ts';
import type { EventStore, LineBatch } from '../store/store.ts';
import { RecentBatches } from './recent.ts';
import { Tail, type TailRequest } from './tail.ts';

/** What it works with. */
export interface LiveOptions {
  readonly clock: Clock;
  readonly store: Pick<EventStore, 'arrivals'>;
  /** Bytes of lines that are held for readers. 16 MiB. */
  readonly recentBytesMax?: number;
}

const recentBytesDefault = 16 * 1024 * 1024;
/** A line is received, and durable a moment later; so long at least is allowed for. */
const delayMsMin = 1_000;

/** One for each collector process. */
export class Live {
  /** Names this process in cursors. */
  readonly run: string = randomBytes(8).toString('hex');
  readonly clock: Clock;
  readonly store: Pick<EventStore, 'arrivals'>;
  readonly recent: RecentBatches;
  readonly #waiting = new Set<() => void>();
  #delayMsMax = delayMsMin;
  #stampedUs = 0;
  #isClosed = false;

  constructor({ clock, store, recentBytesMax = recentBytesDefault }: LiveOptions) {
    this.clock = clock;
    this.store = store;
    this.recent = new RecentBatches(recentBytesMax);
  }

  /** Takes lines that have become durable. It never throws, and costs nothing while nobody follows but to hold them. */
  readonly stored = (batches: readonly LineBatch[]): void => {
    const nowMs = this.clock.now();
    for (const batch of batches) {
      this.#delayMsMax = Math.max(this.#delayMsMax, nowMs - batch.receivedAtMs);
      this.recent.add(batch, this.stamp());
    }
    this.#wake();
  };

  /**
   * Follows what comes in.
   * @throws Refusal CURSOR_MALFORMED
   */
  tail(request: TailRequest): Tail {
    return new Tail(this, request);
  }

  /** Ends all tails. */
  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** The growing clock, as a moment of its own: no two are the same. */
  stamp(): number {
    this.#stampedUs = Math.max(this.#stampedUs + 1, Math.floor(this.clock.monotonicMs() * 1_000));
    return this.#stampedUs;
  }

  /** Before which time everything that was received, is here as well; wall time. */
  settledMs(receivedMs: number): number {
    return Math.max(0, Math.floor(receivedMs - this.#delayMsMax));
  }

  /** Resolves when something came in, when all is ended, when the signal is aborted, or after that time. */
  async change(signal: AbortSignal, waitMs: number): Promise<void> {
    if (signal.aborted || this.#isClosed) return;
    let timer: Timer | undefined;
    let wake = (): void => {};
    try {
      await new Promise<void>((resolve) => {
        wake = () => resolve();
        this.#waiting.add(wake);
        timer = this.clock.after(waitMs, wake);
        signal.addEventListener('abort', wake, { once: true });
      });
    } finally {
      timer?.cancel();
      this.#waiting.delete(wake);
      signal.removeEventListener('abort', wake);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
