/** What a scan may take before it is slowed down. */
export interface Limits {
  /** Event-loop utilisation, 0 to 1: the share of time that its process was busy. */
  readonly cpuMax: number;
  /** Resident memory of its process. */
  readonly memoryMaxMB: number;
}

/** What a scan took, measured since the sample before. */
export interface Sample {
  readonly cpu: number;
  readonly memoryMB: number;
}

/** A change that is worth an event. */
export interface Pressure extends Sample {
  readonly step: 'warning' | 'throttle' | 'resume';
  readonly reason: 'cpu' | 'memory';
}

/** Decides when to slow down: one sample above a limit is a warning, a second one in a row throttles, the first one below ends that. */
export class Governor {
  readonly #limits: Limits;
  #reason: Pressure['reason'] = 'cpu';
  /** Samples above a limit, in a row. */
  #above = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get isThrottling(): boolean {
    return this.#above > 1;
  }

  /** What this sample changes; undefined: nothing. */
  take(sample: Sample): Pressure | undefined {
    const isMemory = sample.memoryMB > this.#limits.memoryMaxMB;
    if (!isMemory && sample.cpu <= this.#limits.cpuMax) return this.release(sample);
    this.#reason = isMemory ? 'memory' : 'cpu';
    this.#above += 1;
    if (this.#above > 2) return undefined;
    return { ...sample, step: this.#above === 1 ? 'warning' : 'throttle', reason: this.#reason };
  }

  /** Ends the throttling, as a sample below the limits does, or the end of the scan. */
  release(sample: Sample): Pressure | undefined {
    const wasThrottling = this.isThrottling;
    this.#above = 0;
    return wasThrottling ? { ...sample, step: 'resume', reason: this.#reason } : undefined;
  }
}
