// One log, open for writing: the recorder on this thread, the sealer in another, and what each does when the other is in trouble.
import { LineEncoder } from '../encode/index.ts';
import { type AuditError, messageOf, type Trouble } from '../error.ts';
import type { Identity } from '../identity.ts';
import { releaseLock } from '../lock.ts';
import { type OpenedLog, openLog } from '../open/open.ts';
import type { SealEvent } from '../seal/driver.ts';
import { SharedState } from '../seal/shared.ts';
import { ActiveSegment } from './active.ts';
import type { Carried } from './carry.ts';
import { Flushes, flushLast } from './flushes.ts';
import type { Loss } from './lost-origin.ts';
import { Mending } from './mending.ts';
import { OpenSegments } from './open-segments.ts';
import { OpenOperations } from './open-operations.ts';
import { openEvent, tellOpening, tellOrphans } from './own-lines.ts';
import { Recorder } from './recorder.ts';
import { Sealing } from './sealing.ts';
import type { SessionOptions } from './session-options.ts';
import { StallWatch } from './stall-watch.ts';
import { StandingTroubles } from './standing-troubles.ts';
import { Tenure } from './tenure.ts';
import {
  diskFailed, lastLinesUnsealed, lockLost, loggerStopped, lostAtStop, notAllKept,
  notDurable, refused, sealingFailed, sealingStalled,
} from './troubles.ts';

/** How long the exit hook waits for the last checkpoint. */
const exitMsMax = 2_000;

