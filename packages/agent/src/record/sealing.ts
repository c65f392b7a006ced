// Keeps a sealer at work on the log that is open: in which thread, from where it starts, and who takes over when it dies.
import type { SidecarRecord } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { type AuditError, messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import type { OpenedLog } from '../open/open.ts';
import { OriginLost } from '../open/recover.ts';
import { resumePoint } from '../open/resume.ts';
import type { Report } from '../report.ts';
import type { DriverLimits, SealCommand, SealEvent } from '../seal/driver.ts';
import { type HostParts, MainHost, type SealHost, sealerFile, WorkerHost } from '../seal/host.ts';
import type { MaintenanceLimits } from '../seal/maintenance.ts';
import type { SealStart, SegmentSource } from '../seal/sealer.ts';
import type { SharedState } from '../seal/shared.ts';
import type { SealJob } from '../seal/worker-data.ts';
import type { Shipping } from '../ship/shipping.ts';
import { version } from '../version.ts';
import { sealerGone, sealingFailed } from './troubles.ts';

export interface SealingOptions {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly limits: DriverLimits;
  readonly maintenance: MaintenanceLimits;
  /** `main` seals on this thread always: for tests, and for disks that are not the system's. */
  readonly sealOn: 'worker' | 'main';
  readonly report: Report;
  /** Ships what is sealed; undefined where there is no collector. */
  readonly shipping: Shipping | undefined;
}

/** What it needs of the session that it works for. */
export interface SealingOwner {
  /** Every segment whose descriptor is open, the active one last. */
  readonly segments: () => readonly SegmentSource[];
  readonly onEvent: (event: SealEvent) => void;
  /** Another sealer has taken over. */
  readonly onTakeOver: () => void;
  /** No other can take over now; it is tried again. */
  readonly onBlocked: (error: AuditError) => void;
  /** What is on disk is not what was signed. */
  readonly onOriginLost: (lost: OriginLost) => void;
}

const takeOverRetryMs = 250;
const workerDeathsMax = 3;

/** One log's sealing, whoever does it at the moment. */
export class Sealing {
  readonly #options: SealingOptions;
  readonly #owner: SealingOwner;
  #opened: OpenedLog;
  #shared: SharedState;
  /** What the next sealer begins with; undefined while that must be found out on disk, because the last one died. */
  #job: SealJob | undefined;
  #host: SealHost | undefined;
  #deaths = 0;
  #ended = false;

  constructor(options: SealingOptions, owner: SealingOwner, opened: OpenedLog, shared: SharedState) {
    this.#options = options;
    this.#owner = owner;
    this.#opened = opened;
    this.#shared = shared;
    this.#job = this.#jobAt(opened.start, opened.recheckFrom);
  }

  /** Which thread seals. */
  get on(): 'worker' | 'main' {
    return this.#host?.kind ?? 'main';
  }

  /** Starts sealing; again is a no-op. */
  start(): void {
    if (this.#job === undefined || this.#host !== undefined) return;
    this.#host = this.#startHost();
    this.#ship();
  }

  send(command: SealCommand): void {
    this.#host?.send(command);
  }

  /** Somebody waits for a checkpoint. */
  hurry(): void {
    this.#host?.hurry();
  }

  /** Nobody waits any more. */
  rest(): void {
    this.#host?.rest();
  }

  /** Another log begins in the place of this one: what was under way is left to its own end. */
  beginAnew(opened: OpenedLog, shared: SharedState): void {
    void this.#host?.stop();
    this.#opened = opened;
    this.#shared = shared;
    this.#job = this.#jobAt(opened.start, opened.recheckFrom);
    this.#host = this.#startHost();
    this.#ship();
  }

  /** Seals what there is, ships it, and ends; false where sealing hangs instead. While this lasts, the log is nobody else's. */
  async stop(): Promise<boolean> {
    const hasEnded = (await this.#host?.stop()) ?? true;
    await this.#options.shipping?.stop();
    return hasEnded;
  }

  /** The same at the process's exit, on this thread where no other is up. */
  finish(timeoutMs: number): void {
    this.#host ??= new MainHost(this.#hostParts());
    this.#host.finish(timeoutMs);
  }

  /**
   * Where sealing has come to, by what is on disk.
   * @throws OriginLost
   */
  resumePoint(): SealStart {
    const { folder } = this.#options;
    const { identity, start } = this.#opened;
    const { checkpoint } = start;
    return resumePoint({ folder, identity, segments: this.#owner.segments(), checkpoint, sealedSize: this.#shared.sealed });
  }

  /** The log is closed: whoever dies now is not replaced. */
  end(): void {
    this.#ended = true;
    this.#options.shipping?.end();
  }

  #ship(): void {
    const { vkey } = this.#opened.identity;
    const opened = this.#opened;
    const renounce = (why: string, message: string): void => void this.#renounce(opened, new OriginLost(why, message));
    this.#options.shipping?.begin({ vkey, shared: this.#shared.buffer, renounce });
  }

  /** The collector's word, not the disk's: what was written is sealed once more, so that all of it is with the old origin. */
  async #renounce(opened: OpenedLog, lost: OriginLost): Promise<void> {
    await this.#host?.stop();
    if (!this.#ended && opened === this.#opened) this.#owner.onOriginLost(lost);
  }

  #jobAt(start: OpenedLog['start'], recheckFrom: SidecarRecord | undefined): SealJob {
    const { folder, limits, maintenance } = this.#options;
    const { identity, lock } = this.#opened;
    const { checkpoint, segment, offset, later } = start;
    const { logFile, fileMode } = folder;
    const who = { version, logFile, fileMode, origin: identity.origin, pem: identity.pem ?? '', lock, shared: this.#shared.buffer };
    return { ...who, checkpoint, segment, offset, later, recheckFrom, limits, maintenance };
  }

  #startHost(): SealHost {
    const { pem } = this.#opened.identity;
    const onWorker = this.#options.sealOn === 'worker' && pem !== undefined && this.#deaths < workerDeathsMax;
    const file = onWorker ? sealerFile() : undefined;
    return file === undefined ? new MainHost(this.#hostParts()) : new WorkerHost(file, this.#hostParts());
  }

  #hostParts(): HostParts {
    const { folder, clock } = this.#options;
    this.#job ??= this.#resumedJob();
    const opened = this.#opened;
    const { signer } = opened.identity;
    // What a sealer still says of an origin that was given up is of no account.
    const onEvent = (event: SealEvent): void => {
      if (opened === this.#opened) this.#owner.onEvent(event);
    };
    return { job: this.#job, folder, clock, signer, onEvent, onDeath: (reason) => this.#onDeath(reason) };
  }

  #onDeath(reason: string): void {
    if (this.#ended) return;
    this.#deaths++;
    this.#options.report(sealerGone(this.#options.folder.logFile, reason));
    this.#host = undefined;
    this.#job = undefined;
    this.#shared.disown();
    this.#takeOver();
  }

  /** Sealing goes on from the newest checkpoint on disk, in another thread. */
  #takeOver(): void {
    if (this.#ended) return;
    try {
      this.#host = this.#startHost();
      this.#owner.onTakeOver();
    } catch (error) {
      if (error instanceof OriginLost) {
        this.#owner.onOriginLost(error);
        return;
      }
      this.#owner.onBlocked(sealingFailed(messageOf(error)));
      this.#options.clock.after(takeOverRetryMs, () => this.#takeOver());
    }
  }

  #resumedJob(): SealJob {
    const { recheckFrom } = this.#opened;
    const { checkpoint } = this.#opened.start;
    const start = this.resumePoint();
    // A checkpoint that the dead thread wrote, and told nobody of.
    this.#shared.begin(this.#shared.appended, start.checkpoint.size);
    return this.#jobAt(start, start.checkpoint.size === checkpoint.size ? recheckFrom : undefined);
  }
}
