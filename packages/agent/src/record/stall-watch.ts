// Notices that nothing is sealed any more though lines wait for it: a disk whose sync does not return tells nobody.
import type { Clock, Timer } from '../clock.ts';
import type { SharedState } from '../seal/shared.ts';

const checkMs = 2_000;
/** Looks in a row without any progress. They are counted, not the time: after a pause of the whole process the sealer gets its turns. */
const idleChecksMax = 5;

export interface StallWatchParts {
  readonly clock: Clock;
  readonly shared: () => SharedState;
  /** Nothing was sealed and nothing heard for 10 s; again after each 10 s more. */
  readonly onStall: () => void;
  /** It goes on. */
  readonly onProgress: () => void;
}

/** Looks every 2 s whether sealing goes on. It keeps no process alive. */
export class StallWatch {
  readonly #parts: StallWatchParts;
  #timer: Timer | undefined;
  #sealed = 0;
  #idleChecks = 0;

  constructor(parts: StallWatchParts) {
    this.#parts = parts;
  }

  /** Again is a no-op. */
  start(): void {
    this.#timer ??= this.#parts.clock.after(checkMs, () => this.#check());
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** The sealer has said something: what it fails at is told as what it is, and no stall. */
  answered(): void {
    if (this.#idleChecks >= idleChecksMax) this.#parts.onProgress();
    this.#idleChecks = 0;
  }

  #check(): void {
    this.#timer = undefined;
    const { sealed, appended } = this.#parts.shared();
    const isIdle = sealed < appended && sealed === this.#sealed;
    this.#sealed = sealed;
    if (isIdle) this.#idleChecks++;
    if (isIdle && this.#idleChecks % idleChecksMax === 0) this.#parts.onStall();
    if (!isIdle) this.answered();
    this.start();
  }
}
