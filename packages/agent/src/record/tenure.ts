// One writer a log, also after this one stood still: nobody touches the lock of a process that is frozen, and another may have taken it.
import type { Clock } from '../clock.ts';
import type { Folder } from '../folder.ts';
import { holdsLock, type Lock } from '../lock.ts';
import { lockLost } from './troubles.ts';

/** Half of the minute after which a lock counts as left. */
const stillMsMax = 30_000;

/** This logger's hold on its log. */
export class Tenure {
  readonly folder: Folder;
  readonly #lock: Lock;
  readonly #clock: Clock;
  #seenMs: number;

  constructor(folder: Folder, lock: Lock, clock: Clock) {
    this.folder = folder;
    this.#lock = lock;
    this.#clock = clock;
    this.#seenMs = clock.now();
  }

  /**
   * Before a write: after a pause, whether it may still be made. The wall clock tells, since the other does not run while a machine sleeps.
   * @throws AuditError LOG_LOCK_LOST
   */
  require(): void {
    const now = this.#clock.now();
    if (Math.abs(now - this.#seenMs) >= stillMsMax) {
      if (this.isLost()) throw lockLost(this.folder.logFile);
      this.#touch(now);
    }
    this.#seenMs = now;
  }

  /** Somebody else has the log, or nobody. A disk that does not tell will not take the write either. */
  isLost(): boolean {
    try {
      return !holdsLock(this.folder.disk, this.#lock);
    } catch {
      return false;
    }
  }

  #touch(timeMs: number): void {
    try {
      this.folder.disk.touch(this.#lock.path, timeMs);
    } catch {
      // The sealer touches it as well, and asks again before it signs.
    }
  }
}
