// Drives the sealer: when to read, when to commit, when a segment is to close, and what the recorder must be told. It runs
// wherever the sealer runs; whoever owns the thread calls turn() again after the time that it returns, or when woken.
import type { SidecarRecord } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { diskErrorCode } from '../disk.ts';
import { messageOf } from '../error.ts';
import type { Folder } from '../folder.ts';
import { holdsLock, type Lock } from '../lock.ts';
import type { Maintenance } from './maintenance.ts';
import { type Batch, DataSyncFailed, LockLost, type Sealer, type SegmentSource } from './sealer.ts';
import { SegmentDamaged } from './segment-reader.ts';
import type { SharedState } from './shared.ts';
import type { UpkeepTrouble } from './upkeep-troubles.ts';

/** What the sealer tells the recorder. */
export type SealEvent =
  | { readonly kind: 'sealed'; readonly size: number }
  /** The active segment has its closed name too, where the disk gave it one: the recorder may go on in a new one. */
  | { readonly kind: 'closing'; readonly first: number }
  /** Every segment before this one is sealed: their descriptors may be closed. */
  | { readonly kind: 'advanced'; readonly first: number }
  /** A sync or write of data failed: nothing more is signed until `replace`. */
  | {
      readonly kind: 'data_failed';
      readonly code: string;
      readonly message: string;
      /** Where the line after the last checkpoint begins, and in which segment. */
      readonly first: number;
      readonly offset: number;
    }
  /** The log's bytes are not those that were signed: nothing more is signed under this origin. */
  | { readonly kind: 'damaged'; readonly why: string; readonly seq: number; readonly message: string }
  | { readonly kind: 'lock_lost' }
  /** Checkpoints cannot be written for now; it tries again by itself. */
  | { readonly kind: 'blocked'; readonly code: string; readonly message: string }
  | { readonly kind: 'unblocked' }
  /** Closed segments are not looked after as they should be; it tries again by itself. */
  | { readonly kind: 'upkeep_failed'; readonly trouble: UpkeepTrouble }
  | { readonly kind: 'upkeep_well'; readonly code: UpkeepTrouble['code'] }
  /** Everything below `next` is to go: the recorder logs it, then says `prune`. */
  | { readonly kind: 'prune_wanted'; readonly next: number; readonly bytes: number; readonly why: string };

/** What the recorder tells the sealer. */
export type SealCommand =
  | { readonly kind: 'follow'; readonly first: number; readonly fd: number }
  | { readonly kind: 'replace'; readonly first: number; readonly fd: number }
  /** The log.prune line has this seq: once it is sealed, everything below `next` may be deleted. */
  | { readonly kind: 'prune'; readonly next: number; readonly seq: number };

export interface DriverLimits {
  /** Lines that wait for a checkpoint at most, before one is made at once. */
  readonly linesMax: number;
  /** How long a line waits for its checkpoint at most. */
  readonly delayMsMax: number;
  readonly segmentBytesMax: number;
  readonly segmentAgeMsMax: number;
}

export interface DriverParts {
  readonly sealer: Sealer;
  readonly shared: SharedState;
  readonly folder: Folder;
  readonly lock: Lock;
  readonly clock: Clock;
  readonly limits: DriverLimits;
  readonly maintenance: Maintenance;
  /** Base of the segment that sealing starts in, where its full check is still to be done. */
  readonly recheckFrom: SidecarRecord | undefined;
  readonly emit: (event: SealEvent) => void;
}

/** Bytes read and hashed in one go, before somebody who waits for a checkpoint gets it. */
const absorbBytesMax = 8 * 1024 * 1024;
const pendingBytesMax = 1024 * 1024;
const idleMs = 1_000;
const retryMs = 250;
const lockTouchMs = 10_000;
/** After so long, a segment that the recorder could not close is to be closed again. */
const closeRetryMs = 5_000;

