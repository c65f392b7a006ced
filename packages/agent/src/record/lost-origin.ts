// The log on disk is not what was signed: its origin is given up, and what this run had not sealed goes on in a new log. Where the disk
// does not take that one yet, events wait, and it is tried again.
import type { Timer } from '../clock.ts';
import { diskErrorCode } from '../disk.ts';
import { AuditError, messageOf } from '../error.ts';
import { type OpenedLog, openAfter, type PreviousOrigin, setOriginAside } from '../open/open.ts';
import type { SharedState } from '../seal/shared.ts';
import { type Carried, carryLines } from './carry.ts';
import type { OpenSegments } from './open-segments.ts';
import type { Recorder } from './recorder.ts';
import type { SessionOptions } from './session-options.ts';
import type { Tenure } from './tenure.ts';
import { lockLost, refusedForGood, refusedForNow } from './troubles.ts';

const retryMs = 250;

/** What it works with. */
export interface LostOriginParts {
  readonly options: SessionOptions;
  readonly recorder: Recorder;
  readonly segments: OpenSegments;
  readonly tenure: Tenure;
  /** The log as it was opened. */
  readonly opened: () => OpenedLog;
  readonly shared: () => SharedState;
  /** The new log is open; the old one's descriptors are too. */
  readonly onOpened: (opened: OpenedLog, carried: Carried, lost: Loss) => void;
  /** A try has failed; another follows. */
  readonly onRetry: () => void;
  /** There is nothing to try again. */
  readonly onFinal: (error: AuditError) => void;
}

/** Why an origin is given up: a word for the new log, and a sentence for people. */
export interface Loss {
  readonly why: string;
  readonly message: string;
}

/** Gives up the origin of one log, as often as it is lost. */
export class LostOrigin {
  readonly #parts: LostOriginParts;
  #loss: Loss | undefined;
  /** Where the old log's files are, once all of them are there. */
  #previous: PreviousOrigin | undefined;
  #retry: Timer | undefined;

  constructor(parts: LostOriginParts) {
    this.#parts = parts;
  }

  /** Whether the old log is given up, and the new one not open yet. */
  get isUnderWay(): boolean {
    return this.#loss !== undefined;
  }

  /** Begins a new log, now or as soon as the disk takes it. */
  giveUp(loss: Loss): void {
    if (this.#loss !== undefined) return;
    this.#loss = loss;
    this.tryNow();
  }

  /** The next try, at once. Nothing where no origin is lost. */
  tryNow(): void {
    const { options, segments, tenure, recorder, onOpened, onFinal } = this.#parts;
    const loss = this.#loss;
    this.cancel();
    if (loss === undefined || recorder.state.kind === 'closed') return;
    if (tenure.isLost()) return onFinal(lockLost(options.folder.logFile));
    const opened = this.#openNext(loss);
    if (opened === undefined) return;
    try {
      const from = Math.max(this.#parts.shared().sealed, this.#parts.opened().nextSeq);
      const fds = segments.all.map(({ fd }) => fd);
      const carried = carryLines(options.folder.disk, fds, recorder.unwritten(), from, recorder.nextSeq, options.clock.now());
      this.#loss = undefined;
      this.#previous = undefined;
      onOpened(opened, carried, loss);
    } catch (cause) {
      onFinal(refusedForGood(options.folder.logFile, loss.message, messageOf(cause), cause));
    }
  }

  /** No further try comes by itself. */
  cancel(): void {
    this.#retry?.cancel();
    this.#retry = undefined;
  }

  /** Two steps, each of which can be tried again by itself: the old files go aside, then the new log is opened. */
  #openNext(loss: Loss): OpenedLog | undefined {
    const { options, recorder, onFinal, onRetry } = this.#parts;
    const { folder, clock } = options;
    const { identity, lock } = this.#parts.opened();
    try {
      this.#previous ??= setOriginAside(folder, options, identity.origin, loss.why);
      return openAfter(folder, lock, options, this.#previous);
    } catch (cause) {
      if (cause instanceof AuditError || diskErrorCode(cause) === '') {
        onFinal(refusedForGood(folder.logFile, loss.message, messageOf(cause), cause));
        return undefined;
      }
      const { state } = recorder;
      const isTold = state.kind === 'refusing' && state.error.code === 'LOG_REFUSED';
      if (!isTold) recorder.suspend(refusedForNow(folder.logFile, loss.message, messageOf(cause), cause));
      onRetry();
      this.#retry = clock.after(retryMs, () => this.tryNow());
      return undefined;
    }
  }
}
