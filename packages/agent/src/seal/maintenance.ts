// What the sealer does with closed segments while it has nothing to seal: it compresses them, and deletes those that are too old
// or too many, or that stand on a disk which fills up. One small piece of work a turn, so that a flush never waits long.
import type { SidecarRecord } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { diskErrorCode } from '../disk.ts';
import { messageOf } from '../error.ts';
import { type Folder, listFiles } from '../folder.ts';
import { ClockGuard, silentMs } from './clock-guard.ts';
import { Compressor } from './compressor.ts';
import { uncosignedFrom, untakenFrom } from './cursor.ts';
import type { SealEvent } from './driver.ts';
import { type FreeSpace, freeSpace } from './free-space.ts';
import { readNewestRecord } from './sidecar-read.ts';
import { clockJumped, cosignedUnreadable, cursorUnreadable, diskLow, maintenanceFailed, type UpkeepTrouble } from './upkeep-troubles.ts';

export interface MaintenanceLimits {
  /** Infinity keeps for ever. */
  readonly ageMsMax: number;
  readonly totalBytesMax: number;
  /** What the disk is to have free, or a tenth of the disk where that is less. */
  readonly freeBytesMin: number;
  /** Nothing is deleted. So it is, too, while `<stem>.hold` exists. */
  readonly hold: boolean;
  /** There is a collector: what it has not cosigned is not deleted. */
  readonly isShipped: boolean;
}

/** What it works with. */
export interface MaintenanceParts {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly limits: MaintenanceLimits;
  readonly origin: string;
  /** The newest at the start. */
  readonly checkpoint: Pick<SidecarRecord, 'size' | 'ts'>;
  readonly emit: (event: SealEvent) => void;
}

interface ClosedSegment {
  readonly first: number;
  readonly names: readonly string[];
  readonly plain: boolean;
  readonly bytes: number;
}

/** Closed segments that are to go, oldest first, and why the last of them is. */
interface Deletion {
  readonly next: number;
  readonly bytes: number;
  readonly why: 'size' | 'free' | 'age';
}

/** Where deletion stops, whatever the limits say, and why. */
interface Stop {
  readonly before: number;
  readonly why: string;
}

const planEveryMs = 60_000;
const idleMs = 1_000;

/** Compresses and deletes closed segments. A segment goes only once the log itself says so, in a line under a checkpoint. */
export class Maintenance {
  readonly #parts: MaintenanceParts;
  readonly #folder: Folder;
  /** Where age is of no account there is none. */
  readonly #guard: ClockGuard | undefined;
  /** What was told, and is not over. */
  readonly #told = new Set<UpkeepTrouble['code']>();
  #compressor: Compressor | undefined;
  /** Closed segments that could not be packed in this round over all of them. */
  readonly #unpacked = new Set<number>();
  #plannedMs = Number.NEGATIVE_INFINITY;
  #seenFirst = -1;
  #lookedMs = Number.NEGATIVE_INFINITY;
  /** Where the disk has too little room. */
  #low: FreeSpace | undefined;
  #wanted: number | undefined;
  #prune: { readonly next: number; readonly seq: number } | undefined;

  constructor(parts: MaintenanceParts) {
    const { folder, clock, limits, checkpoint } = parts;
    this.#parts = parts;
    this.#folder = folder;
    if (limits.ageMsMax === Number.POSITIVE_INFINITY) return;
    const doubtMs = (nowMs: number): number => silentMs(folder, checkpoint.size, nowMs);
    this.#guard = new ClockGuard(clock, { checkpointMs: Date.parse(checkpoint.ts), silenceMsMax: limits.ageMsMax / 2, doubtMs });
  }

  /** The log.prune that asks for it stands at `seq`; the files go once that line is sealed. */
  prune(next: number, seq: number): void {
    this.#prune = { next, seq };
  }

  /** One piece of work on the segments before `currentFirst`; milliseconds until the next. What fails is told and tried again. */
  turn(sealedSize: number, currentFirst: number): number {
    try {
      return this.#work(sealedSize, currentFirst);
    } catch (error) {
      this.close();
      this.#plannedMs = this.#parts.clock.monotonicMs();
      this.#seenFirst = currentFirst;
      this.#tell(maintenanceFailed(this.#folder.logFile, messageOf(error)));
      return idleMs;
    }
  }

