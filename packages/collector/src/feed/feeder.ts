// Hands a log that this collector writes to its own ingest, in this process: verified, stored and cosigned like any agent's. What ingest
// has of the log is the cursor, so that nothing is lost by ending at any moment.
import { formatEnrolment, heartbeatMs, parseOrigin } from '@agent-audit/log';
import type { Logger } from 'agent-audit';
import { newestCheckpoint } from 'agent-audit/files';
import type { Clock, Timer } from '../clock.ts';
import { messageOf } from '../config/error.ts';
import type { Ingest } from '../ingest/index.ts';
import type { Principal } from '../principal.ts';
import { nextStretch } from './stretch.ts';

/** What a feeder works with. */
export interface FeederParts {
  readonly logger: Logger;
  readonly ingest: Pick<Ingest, 'enrol' | 'entries' | 'log'>;
  /** Whom the log is of. */
  readonly principal: Principal;
  readonly clock: Clock;
  /** Told once of what keeps it from going on, and again after it went on. */
  readonly onTrouble: (code: string, message: string) => void;
}

const pollMs = 250;
const backoffMsMax = 30_000;

/** Goes on until it is closed. */
export class Feeder {
  readonly #parts: FeederParts;
  readonly #waiting: { readonly seq: number; readonly resolve: () => void }[] = [];
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #heardMs = -Infinity;
  #failures = 0;
  #isClosed = false;

  constructor(parts: FeederParts) {
    this.#parts = parts;
    this.#schedule(0);
  }

  /** Resolves when the line of this seq is stored. */
  covered(seq: number): Promise<void> {
    if (this.#size > seq) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ seq, resolve });
    });
  }

  /** Hands over all that was logged so far, once; a log that is new is enrolled by it. */
  async handOver(): Promise<void> {
    // What cannot be sealed the logger tells by itself.
    await this.#parts.logger.flush().catch(() => {});
    this.#running = this.#running.then(() => this.#turn());
    await this.#running;
  }

  /** Once the logger was stopped: hands over the rest, and ends. What ingest does not take now, it gets after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#running;
    await this.#turn();
  }

  get #logId(): string {
    return parseOrigin(this.#parts.logger.origin).logId;
  }

  /** Lines that ingest has. */
  get #size(): number {
    return this.#parts.ingest.log(this.#logId)?.size ?? 0;
  }

  #schedule(delayMs: number): void {
    if (this.#isClosed) return;
    this.#timer = this.#parts.clock.after(delayMs, () => {
      this.#running = this.#running
        .then(() => this.#turn())
        .then(() => this.#schedule(this.#failures === 0 ? pollMs : this.#backoffMs));
    });
  }

  get #backoffMs(): number {
    return Math.min(backoffMsMax, 500 * 2 ** Math.min(10, this.#failures));
  }

  async #turn(): Promise<void> {
    const { logger, onTrouble } = this.#parts;
    try {
      await this.#feed();
      this.#failures = 0;
    } catch (error) {
      if (this.#failures++ > 0) return;
      const what = `what the collector recorded in ${logger.logFile} is not in the store yet`;
      onTrouble('OWN_LOG_NOT_STORED', `${what}: ${messageOf(error)}. It is kept there, and handed over as soon as the store takes it`);
    }
  }

  async #feed(): Promise<void> {
    const { logger, ingest, principal, clock } = this.#parts;
    while (this.#isDue()) {
      if (ingest.log(this.#logId) === undefined && !(await this.#enrol())) return;
      const stretch = await nextStretch(logger.logFile, this.#size);
      if (stretch === undefined) return;
      await ingest.entries(principal, stretch.body, 'identity');
      this.#heardMs = clock.monotonicMs();
      this.#tell();
    }
  }

  /** Whether there are lines to hand over, or it is time to say that the writer lives. */
  #isDue(): boolean {
    const { logger, clock } = this.#parts;
    return logger.health().checkpointSize > this.#size || (!this.#isClosed && clock.monotonicMs() - this.#heardMs >= heartbeatMs);
  }

  async #enrol(): Promise<boolean> {
    const { logger, ingest, principal } = this.#parts;
    const checkpoint = newestCheckpoint(logger.logFile);
    if (checkpoint === undefined) return false;
    await ingest.enrol(principal, formatEnrolment({ vkey: logger.vkey, note: checkpoint.note }));
    return true;
  }

  #tell(): void {
    const size = this.#size;
    for (let at = this.#waiting.length - 1; at >= 0; at--) {
      const waiting = this.#waiting[at];
      if (waiting === undefined || waiting.seq >= size) continue;
      this.#waiting.splice(at, 1);
      waiting.resolve();
    }
  }
}
