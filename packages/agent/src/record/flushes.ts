// Who waits for durability.
import { AuditError } from '../error.ts';
import { type Deferred, deferred } from './deferred.ts';

interface Flush extends Deferred {
  readonly target: number;
}

/** Those who wait for a checkpoint. All who wait for the same size share one promise: 256 callers in a tick cost one. */
export class Flushes {
  /** By target, which only grows. */
  #waiting: Flush[] = [];

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** A promise for the first checkpoint that covers so many lines. */
  wait(target: number): Promise<void> {
    const last = this.#waiting.at(-1);
    if (last?.target === target) return last.promise;
    const flush = { target, ...deferred() };
    this.#waiting.push(flush);
    return flush.promise;
  }

  /** A checkpoint covers so many lines. */
  resolve(sealed: number): void {
    let count = 0;
    for (const flush of this.#waiting) {
      if (flush.target > sealed) break;
      flush.resolve();
      count++;
    }
    if (count > 0) this.#waiting.splice(0, count);
  }

  /** Something that they wait for could not be kept. */
  reject(error: Error): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const flush of waiting) flush.reject(error);
  }
}

const lastFlushesMax = 3;

/**
 * A stop's flush; its last failure. What failed one may be mended by now, or soon: a segment that is replaced, an origin that is given
 * up.
 */
export async function flushLast(
  log: { readonly flush: () => Promise<void>; readonly recorder: { readonly state: { readonly kind: string } } },
  untilMended: () => Promise<void>,
): Promise<AuditError | undefined> {
  for (let tries = 1; ; tries++) {
    try {
      await log.flush();
      return undefined;
    } catch (error) {
      if (!(error instanceof AuditError)) throw error;
      const isFinal = error.code === 'EVENTS_LOST' || error.code === 'SEALING_STALLED';
      if (isFinal || tries === lastFlushesMax) return error;
      await untilMended();
      if (log.recorder.state.kind !== 'writing') return error;
    }
  }
}