/** The log of one logger. It owns the lock and every descriptor. */
export class Session {
  readonly recorder: Recorder;
  readonly operations: OpenOperations = new OpenOperations(() => this.#shared.sealed);
  readonly #options: SessionOptions;
  readonly #encoder: LineEncoder;
  readonly #flushes = new Flushes();
  #opened: OpenedLog;
  #shared: SharedState;
  readonly #sealing: Sealing;
  readonly #segments: OpenSegments;
  readonly #tenure: Tenure;
  readonly #standing: StandingTroubles;
  readonly #stallWatch: StallWatch;
  readonly #mending: Mending;
  #fatal: Trouble | undefined;
  #closed = false;
  #released = false;
  /** Of recorder.losses.total: what a flush() has rejected for. */
  #lostTold = 0;
  /** Why the recorder refuses, as it was told. */
  #toldRefusal: AuditError | undefined;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#standing = new StandingTroubles(options.clock, options.report);
    const opened = openLog(options.folder, options);
    this.#opened = opened;
    this.#tenure = new Tenure(options.folder, opened.lock, options.clock);
    this.#shared = new SharedState();
    this.#shared.begin(opened.nextSeq, opened.start.checkpoint.size);
    this.#encoder = new LineEncoder({ agentId: options.agentId, tenantId: options.tenantId, redactor: options.redactor });
    this.#segments = new OpenSegments(options.folder.disk, [opened.start.segment, ...opened.start.later]);
    this.#sealing = new Sealing(options, this.#owner(), opened, this.#shared);
    this.recorder = new Recorder({
      encoder: this.#encoder,
      segment: this.#activeOf(opened),
      shared: this.#shared,
      clock: options.clock,
      nextSeq: opened.nextSeq,
      operations: this.operations,
      linesMax: options.limits.linesMax,
      waitingBytesMax: options.waitingBytesMax,
      onState: () => this.#onRecorderState(),
      onNotClosed: (error) => this.#standing.begin(error),
      report: options.report,
    });
    this.#stallWatch = new StallWatch({
      clock: options.clock,
      shared: () => this.#shared,
      onStall: () => this.#block(sealingStalled(options.folder.logFile)),
      onProgress: () => this.#standing.end('SEALING_STALLED'),
    });
    this.#mending = new Mending({
      options,
      recorder: this.recorder,
      segments: this.#segments,
      sealing: this.#sealing,
      tenure: this.#tenure,
      opened: () => this.#opened,
      shared: () => this.#shared,
      segmentOf: (first, fd) => this.#activeOf({ ...this.#opened, first, fd }),
      onOpened: (next, carried, loss) => this.#beginAnew(next, carried, loss),
      onRetry: () => this.#stallWatch.answered(),
      onFinal: (error) => this.#fail(error),
    });
    tellOpening(this.recorder, opened, this.operations, options.clock.now());
    if (opened.previous !== undefined) options.report(refused(options.folder.logFile, opened.previous));
  }

  get identity(): Identity {
    return this.#opened.identity;
  }

  get sealedSize(): number {
    return this.#shared.sealed;
  }

  get sealedAtMs(): number {
    return this.#shared.sealedAtMs;
  }

  get sealedOn(): 'worker' | 'main' {
    return this.#sealing.on;
  }

  /** What does not go as it should, but for the recorder's own state. */
  get troubles(): readonly Trouble[] {
    return [...(this.#fatal === undefined ? [] : [this.#fatal]), ...this.#standing.all];
  }

  /** The log's last line is said: of operations nothing more is. */
  get isClosed(): boolean {
    return this.#closed;
  }

  get isFailed(): boolean {
    return this.#fatal !== undefined;
  }

  setIdentity(agentId: string | undefined, tenantId: string | undefined): void {
    this.#encoder.setIdentity(agentId, tenantId);
  }

  /** Starts sealing. */
  start(): void {
    this.#sealing.start();
    this.#stallWatch.start();
  }

  /** Resolves when one durable checkpoint covers all that was logged so far. */
  async flush(): Promise<void> {
    await this.#endTick();
    // An event that had to go before this call cannot be covered by it: whoever flushes now is told, later calls are not.
    const { total } = this.recorder.losses;
    const untold = total - this.#lostTold;
    await this.#untilSealed();
    if (untold === 0) return;
    this.#lostTold = Math.max(this.#lostTold, total);
    throw notAllKept(untold);
  }

  /** The same, for who need not hear of what was lost before. */
  async seal(): Promise<void> {
    await this.#endTick();
    await this.#untilSealed();
  }

  /** All who flush in one tick share its one write. */
  async #endTick(): Promise<void> {
    if (this.recorder.hasTickUnderWay) await this.recorder.untilEndOfTick();
    else this.recorder.retryNow();
  }

  async #untilSealed(): Promise<void> {
    // Asked in the turn that begins to wait: whoever waits already is rejected when the disk begins to refuse.
    const refusal = this.#refusal();
    if (refusal !== undefined) throw refusal;
    const target = this.recorder.nextSeq;
    this.start();
    this.#shared.flushTarget = target;
    // Asked after the target was set: a checkpoint under way has either published its size by now, or will see the target.
    if (this.#shared.sealed >= target) return;
    const promise = this.#flushes.wait(target);
    this.#sealing.hurry();
    await promise;
  }

  /** Makes all numbered lines durable on this thread, now. */
  syncNow(): void {
    this.recorder.retryNow();
    const refusal = this.#refusal();
    if (refusal !== undefined) throw notDurable(refusal, refusal);
    try {
      this.#segments.syncOthers(this.recorder.segment.fd);
      this.recorder.segment.sync();
    } catch (cause) {
      const error = diskFailed(this.#options.folder.logFile, messageOf(cause), cause);
      this.recorder.suspend(error);
      throw notDurable(error, cause);
    }
  }

  /** The last line, the last checkpoint, and the lock goes back. What could not be kept is the error. */
  async stop(): Promise<void> {
    if (this.#closed) return;
    this.recorder.retryNow();
    // The log's last line belongs into the segment that goes on.
    if (this.#mending.isDue) await this.#mending.untilMended();
    if (this.#closed) return;
    this.#sayStopped();
    const failure = await flushLast(this, () => this.#mending.untilMended());
    // A thread that hangs in a sync still uses the descriptors: the log stays this process's until it ends.
    if (!(await this.#sealing.stop())) throw failure ?? sealingStalled(this.#options.folder.logFile);
    this.#release();
    if (failure !== undefined) throw failure;
  }

  /** The same within the process's exit hook, where nothing can be awaited; a stop() that is under way is not either. */
  exit(): void {
    if (this.#released) return;
    const canSeal = this.#fatal === undefined && this.#mending.beginNow();
    this.#sayStopped();
    try {
      if (canSeal && this.#fatal === undefined) this.#finish();
    } catch (error) {
      this.#options.report(lastLinesUnsealed(messageOf(error)));
    }
    this.#release();
  }

  /** Seals to the end. The sealer's thread cannot be heard now: what a segment failed at is found out on disk, and mended once. */
  #finish(): void {
    const { segment } = this.recorder;
    this.#sealing.finish(exitMsMax);
    if (this.#shared.faulty) {
      const start = this.#sealing.resumePoint();
      this.#mending.replace(start.segment.first, start.offset);
    }
    if (this.recorder.segment !== segment) this.#sealing.finish(exitMsMax);
  }

  #sayStopped(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.recorder.retryNow();
    // Where the disk refuses it would only wait behind the others, and count as one more that is lost.
    if (this.recorder.state.kind !== 'writing') return;
    // After this line nothing is recorded: an end that comes later would not be, and no start has to look for it.
    tellOrphans(this.recorder, this.operations);
    if (this.recorder.state.kind !== 'writing') return;
    this.recorder.recordOwn('log.close', 'Log closed', { reason: 'stop' });
    this.recorder.drain();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#stallWatch.stop();
    this.#mending.cancel();
    this.#sealing.end();
    const { disk, logFile } = this.#options.folder;
    const lost = this.recorder.waiting.count + this.recorder.losses.untold + this.recorder.unwrittenLines;
    if (lost > 0) this.#options.report(lostAtStop(lost, logFile), 'last');
    this.recorder.close();
    this.#rejectFlushes(loggerStopped());
    this.#segments.closeAll();
    releaseLock(disk, this.#opened.lock);
  }

  #owner(): ConstructorParameters<typeof Sealing>[1] {
    return {
      segments: () => this.#segments.all,
      onEvent: (event) => this.#onSealEvent(event),
      onTakeOver: () => {
        this.#standing.clear();
        this.#flushes.resolve(this.#shared.sealed);
        if (!this.#flushes.isEmpty) this.#sealing.hurry();
      },
      onBlocked: (error) => this.#onBlocked(error),
      onOriginLost: ({ why, message }) => this.#mending.giveUp({ why, message }),
    };
  }

  #activeOf(opened: OpenedLog): ActiveSegment {
    return new ActiveSegment(
      this.#tenure,
      opened.first,
      opened.fd,
      (first) => openEvent(this.#opened, first, this.operations),
      (segment) => {
        this.#standing.end('ROTATION_FAILED');
        this.#segments.add(segment);
        this.#sealing.send({ kind: 'follow', first: segment.first, fd: segment.fd });
      },
    );
  }

  #onSealEvent(event: SealEvent): void {
    switch (event.kind) {
      case 'sealed':
        this.#flushes.resolve(event.size);
        if (this.#flushes.isEmpty) this.#sealing.rest();
        return;
      case 'closing':
        // After the log's last line there is no other: the segment stays the active one.
        if (!this.#closed) this.recorder.rotate(event.first);
        return;
      case 'advanced':
        return this.#segments.closeBefore(event.first);
      case 'data_failed':
        return this.#onDataFailed(event);
      case 'damaged':
        return this.#mending.giveUp(event);
      case 'lock_lost':
        return this.#fail(lockLost(this.#options.folder.logFile));
      case 'blocked':
        return this.#onBlocked(sealingFailed(event.message));
      case 'unblocked':
        return this.#standing.end('SEALING_FAILED');
      case 'upkeep_failed':
        return this.#standing.beginRetried(event.trouble);
      case 'upkeep_well':
        return this.#standing.end(event.code);
      case 'prune_wanted':
        return this.#prune(event.next, event.bytes, event.why);
    }
  }

  /** The line goes first; the sealer deletes once it is under a checkpoint. */
  #prune(next: number, bytes: number, why: string): void {
    const isWriting = this.recorder.state.kind === 'writing' && !this.#closed;
    const seq = isWriting ? this.recorder.recordOwn('log.prune', 'Old segments deleted', { next, bytes, why }) : undefined;
    this.#sealing.send({ kind: 'prune', next: seq === undefined ? 0 : next, seq: seq ?? -1 });
  }

  #onDataFailed(event: SealEvent & { kind: 'data_failed' }): void {
    const { state } = this.recorder;
    const error = state.kind === 'refusing' ? state.error : diskFailed(this.#options.folder.logFile, event.message, undefined);
    this.recorder.suspend(error);
    if (this.#fatal === undefined) this.#mending.replace(event.first, event.offset);
  }

  /** The log goes on in a new one; what the old one had not sealed is carried over. */
  #beginAnew(opened: OpenedLog, carried: Carried, { why, message }: Loss): void {
    const { folder, clock, report } = this.#options;
    const { origin } = this.#opened.identity;
    this.#segments.closeAll();
    this.#opened = opened;
    for (const segment of [opened.start.segment, ...opened.start.later]) this.#segments.add(segment);
    this.#shared = new SharedState();
    this.#shared.begin(opened.nextSeq, opened.start.checkpoint.size);
    if (carried.missing > 0) this.recorder.losses.add('', '', clock.now(), `the log was damaged: ${why}`, carried.missing);
    this.#standing.clear();
    this.#sealing.beginAnew(opened, this.#shared);
    const events = this.operations.beginAnew(carried.events);
    this.recorder.begin(this.#activeOf(opened), opened.nextSeq, this.#shared, events);
    const error = refused(folder.logFile, opened.previous ?? { origin, why, folder: folder.folder }, message);
    this.#rejectFlushes(error);
    report(error);
  }

  #fail(error: AuditError): void {
    this.#fatal = { error, sinceMs: this.#options.clock.now() };
    this.#sealing.end();
    this.#stallWatch.stop();
    this.#mending.cancel();
    this.recorder.suspend(error);
    this.#mending.end();
    this.#rejectFlushes(error);
    this.#options.report(error);
  }

  #onBlocked(error: AuditError): void {
    this.#stallWatch.answered();
    this.#block(error);
  }

  #block(error: AuditError): void {
    this.#rejectFlushes(error);
    this.#standing.begin(error);
  }

  /** Nobody waits any more, so that nothing keeps the process alive either. */
  #rejectFlushes(error: AuditError): void {
    this.#flushes.reject(error);
    this.#sealing.rest();
  }

  #refusal(): AuditError | undefined {
    if (this.#fatal !== undefined) return this.#fatal.error;
    const { state } = this.recorder;
    if (state.kind === 'refusing') return state.error;
    return state.kind === 'closed' ? loggerStopped() : undefined;
  }

  #onRecorderState(): void {
    const { state } = this.recorder;
    if (state.kind !== 'refusing') return this.#mending.end();
    if (state.error.code === 'LOG_LOCK_LOST' && this.#fatal === undefined) return this.#fail(state.error);
    this.#rejectFlushes(state.error);
    if (state.error !== this.#fatal?.error && state.error !== this.#toldRefusal) this.#options.report(state.error);
    this.#toldRefusal = state.error;
  }
}
