// A segment that failed is replaced by one that goes on from its last checkpoint; where that fails too, again and again.
import { orLate, type Timer } from '../clock.ts';
import type { SharedState } from '../seal/shared.ts';
import type { ActiveSegment } from './active.ts';
import { type Deferred, deferred } from './deferred.ts';
import { type Loss, LostOrigin, type LostOriginParts } from './lost-origin.ts';
import { replaceSegment } from './replace.ts';
import type { Sealing } from './sealing.ts';
import { lockLost } from './troubles.ts';

const retryMs = 250;
/** How long a stop waits for the log to be mended, all in all. */
const stopMsMax = 2_000;

/** What it works with. */
export interface MendingParts extends LostOriginParts {
  readonly sealing: Sealing;
  readonly shared: () => SharedState;
  /** The new file as the active segment, which begins with this line. */
  readonly segmentOf: (first: number, fd: number) => ActiveSegment;
}

/** Mends one log, be it by another segment or by another origin, and lets a stop wait until it is mended. */
export class Mending {
  readonly #parts: MendingParts;
  readonly #lostOrigin: LostOrigin;
  #retry: Timer | undefined;
  #mended: Deferred | undefined;
  #stopMsLeft = stopMsMax;

  constructor(parts: MendingParts) {
    this.#parts = parts;
    this.#lostOrigin = new LostOrigin(parts);
  }

  /** Whether lines can be written only when something has been mended. */
  get isDue(): boolean {
    const { state } = this.#parts.recorder;
    return state.kind === 'refusing' && state.replace;
  }

  /** Replaces the segments from this one on; `offset`: where in the first of them the line after the last checkpoint begins. */
  replace(first: number, offset: number): void {
    const { options, recorder, segments, sealing, tenure, onFinal, onRetry } = this.#parts;
    const { folder, clock } = options;
    this.#retry?.cancel();
    this.#retry = undefined;
    if (recorder.state.kind === 'closed') return;
    if (tenure.isLost()) return onFinal(lockLost(folder.logFile));
    const shared = this.#parts.shared();
    const sealedSize = shared.sealed;
    try {
      const failure = { segments: segments.from(first), offset, sealedSize, unwritten: recorder.unwritten() };
      const { fd, lines } = replaceSegment(folder, failure);
      segments.closeAll();
      const next = sealedSize + lines;
      // Before the sealer hears of the new file, which may hold less than the old one did.
      shared.appended = next;
      const segment = this.#parts.segmentOf(sealedSize, fd);
      segments.add({ first: sealedSize, fd });
      shared.faulty = false;
      sealing.send({ kind: 'replace', first: sealedSize, fd });
      recorder.resume(segment, next, Math.max(0, recorder.nextSeq - next));
    } catch {
      onRetry();
      this.#retry = clock.after(retryMs, () => this.replace(first, offset));
    }
  }

  /** What was to be replaced is not what was signed: another log begins. */
  giveUp(loss: Loss): void {
    this.cancel();
    this.#lostOrigin.giveUp(loss);
  }

  /** In the process's last moments: a new log that is to begin, now or not at all; whether what there is can be sealed. */
  beginNow(): boolean {
    this.#lostOrigin.tryNow();
    return !this.#lostOrigin.isUnderWay;
  }

  /** No further try comes by itself. */
  cancel(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
    this.#lostOrigin.cancel();
  }

  /** The recorder writes again, or never will: nobody waits for it any more. */
  end(): void {
    this.#mended?.resolve();
    this.#mended = undefined;
  }

  /** Resolves when the log is mended, or cannot be, or took longer than a stop may wait. */
  async untilMended(): Promise<void> {
    const { options, sealing } = this.#parts;
    const { clock } = options;
    if (!this.isDue || this.#stopMsLeft <= 0) return;
    const sinceMs = clock.monotonicMs();
    this.#mended ??= deferred();
    // The sealer says where its last checkpoint ends; where it has said so, the next try comes by itself.
    if (this.#retry === undefined && !this.#lostOrigin.isUnderWay) sealing.hurry();
    await orLate(clock, this.#mended.promise, this.#stopMsLeft, undefined);
    this.#stopMsLeft -= clock.monotonicMs() - sinceMs;
    if (this.isDue) sealing.rest();
  }
}
