import { unwatchFile, watch as watchPath, watchFile } from 'node:fs';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import type { LogLocation } from './location.ts';

/** How long a change may stay unseen where the operating system tells of none, as on network file systems. */
const pollMs = 500;

/** What is needed of a watcher of Node's. */
export interface FolderWatcher {
  on(event: 'error', listener: (error: Error) => void): unknown;
  close(): void;
}

/** Node's fs.watch, or what stands in for it. */
export type WatchFolder = (folder: string, options: { persistent: boolean }, listener: () => void) => FolderWatcher;

/** How changes are waited for. */
export interface LogWatchOptions {
  /** Whether watching keeps the process alive. */
  readonly persistent: boolean;
  readonly clock?: Clock;
  readonly watch?: WatchFolder;
}

/**
 * Tells when a log's folder may have changed. Changes are noted from the moment it is made, so that one which comes between two
 * calls of `changed` is told by the second.
 */
export class LogWatch {
  readonly #activePath: string;
  readonly #persistent: boolean;
  readonly #clock: Clock;
  #watcher: FolderWatcher | undefined;
  #isChanged = false;
  #wake: (() => void) | undefined;

  constructor({ folder, active }: LogLocation & { readonly kind: 'log' }, options: LogWatchOptions) {
    const { persistent, clock = systemClock, watch = watchPath } = options;
    this.#activePath = join(folder, active);
    this.#persistent = persistent;
    this.#clock = clock;
    try {
      this.#watcher = watch(folder, { persistent }, this.#note);
      this.#watcher.on('error', () => {
        if (this.#watcher !== undefined) this.#watchFileOnly();
      });
    } catch {
      // The system has no more watches to give, or the file system none at all.
      this.#watchFileOnly();
    }
  }

  /**
   * Resolves when there may be something new; after the poll interval also without a sign.
   * @throws the signal's reason
   */
  async changed(signal?: AbortSignal): Promise<void> {
    signal?.throwIfAborted();
    if (!this.#isChanged) await this.#nextChange(signal);
    this.#isChanged = false;
    signal?.throwIfAborted();
  }

  close(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    unwatchFile(this.#activePath, this.#note);
  }

  async #nextChange(signal?: AbortSignal): Promise<void> {
    const wake = (): void => this.#wake?.();
    const timer = this.#clock.after(pollMs, wake);
    signal?.addEventListener('abort', wake);
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    signal?.removeEventListener('abort', wake);
    timer.cancel();
  }

  readonly #note = (): void => {
    this.#isChanged = true;
    this.#wake?.();
  };

  /** The poll goes on in any case; this is what keeps the process alive for it, and it tells of changes too. */
  #watchFileOnly(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    watchFile(this.#activePath, { persistent: this.#persistent, interval: pollMs }, this.#note);
  }
}
