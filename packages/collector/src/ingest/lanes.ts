import { Refusal } from '../refusal.ts';

interface Lane {
  tail: Promise<unknown>;
  jobs: number;
  bytes: number;
}

/** A lane for each log: one job at a time, in the order they came. A lane without jobs is forgotten. */
export class Lanes {
  readonly #lanes = new Map<string, Lane>();
  readonly #bytesMax: number;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /**
   * Runs the job when all earlier ones of this log are done. A job of the collector's own holds no bytes, and is never refused.
   * @throws Refusal UNAVAILABLE where requests of this log wait already that hold as many bytes as they may
   */
  async run<T>(logId: string, bytes: number, job: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(logId) ?? { tail: Promise.resolve(), jobs: 0, bytes: 0 };
    if (bytes > 0 && lane.jobs > 0 && lane.bytes + bytes > this.#bytesMax) {
      throw new Refusal('UNAVAILABLE', 'earlier requests of this log are not stored yet; send one at a time', { retryAfterSeconds: 1 });
    }
    this.#lanes.set(logId, lane);
    lane.jobs++;
    lane.bytes += bytes;
    const done = lane.tail.then(job);
    lane.tail = done.catch(() => {});
    try {
      return await done;
    } finally {
      lane.bytes -= bytes;
      if (--lane.jobs === 0) this.#lanes.delete(logId);
    }
  }

  /** Resolves when no lane has a job. */
  async idle(): Promise<void> {
    while (this.#lanes.size > 0) await Promise.all([...this.#lanes.values()].map(({ tail }) => tail));
  }
}
