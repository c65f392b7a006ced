// One log, open for writing: the recorder on this thread, the sealer in another, and what each does when the other is in trouble.
import { hostname } from 'node:os';
import { type LogOpenDetails, formatVersion, Severity } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { type EncodableEvent, LineEncoder } from '../encode/index.ts';
import { AuditError, messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import type { Identity, Signer } from '../identity.ts';
import { releaseLock } from '../lock.ts';
import { openAnew, type OpenedLog, openLog, type OpenOptions } from '../open/open.ts';
import { OriginLost } from '../open/recover.ts';
import { resumePoint } from '../open/resume.ts';
import type { DriverLimits, SealEvent } from '../seal/driver.ts';
import { canStartWorker, type HostParts, MainHost, type SealHost, WorkerHost } from '../seal/host.ts';
import type { MaintenanceLimits } from '../seal/maintenance.ts';
import { SharedState } from '../seal/shared.ts';
import type { SegmentSource } from '../seal/sealer.ts';
import type { SealJob } from '../seal/worker-data.ts';
import { version } from '../version.ts';
import { ActiveSegment } from './active.ts';
import { carryLines } from './carry.ts';
import { Flushes } from './flushes.ts';
import { Recorder } from './recorder.ts';
import { replaceSegment } from './replace.ts';

export interface SessionOptions {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly agent: string;
  readonly agentId: string | undefined;
  readonly tenantId: string | undefined;
  readonly identityKey: string | Signer | undefined;
  readonly limits: DriverLimits;
  readonly maintenance: MaintenanceLimits;
  readonly waitingBytesMax: number;
  /** `main` seals on this thread always: for tests, and for disks that are not the system's. */
  readonly sealOn: 'worker' | 'main';
  readonly report: (error: AuditError) => void;
}

/** How long the exit hook waits for the last checkpoint. */
const exitMsMax = 2_000;
const replaceRetryMs = 250;
const workerDeathsMax = 3;
const lastFlushesMax = 3;

export class Session {
  readonly recorder: Recorder;
  readonly #options: SessionOptions;
  readonly #encoder: LineEncoder;
  readonly #flushes = new Flushes();
  #opened: OpenedLog;
  #shared: SharedState;
  /** What the next sealer begins with; undefined while that must be found out on disk, because the last one died. */
  #job: SealJob | undefined;
  #host: SealHost | undefined;
  /** Every segment whose descriptor is open, the active one last. */
  #segments: SegmentSource[];
  #blocked: AuditError | undefined;
  #blockedAtMs = 0;
  #fatal: AuditError | undefined;
  #deaths = 0;
  /** The log's last line is said. */
  #closed = false;
  #released = false;
  /** Of recorder.losses.total: what a flush() has rejected for. */
  #lostTold = 0;
  readonly #openedAtSeq: number;

  constructor(options: SessionOptions) {
    this.#options = options;
    const opened = openLog(options.folder, this.#openOptions());
    this.#opened = opened;
    this.#shared = new SharedState();
    this.#shared.begin(opened.nextSeq, opened.start.checkpoint.size);
    this.#openedAtSeq = opened.nextSeq;
    this.#encoder = new LineEncoder({ agentId: options.agentId, tenantId: options.tenantId });
    this.#segments = [opened.start.segment, ...opened.start.later];
    this.#job = this.#jobOf(opened);
    this.recorder = new Recorder({
      encoder: this.#encoder,
      segment: this.#activeOf(opened),
      shared: this.#shared,
      clock: options.clock,
      nextSeq: opened.nextSeq,
      linesMax: options.limits.linesMax,
      waitingBytesMax: options.waitingBytesMax,
      onState: () => this.#onRecorderState(),
      onShed: (events) => this.#onShed(events),
    });
    this.#tellOpening(opened);
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
    return this.#host?.kind ?? 'main';
  }

  /** What keeps checkpoints from being made, where something does. */
  get blocked(): AuditError | undefined {
    return this.#fatal ?? this.#blocked;
  }

  get blockedAtMs(): number {
    return this.#blockedAtMs;
  }

  get isFailed(): boolean {
    return this.#fatal !== undefined;
  }

  setIdentity(agentId: string | undefined, tenantId: string | undefined): void {
    this.#encoder.setIdentity(agentId, tenantId);
  }

  /** Starts sealing. */
  start(): void {
    if (this.#job !== undefined) this.#host ??= this.#startHost();
  }

  /** Resolves when one durable checkpoint covers all that was logged so far. */
  async flush(): Promise<void> {
    this.recorder.retryNow();
    const refused = this.#refusal();
    if (refused !== undefined) throw refused;
    // An event that had to go before this call cannot be covered by it: whoever flushes now is told, later calls are not.
    const { total } = this.recorder.losses;
    const untold = total - this.#lostTold;
    await this.#untilSealed(this.recorder.nextSeq);
    if (untold === 0) return;
    this.#lostTold = Math.max(this.#lostTold, total);
    throw new AuditError('EVENTS_LOST', 'drop', `${untold} event(s) could not be kept, as a log.loss line says; all others are sealed`);
  }

  async #untilSealed(target: number): Promise<void> {
    this.start();
    this.#shared.flushTarget = target;
    // Asked after the target was set: a checkpoint under way has either published its size by now, or will see the target.
    if (this.#shared.sealed >= target) return;
    const promise = this.#flushes.wait(target);
    this.#host?.hurry();
    await promise;
  }

  /** Makes all numbered lines durable on this thread, now. */
  syncNow(): void {
    this.recorder.retryNow();
    const refused = this.#refusal();
    if (refused !== undefined) throw new AuditError('NOT_DURABLE', 'retry', `not durable yet: ${refused.message}`, { cause: refused });
    const { disk } = this.#options.folder;
    try {
      // A line is durable with all lines before it: the segment that was active until now may not be sealed yet.
      for (const { fd } of this.#segments) if (fd !== this.recorder.segment.fd) disk.sync(fd);
      this.recorder.segment.sync();
    } catch (cause) {
      const error = this.#diskFailed(messageOf(cause), cause);
      this.recorder.suspend(error);
      throw new AuditError('NOT_DURABLE', 'retry', `not durable yet: ${error.message}`, { cause });
    }
  }

  /** The last line, the last checkpoint, and the lock goes back. What could not be kept is the error. */
  async stop(): Promise<void> {
    if (this.#closed) return;
    this.#sayStopped();
    const failure = await this.#flushLast();
    await this.#host?.stop();
    this.#release();
    if (failure !== undefined) throw failure;
  }

  /** What failed a flush may be mended by now: a segment that was replaced, an origin that was given up. The last failure. */
  async #flushLast(): Promise<AuditError | undefined> {
    for (let tries = 1; ; tries++) {
      try {
        await this.flush();
        return undefined;
      } catch (error) {
        if (!(error instanceof AuditError)) throw error;
        if (error.code === 'EVENTS_LOST' || this.recorder.state.kind !== 'writing' || tries === lastFlushesMax) return error;
      }
    }
  }

  /** The same within the process's exit hook, where nothing can be awaited; a stop() that is under way is not either. */
  exit(): void {
    if (this.#released) return;
    this.#sayStopped();
    try {
      this.#host ??= new MainHost(this.#hostParts());
      if (this.#fatal === undefined) this.#host.finish(exitMsMax);
    } catch (error) {
      this.#options.report(new AuditError('SEALING_FAILED', 'retry', `the last lines are not sealed: ${messageOf(error)}. The next start seals them`));
    }
    this.#release();
  }

  #sayStopped(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.recorder.retryNow();
    // Where the disk refuses it would only wait behind the others, and count as one more that is lost.
    if (this.recorder.state.kind !== 'writing') return;
    this.recorder.recordOwn('log.close', 'Log closed', { reason: 'stop' });
    this.recorder.drain();
  }

  #release(): void {
    if (this.#released) return;
    this.#released = true;
    const { disk } = this.#options.folder;
    const lost = this.recorder.waiting.count + this.recorder.losses.untold + this.recorder.unwrittenLines;
    if (lost > 0) this.#options.report(lostAtStop(lost, this.#options.folder.logFile));
    this.recorder.close();
    this.#rejectFlushes(new AuditError('LOGGER_STOPPED', 'stop', 'the logger was stopped'));
    for (const { fd } of this.#segments) disk.close(fd);
    this.#segments = [];
    releaseLock(disk, this.#opened.lock);
  }

  #openOptions(): OpenOptions {
    const { agent, clock, identityKey } = this.#options;
    return { agent, clock, identityKey };
  }

  #jobOf(opened: OpenedLog): SealJob {
    const { folder, limits, maintenance } = this.#options;
    const { identity, lock, recheckFrom } = opened;
    const { checkpoint, segment, offset, later } = opened.start;
    const base = { logFile: folder.logFile, origin: identity.origin, pem: identity.pem ?? '', lock, shared: this.#shared.buffer };
    return { ...base, checkpoint, segment, offset, later, recheckFrom, limits, maintenance };
  }

  #activeOf(opened: OpenedLog): ActiveSegment {
    return new ActiveSegment(
      this.#options.folder,
      opened.first,
      opened.fd,
      (first) => this.#openLine(first),
      (segment) => {
        this.#segments.push({ first: segment.first, fd: segment.fd });
        this.#host?.send({ kind: 'follow', first: segment.first, fd: segment.fd });
      },
    );
  }

  #openLine(first: number): EncodableEvent {
    const { identity, previous } = this.#opened;
    const details: LogOpenDetails = {
      format: formatVersion,
      origin: identity.origin,
      vkey: identity.vkey,
      host: hostname(),
      pid: process.pid,
      node: process.versions.node,
      version,
      first,
      ...(previous === undefined ? {} : { previous: { origin: previous.origin, why: previous.why } }),
    };
    return { type: 'log.open', severity: Severity.Info, message: 'Log opened', details };
  }

  #tellOpening(opened: OpenedLog): void {
    const { clock, folder, report } = this.#options;
    this.recorder.recordEvent(clock.now(), this.#openLine(opened.first));
    if (opened.recovered !== undefined) this.recorder.recordOwn('log.recovered', 'Log recovered after an unclean end', opened.recovered);
    this.recorder.drain();
    if (opened.previous !== undefined) report(refused(folder.logFile, opened.previous));
  }

  #hostParts(): HostParts {
    const { folder, clock } = this.#options;
    this.#job ??= this.#resumedJob();
    return {
      job: this.#job,
      folder,
      clock,
      signer: this.#opened.identity.signer,
      onEvent: (event) => this.#onSealEvent(event),
      onDeath: (reason) => this.#onDeath(reason),
    };
  }

  #startHost(): SealHost {
    const { identity } = this.#opened;
    const onWorker = this.#options.sealOn === 'worker' && identity.pem !== undefined && this.#deaths < workerDeathsMax && canStartWorker();
    return onWorker ? new WorkerHost(this.#hostParts()) : new MainHost(this.#hostParts());
  }

  #onDeath(reason: string): void {
    if (this.#released || this.#fatal !== undefined) return;
    this.#deaths++;
    const { report, folder } = this.#options;
    report(new AuditError('SEALER_GONE', 'retry', `the sealing thread of ${folder.logFile} ended (${reason}); another takes over`));
    this.#host = undefined;
    this.#job = undefined;
    this.#shared.disown();
    this.#takeOver();
  }

  /** Sealing goes on from the newest checkpoint on disk, in another thread. */
  #takeOver(): void {
    if (this.#released) return;
    try {
      this.#host = this.#startHost();
      this.#flushes.resolve(this.#shared.sealed);
      if (!this.#flushes.isEmpty) this.#host.hurry();
    } catch (error) {
      if (error instanceof OriginLost) {
        this.#giveUp(error.why, error.message);
        return;
      }
      this.#block(sealingFailed(messageOf(error)));
      this.#options.clock.after(replaceRetryMs, () => this.#takeOver());
    }
  }

  #resumedJob(): SealJob {
    const { checkpoint } = this.#opened.start;
    const { identity, recheckFrom } = this.#opened;
    const { folder } = this.#options;
    const start = resumePoint({ folder, identity, segments: this.#segments, checkpoint, sealedSize: this.#shared.sealed });
    // A checkpoint that the dead thread wrote, and told nobody of.
    this.#shared.begin(this.#shared.appended, start.checkpoint.size);
    const isFirst = start.checkpoint.size === checkpoint.size;
    return { ...this.#jobOf(this.#opened), ...start, recheckFrom: isFirst ? recheckFrom : undefined };
  }

  #onSealEvent(event: SealEvent): void {
    switch (event.kind) {
      case 'sealed':
        this.#flushes.resolve(event.size);
        if (this.#flushes.isEmpty) this.#host?.rest();
        return;
      case 'closing':
        // After the log's last line there is no other: the segment stays the active one.
        if (!this.#closed) this.recorder.rotate(event.first);
        return;
      case 'advanced':
        this.#closeBefore(event.first);
        return;
      case 'data_failed':
        this.#onDataFailed(event);
        return;
      case 'damaged':
        this.#giveUp(event.why, event.message);
        return;
      case 'lock_lost':
        this.#fail(lockLost(this.#options.folder.logFile));
        return;
      case 'blocked':
        this.#block(sealingFailed(event.message));
        return;
      case 'unblocked':
        this.#blocked = undefined;
        return;
      case 'prune_wanted':
        this.#prune(event.next, event.bytes, event.why);
        return;
    }
  }

  #closeBefore(first: number): void {
    const { disk } = this.#options.folder;
    for (const segment of this.#segments) if (segment.first < first) disk.close(segment.fd);
    this.#segments = this.#segments.filter((segment) => segment.first >= first);
  }

  /** The line goes first; the sealer deletes once it is under a checkpoint. */
  #prune(next: number, bytes: number, why: string): void {
    const isWriting = this.recorder.state.kind === 'writing' && !this.#closed;
    const seq = isWriting ? this.recorder.recordOwn('log.prune', 'Old segments deleted', { next, bytes, why }) : undefined;
    this.#host?.send({ kind: 'prune', next: seq === undefined ? 0 : next, seq: seq ?? -1 });
  }

  #onDataFailed(event: SealEvent & { kind: 'data_failed' }): void {
    const { state } = this.recorder;
    const error = state.kind === 'refusing' ? state.error : this.#diskFailed(event.message, undefined);
    this.recorder.suspend(error);
    this.#replace(event.first, event.offset);
  }

  /** Replaces the failed segment; where that fails too, again and again. */
  #replace(first: number, offset: number): void {
    if (this.#fatal !== undefined || this.recorder.state.kind === 'closed') return;
    const { folder, clock } = this.#options;
    const sealedSize = this.#shared.sealed;
    const segments = this.#segments.filter((segment) => segment.first >= first);
    try {
      const { fd, lines } = replaceSegment(folder, { segments, offset, sealedSize, unwritten: this.recorder.unwritten() });
      for (const segment of this.#segments) folder.disk.close(segment.fd);
      const next = sealedSize + lines;
      const lost = Math.max(0, this.recorder.nextSeq - next);
      const segment = this.#activeOf({ ...this.#opened, first: sealedSize, fd });
      this.#segments = [{ first: sealedSize, fd }];
      this.#shared.faulty = false;
      this.#host?.send({ kind: 'replace', first: sealedSize, fd });
      this.recorder.resume(segment, next, lost);
    } catch {
      clock.after(replaceRetryMs, () => this.#replace(first, offset));
    }
  }

  /** The log on disk is not what was signed. Its origin is given up; what this run had not sealed goes on in a new one. */
  #giveUp(why: string, message: string): void {
    const { folder, clock, report } = this.#options;
    const from = Math.max(this.#shared.sealed, this.#openedAtSeq);
    try {
      const fds = this.#segments.map(({ fd }) => fd);
      const carried = carryLines(folder.disk, fds, this.recorder.unwritten(), from, this.recorder.nextSeq, clock.now());
      void this.#host?.stop();
      for (const fd of fds) folder.disk.close(fd);
      const { origin } = this.#opened.identity;
      this.#opened = openAnew(folder, this.#opened.lock, this.#openOptions(), origin, why);
      this.#segments = [this.#opened.start.segment, ...this.#opened.start.later];
      this.#shared = new SharedState();
      this.#shared.begin(this.#opened.nextSeq, this.#opened.start.checkpoint.size);
      this.#job = this.#jobOf(this.#opened);
      if (carried.missing > 0) this.recorder.losses.add('', '', clock.now(), `the log was damaged: ${why}`, carried.missing);
      this.#host = this.#startHost();
      this.recorder.begin(this.#activeOf(this.#opened), this.#opened.nextSeq, this.#shared, carried.events);
      const error = refused(folder.logFile, this.#opened.previous ?? { origin, why, folder: folder.folder }, message);
      this.#rejectFlushes(error);
      report(error);
    } catch (cause) {
      this.#fail(new AuditError('LOG_REFUSED', 'stop', `${folder.logFile} was damaged (${message}), and no new log could be begun: ${messageOf(cause)}`, { cause }));
    }
  }

  #fail(error: AuditError): void {
    this.#fatal = error;
    this.#blockedAtMs = this.#options.clock.now();
    this.recorder.suspend(error);
    this.#rejectFlushes(error);
    this.#options.report(error);
  }

  #block(error: AuditError): void {
    this.#rejectFlushes(error);
    if (this.#blocked !== undefined) return;
    this.#blocked = error;
    this.#blockedAtMs = this.#options.clock.now();
    this.#options.report(error);
  }

  /** Nobody waits any more, so that nothing keeps the process alive either. */
  #rejectFlushes(error: AuditError): void {
    this.#flushes.reject(error);
    this.#host?.rest();
  }

  #refusal(): AuditError | undefined {
    if (this.#fatal !== undefined) return this.#fatal;
    const { state } = this.recorder;
    if (state.kind === 'refusing') return state.error;
    return state.kind === 'closed' ? new AuditError('LOGGER_STOPPED', 'stop', 'the logger was stopped') : undefined;
  }

  #onRecorderState(): void {
    const { state } = this.recorder;
    if (state.kind !== 'refusing') return;
    this.#rejectFlushes(state.error);
    this.#options.report(state.error);
  }

  #onShed(events: number): void {
    const { report, folder } = this.#options;
    report(new AuditError('EVENTS_LOST', 'drop', `${events} event(s) had to go: ${folder.logFile} takes none, and no more may wait in memory. They are counted in a log.loss line`));
  }

  #diskFailed(message: string, cause: unknown): AuditError {
    const { logFile } = this.#options.folder;
    return new AuditError('DISK_FAILED', 'retry', `${logFile}: ${message}. The segment ends at its last checkpoint and goes on in a new one`, { cause });
  }
}

function sealingFailed(message: string): AuditError {
  return new AuditError('SEALING_FAILED', 'retry', `${message}. Lines are written, and sealed as soon as checkpoints can be`);
}

function lockLost(logFile: string): AuditError {
  return new AuditError('LOG_LOCK_LOST', 'stop', `${logFile} was taken over by another process, or its lock was deleted. This logger writes no more; restart it`);
}

function lostAtStop(events: number, logFile: string): AuditError {
  return new AuditError('EVENTS_LOST', 'drop', `${events} event(s) were still waiting for ${logFile} when the logger stopped; they are lost`);
}

function refused(logFile: string, previous: { origin: string; why: string; folder: string }, message: string = previous.why): AuditError {
  return new AuditError(
    'LOG_REFUSED',
    'stop',
    `${logFile} is not what was signed (${message}). Its files are kept in ${previous.folder}: look at them with "agent-audit verify". A new log was begun; it names ${previous.origin} as its predecessor`,
  );
}