  /** Gives up what is under way: it begins anew where the log is next open. */
  close(): void {
    const compressor = this.#compressor;
    this.#compressor = undefined;
    try {
      compressor?.abandon();
    } catch {
      // What is left of it is a temporary file, which the next open clears away.
    }
  }

  #work(sealedSize: number, currentFirst: number): number {
    if (this.#prune !== undefined && sealedSize > this.#prune.seq) this.#deletePruned(this.#prune.next);
    const now = this.#parts.clock.monotonicMs();
    const isPressed = this.#look(now);
    const compressor = this.#compressor;
    if (compressor !== undefined && !isPressed) {
      this.#pack(compressor.first, () => (compressor.step() ? undefined : compressor));
      return 0;
    }
    if (!isPressed && currentFirst === this.#seenFirst && now - this.#plannedMs < planEveryMs) return idleMs;
    this.#plannedMs = now;
    this.#seenFirst = currentFirst;
    const closed = this.#closedSegments(currentFirst);
    this.#planDeletion(closed, currentFirst);
    if (this.#compressor !== undefined) return 0;
    const plain = closed.find((segment) => segment.plain && !this.#unpacked.has(segment.first));
    if (plain === undefined) {
      if (this.#unpacked.size === 0) this.#over('MAINTENANCE_FAILED');
      this.#unpacked.clear();
      return idleMs;
    }
    this.#seenFirst = -1;
    this.#pack(plain.first, () => new Compressor(this.#folder, plain.first));
    return 0;
  }

  /** A step of packing a segment; one that cannot be packed keeps none of the others from it. On a full disk none can. */
  #pack(first: number, step: () => Compressor | undefined): void {
    try {
      this.#compressor = step();
    } catch (error) {
      if (diskErrorCode(error) === 'ENOSPC' || diskErrorCode(error) === 'EDQUOT') throw error;
      this.close();
      this.#unpacked.add(first);
      this.#tell(maintenanceFailed(this.#folder.logFile, `${this.#folder.names.closed(first)}: ${messageOf(error)}`));
    }
  }

  #deletePruned(next: number): void {
    // What it is packing may be among what goes: packed, it would come back without its sidecar.
    this.#compressor?.abandon();
    this.#compressor = undefined;
    this.#delete(next);
    this.#prune = undefined;
    this.#wanted = undefined;
    // By what the disk lacked before, as many again would go.
    this.#lookedMs = Number.NEGATIVE_INFINITY;
    // Where the log could not say it, nothing went: that is for a later plan.
    if (next > 0) this.#seenFirst = -1;
  }

  /** Looks at the clocks and at the disk, once a second; whether the disk is newly short of room. */
  #look(now: number): boolean {
    if (now - this.#lookedMs < idleMs) return false;
    this.#lookedMs = now;
    this.#guard?.observe();
    const jump = this.#guard?.jump;
    if (jump === undefined) this.#over('CLOCK_JUMPED');
    else this.#tell(clockJumped(this.#folder.logFile, jump));
    const wasLow = this.#low !== undefined;
    const space = freeSpace(this.#folder, this.#parts.limits.freeBytesMin);
    this.#low = space !== undefined && space.freeBytes < space.floorBytes ? space : undefined;
    if (this.#low === undefined) this.#over('DISK_LOW');
    return this.#low !== undefined && !wasLow;
  }

  #closedSegments(currentFirst: number): ClosedSegment[] {
    const byFirst = new Map<number, { names: string[]; plain: boolean; bytes: number }>();
    for (const { name, path, file } of listFiles(this.#folder)) {
      if ((file.kind !== 'closed' && file.kind !== 'checkpoints') || file.first >= currentFirst) continue;
      const segment = byFirst.get(file.first) ?? { names: [], plain: false, bytes: 0 };
      segment.names.push(name);
      segment.bytes += this.#folder.disk.stat(path)?.bytes ?? 0;
      if (file.kind === 'closed' && !file.gzip) segment.plain = true;
      byFirst.set(file.first, segment);
    }
    return [...byFirst].map(([first, segment]) => ({ first, ...segment })).toSorted((a, b) => a.first - b.first);
  }

  #planDeletion(closed: readonly ClosedSegment[], currentFirst: number): void {
    const stop = this.#stop();
    if (this.#wanted !== undefined) return;
    const deletion = this.#deletion(closed, currentFirst, stop.before);
    if (deletion !== undefined) {
      this.#wanted = deletion.next;
      this.#parts.emit({ kind: 'prune_wanted', ...deletion });
    } else if (this.#low !== undefined) {
      this.#tell(diskLow(this.#folder.folder, this.#low, closed.length === 0 ? 'there is no closed segment to delete' : stop.why));
    }
  }

  #stop(): Stop {
    const { disk, names } = this.#folder;
    const { origin, limits } = this.#parts;
    const untaken = untakenFrom(this.#folder, origin);
    const uncosigned = limits.isShipped ? uncosignedFrom(this.#folder, origin) : Number.POSITIVE_INFINITY;
    if (untaken === undefined) this.#tell(cursorUnreadable(this.#folder.path(names.sender)));
    else if (uncosigned === undefined) this.#tell(cosignedUnreadable(this.#folder.path(names.cosigned)));
    else this.#over('CURSOR_UNREADABLE');
    if (limits.hold) return { before: 0, why: 'the option hold keeps every segment' };
    if (disk.stat(this.#folder.path(names.hold)) !== undefined) return { before: 0, why: `the file ${names.hold} keeps every segment` };
    const shipped = uncosigned ?? 0;
    const taken = untaken ?? 0;
    if (shipped < taken) return { before: shipped, why: 'the collector has not cosigned the oldest segment' };
    return { before: taken, why: 'the sender has not taken the oldest segment' };
  }

  #deletion(closed: readonly ClosedSegment[], currentFirst: number, before: number): Deletion | undefined {
    const { disk, logFile } = this.#folder;
    const { totalBytesMax } = this.#parts.limits;
    let total = closed.reduce((sum, segment) => sum + segment.bytes, disk.stat(logFile)?.bytes ?? 0);
    let missing = this.#low === undefined ? 0 : this.#low.floorBytes - this.#low.freeBytes;
    let deletion: Deletion | undefined;
    for (const [index, { first, bytes }] of closed.entries()) {
      const next = closed[index + 1]?.first ?? currentFirst;
      if (next > before) break;
      const why = total > totalBytesMax ? 'size' : missing > 0 ? 'free' : this.#isOlder(first) ? 'age' : undefined;
      if (why === undefined) break;
      deletion = { next, bytes: (deletion?.bytes ?? 0) + bytes, why };
      total -= bytes;
      missing -= bytes;
    }
    return deletion;
  }

  /** Whether the last checkpoint of a closed segment is older than the limit, by time that somebody can vouch for. */
  #isOlder(first: number): boolean {
    if (this.#guard === undefined) return false;
    const last = readNewestRecord(this.#folder.disk, this.#folder.path(this.#folder.names.checkpoints(first)))?.record;
    if (last === undefined) return false;
    const limitMs = Date.parse(last.ts) + this.#parts.limits.ageMsMax;
    return this.#parts.clock.now() > limitMs && this.#guard.vouchedNow() > limitMs;
  }

  /** Data before sidecar, oldest first: what is left after a crash in between is a head that verifies. */
  #delete(next: number): void {
    const { disk, folder } = this.#folder;
    for (const segment of this.#closedSegments(next)) {
      for (const name of segment.names.toSorted().toReversed()) disk.unlink(this.#folder.path(name));
    }
    disk.syncFolder(folder);
  }

  /** Once, until it is over. */
  #tell(trouble: UpkeepTrouble): void {
    if (this.#told.has(trouble.code)) return;
    this.#told.add(trouble.code);
    this.#parts.emit({ kind: 'upkeep_failed', trouble });
  }

  #over(code: UpkeepTrouble['code']): void {
    if (this.#told.delete(code)) this.#parts.emit({ kind: 'upkeep_well', code });
  }
}