/** Decides when the sealer does what. What fails in a turn is told as an event, not thrown. */
export class SealDriver {
  readonly #parts: DriverParts;
  /** Nothing is signed until the recorder has replaced the segment, or for good. */
  #isHalted = false;
  /** The recorder was told `blocked`, and not yet `unblocked`. */
  #isBlocked = false;
  #pendingSinceMs: number | undefined;
  #segmentSinceMs: number;
  #closing = false;
  #closingSinceMs = 0;
  #touchedMs: number;
  #maintainedMs: number;
  #recheckFrom: SidecarRecord | undefined;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    const now = parts.clock.monotonicMs();
    this.#segmentSinceMs = now;
    this.#touchedMs = now;
    this.#maintainedMs = now;
    this.#recheckFrom = parts.recheckFrom;
  }

  /** Lines that are in the tree, sealed or not. */
  get size(): number {
    return this.#parts.sealer.sealedSize + this.#parts.sealer.pendingLines;
  }

  /** Whether lines were read that no checkpoint covers yet. */
  get hasPending(): boolean {
    return this.#pendingSinceMs !== undefined;
  }

  command(command: SealCommand): void {
    const { sealer, maintenance } = this.#parts;
    switch (command.kind) {
      case 'follow':
        sealer.follow(segmentOf(command));
        return;
      case 'replace':
        sealer.replace(segmentOf(command));
        this.#isHalted = false;
        this.#pendingSinceMs = undefined;
        this.#beginSegment();
        return;
      case 'prune':
        maintenance.prune(command.next, command.seq);
        return;
    }
  }

  /** One round of work; how long to wait for the next, in milliseconds, unless woken. */
  turn(): number {
    try {
      if (!this.#begin()) return idleMs;
      const absorbed = this.#absorb();
      if (this.#isDue()) this.#commit();
      return this.#end(absorbed);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /**
   * The same, for a thread with an event loop. Where much has piled up, what comes next is read and hashed while the disk syncs what
   * was read before: the two take about the same time.
   */
  async turnOverlapped(): Promise<number> {
    const { sealer } = this.#parts;
    if (sealer.pendingBytes < pendingBytesMax) return this.turn();
    try {
      if (!this.#begin()) return idleMs;
      const batch = sealer.takeBatch();
      if (batch === undefined) return this.turn();
      const synced = this.#syncLater(batch);
      const absorbed = this.#absorb();
      await synced;
      this.#committing(() => sealer.commitBatch(batch));
      return this.#end(absorbed);
    } catch (error) {
      return this.#fail(error);
    }
  }

  /** Seals all that was appended, whatever the limits: at a stop and at exit. */
  finish(): void {
    if (this.#isHalted) return;
    try {
      this.#recheck();
      do this.#commit();
      while (this.#parts.sealer.absorb(absorbBytesMax) > 0 || this.#parts.sealer.pendingLines > 0);
      if (this.#closing && this.#parts.sealer.onActive) this.#parts.sealer.unlinkClosed();
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Releases what it holds: nothing more is sealed. */
  close(): void {
    this.#isHalted = true;
    this.#parts.maintenance.close();
    this.#parts.sealer.close();
  }

  /** False while nothing may be signed. */
  #begin(): boolean {
    this.#touchLock();
    if (this.#isHalted) return false;
    this.#recheck();
    if (this.#parts.shared.faulty) throw new DataSyncFailed('a write failed');
    return true;
  }

  /**
   * Reads on. Where nothing more is to be read, and the recorder wrote more before, somebody has cut the file: by so much, perhaps, that
   * its new lines stand where the old ones did. While a segment is being closed the recorder may be ahead in the next one.
   */
  #absorb(): number {
    const { sealer, shared } = this.#parts;
    const { appended } = shared;
    const lines = sealer.absorb(absorbBytesMax);
    if (lines === 0 && sealer.onActive && !this.#closing && this.size < appended) {
      throw new SegmentDamaged('truncated', this.size, `${appended} lines were written, the file ends at line ${this.size}`);
    }
    return lines;
  }

  #isDue(): boolean {
    const { sealer, shared, limits } = this.#parts;
    return (
      shared.flushTarget > shared.sealed ||
      !sealer.onActive ||
      sealer.pendingLines >= limits.linesMax ||
      sealer.pendingBytes >= pendingBytesMax ||
      this.#waitedMs() >= limits.delayMsMax
    );
  }

  /** How long the oldest line without a checkpoint has waited for it. */
  #waitedMs(): number {
    const now = this.#parts.clock.monotonicMs();
    if (this.#parts.sealer.pendingLines > 0) this.#pendingSinceMs ??= now;
    return this.#pendingSinceMs === undefined ? 0 : now - this.#pendingSinceMs;
  }

  #end(absorbed: number): number {
    const { sealer, shared, limits, maintenance, clock } = this.#parts;
    this.#closeIfFull();
    const now = clock.monotonicMs();
    // Under a load that never pauses, too, now and then: it is what fills the disk.
    const hasMore = absorbed > 0 || this.size < shared.appended;
    if (hasMore && now - this.#maintainedMs < idleMs) return 0;
    this.#maintainedMs = now;
    const maintenanceMs = maintenance.turn(sealer.sealedSize, sealer.segmentFirst);
    if (hasMore) return 0;
    return sealer.pendingLines === 0 ? maintenanceMs : Math.min(maintenanceMs, Math.max(1, limits.delayMsMax - this.#waitedMs()));
  }

  #syncLater(batch: Batch): Promise<void> {
    const synced = this.#parts.folder.disk.syncLater(batch.fd).catch((cause: unknown) => {
      throw new DataSyncFailed('sync', { cause });
    });
    // Where reading fails first, nobody waits for it any more.
    synced.catch(() => {});
    return synced;
  }

  /** Opening was fast because it trusted the newest checkpoint's frontier; nothing is signed on top of it before this. */
  #recheck(): void {
    const base = this.#recheckFrom;
    if (base === undefined) return;
    this.#parts.sealer.recheck(base);
    this.#recheckFrom = undefined;
  }

  #commit(): void {
    this.#committing(() => this.#parts.sealer.commit());
  }

  /** Tells what has come of a commit. */
  #committing(commit: () => void): void {
    const { sealer, shared, emit } = this.#parts;
    const before = sealer.segmentFirst;
    const sealedBefore = sealer.sealedSize;
    commit();
    // Asked after the size was published, as a flush asks for the size after it has set its target: one of the two sees the other.
    const isAwaited = shared.flushTarget > sealedBefore && sealer.sealedSize > sealedBefore;
    this.#pendingSinceMs = undefined;
    if (this.#isBlocked) {
      this.#isBlocked = false;
      emit({ kind: 'unblocked' });
    }
    if (isAwaited) emit({ kind: 'sealed', size: sealer.sealedSize });
    if (sealer.segmentFirst === before) return;
    this.#beginSegment();
    emit({ kind: 'advanced', first: sealer.segmentFirst });
  }

  #beginSegment(): void {
    this.#closing = false;
    this.#segmentSinceMs = this.#parts.clock.monotonicMs();
  }

  #closeIfFull(): void {
    const { sealer, clock, limits, emit } = this.#parts;
    if (!sealer.onActive || sealer.segmentBytes === 0) return;
    const now = clock.monotonicMs();
    const old = now - this.#segmentSinceMs >= limits.segmentAgeMsMax;
    if (!old && sealer.segmentBytes < limits.segmentBytesMax) return;
    if (this.#closing && now - this.#closingSinceMs < closeRetryMs) return;
    this.#closing = true;
    this.#closingSinceMs = now;
    try {
      sealer.linkClosed();
    } catch (error) {
      if (error instanceof DataSyncFailed) throw error;
      // Lines are sealed all the same. The recorder tries it too, and tells.
    }
    emit({ kind: 'closing', first: sealer.segmentFirst });
  }

  #touchLock(): void {
    const { folder, lock, clock } = this.#parts;
    const now = clock.monotonicMs();
    if (now - this.#touchedMs < lockTouchMs) return;
    this.#touchedMs = now;
    try {
      if (holdsLock(folder.disk, lock)) folder.disk.touch(lock.path, clock.now());
    } catch {
      // Gone or read-only: the check before the next checkpoint tells which, and what follows from it.
    }
  }

  #fail(error: unknown): number {
    const { shared, emit } = this.#parts;
    if (error instanceof SegmentDamaged) {
      this.#isHalted = true;
      emit({ kind: 'damaged', why: error.code, seq: error.seq, message: error.message });
    } else if (error instanceof DataSyncFailed) {
      this.#isHalted = true;
      shared.faulty = true;
      const { segmentFirst: first, sealedOffset: offset } = this.#parts.sealer;
      emit({ kind: 'data_failed', code: diskErrorCode(error.cause), message: messageOf(error.cause ?? error), first, offset });
    } else if (error instanceof LockLost) {
      this.#isHalted = true;
      emit({ kind: 'lock_lost' });
    } else {
      this.#isBlocked = true;
      emit({ kind: 'blocked', code: diskErrorCode(error), message: messageOf(error) });
    }
    shared.interruptCommitWaits();
    return retryMs;
  }
}

function segmentOf(command: { first: number; fd: number }): SegmentSource {
  return { first: command.first, fd: command.fd };
}
