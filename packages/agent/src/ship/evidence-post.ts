// Hands evidence in until the collector has said that it has it: it was lost with one request that failed. What waits is on disk, so a
// start goes on with it; what is handed in twice is one alarm there.
import type { Clock, Timer } from '../clock.ts';
import type { Folder } from '../folder.ts';
import type { Collector } from './collector.ts';
import { markHandedIn, waitingEvidence } from './evidence.ts';
import { pauseMs } from './pace.ts';
import { shippingFailed, ShipTrouble } from './trouble.ts';

/** What it works with. */
export interface EvidencePostParts {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly collector: Pick<Collector, 'evidence'>;
  readonly random: () => number;
  /** Told once of what keeps it back. */
  readonly tell: (trouble: ShipTrouble) => void;
}

/** One for each shipper. */
export class EvidencePost {
  readonly #parts: EvidencePostParts;
  #timer: Timer | undefined;
  #isStopped = false;
  #tries = 0;
  #failingSinceMs: number | undefined;

  constructor(parts: EvidencePostParts) {
    this.#parts = parts;
  }

  /** Goes on with what waits since an earlier start, in the next tick. */
  start(): void {
    this.#tryAfter(0);
  }

  /** No more. */
  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
  }

  /** Hands in all that waits, as far as that goes now; the rest later. It never throws. */
  async handIn(): Promise<void> {
    const { folder, clock, collector, random } = this.#parts;
    this.#timer?.cancel();
    let trouble: ShipTrouble | undefined;
    try {
      for (const waiting of waitingEvidence(folder)) {
        if (this.#isStopped) return;
        try {
          await collector.evidence(waiting.logId, waiting.evidence);
          markHandedIn(waiting, clock.now());
        } catch (error) {
          trouble = this.#troubleOf(error);
        }
      }
    } catch (error) {
      trouble = this.#troubleOf(error);
    }
    if (this.#isStopped) return;
    if (trouble === undefined) {
      this.#tries = 0;
      this.#failingSinceMs = undefined;
      return;
    }
    if (this.#tries++ === 0) this.#parts.tell(trouble);
    this.#failingSinceMs ??= clock.monotonicMs();
    const lastingMs = clock.monotonicMs() - this.#failingSinceMs;
    this.#tryAfter(pauseMs({ tries: this.#tries, outageMs: lastingMs, retryAfterMs: trouble.retryAfterMs }, random()));
  }

  #troubleOf(error: unknown): ShipTrouble {
    const { code, message, retryAfterMs } = error instanceof ShipTrouble ? error : shippingFailed(this.#parts.folder.logFile, error);
    const what = `the evidence in ${this.#parts.folder.names.evidence} is not handed in yet, and is tried again`;
    return new ShipTrouble(code, `${what}: ${message}`, retryAfterMs);
  }

  #tryAfter(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = this.#parts.clock.after(delayMs, () => void this.handIn());
  }
}
