// A segment that failed is replaced by one that goes on from its last checkpoint; where that fails too, again and again.
import { type Clock, orLate, type Timer } from '../clock.ts';
import type { Folder } from '../folder.ts';
import type { SharedState } from '../seal/shared.ts';
import type { ActiveSegment } from './active.ts';
import { type Deferred, deferred } from './deferred.ts';
import type { OpenSegments } from './open-segments.ts';
import type { Recorder } from './recorder.ts';
import { replaceSegment } from './replace.ts';
import type { Sealing } from './sealing.ts';
import type { Tenure } from './tenure.ts';

const retryMs = 250;
/** How long a stop waits for the log to be mended, all in all. */
const stopMsMax = 2_000;

/** What it works with. */
export interface MendingParts {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly segments: OpenSegments;
  readonly sealing: Sealing;
  readonly tenure: Tenure;
  readonly shared: () => SharedState;
  /** The new file as the active segment, which begins with this line. */
  readonly segmentOf: (first: number, fd: number) => ActiveSegment;
  /** Another process has the log: nothing may be written. */
  readonly onLockLost: () => void;
  /** A try has failed; another follows. */
  readonly onRetry: () => void;
}

/** Mends one log, and lets a stop wait until it is mended. */
export class Mending {
  readonly #parts: MendingParts;
  #retry: Timer | undefined;
  #mended: Deferred | undefined;
  #stopMsLeft = stopMsMax;

  constructor(parts: MendingParts) {
    this.#parts = parts;
  }

  /** Whether lines can be written only when something has been mended. */
  get isDue(): boolean {
    const { state } = this.#parts.recorder;
    return state.kind === 'refusing' && state.replace;
  }

  /** Replaces the segments from this one on; `offset`: where in the first of them the line after the last checkpoint begins. */
  replace(first: number, offset: number): void {
    const { folder, clock, recorder, segments, sealing, tenure, onLockLost, onRetry } = this.#parts;
    this.cancel();
    if (recorder.state.kind === 'closed') return;
    if (tenure.isLost()) return onLockLost();
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

  /** What was to be replaced is not the log any more. */
  cancel(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** The recorder writes again, or never will: nobody waits for it any more. */
  end(): void {
    this.#mended?.resolve();
    this.#mended = undefined;
  }

  /** Resolves when the log is mended, or cannot be, or took longer than a stop may wait. */
  async untilMended(): Promise<void> {
    const { clock, sealing } = this.#parts;
    if (!this.isDue || this.#stopMsLeft <= 0) return;
    const sinceMs = clock.monotonicMs();
    this.#mended ??= deferred();
    // The sealer says where its last checkpoint ends; where it has said so, the next try comes by itself.
    if (this.#retry === undefined) sealing.hurry();
    await orLate(clock, this.#mended.promise, this.#stopMsLeft, undefined);
    this.#stopMsLeft -= clock.monotonicMs() - sinceMs;
    if (this.isDue) sealing.rest();
  }
}
