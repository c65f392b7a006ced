// What the sealer does with closed segments while it has nothing to seal: it compresses them, and deletes those that are too old
// or too many. One small piece of work a turn, so that a flush never waits long.
import { readSidecar } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import { readWhole } from '../disk.ts';
import { type Folder, listFiles } from '../folder.ts';
import { Compressor } from './compressor.ts';
import type { SealEvent } from './driver.ts';
import { readCursor } from './cursor.ts';

export interface MaintenanceLimits {
  /** Infinity keeps for ever. */
  readonly ageMsMax: number;
  readonly totalBytesMax: number;
  /** Nothing is deleted. So it is, too, while `<stem>.hold` exists. */
  readonly hold: boolean;
}

interface ClosedSegment {
  readonly first: number;
  readonly names: readonly string[];
  readonly plain: boolean;
  readonly bytes: number;
}

const planEveryMs = 60_000;
const idleMs = 1_000;

/** Compresses and deletes closed segments. A segment goes only once the log itself says so, in a line under a checkpoint. */
export class Maintenance {
  readonly #folder: Folder;
  readonly #clock: Clock;
  readonly #limits: MaintenanceLimits;
  readonly #emit: (event: SealEvent) => void;
  #compressor: Compressor | undefined;
  #plannedMs = Number.NEGATIVE_INFINITY;
  #seenFirst = -1;
  #wanted: number | undefined;
  #prune: { readonly next: number; readonly seq: number } | undefined;

  constructor(folder: Folder, clock: Clock, limits: MaintenanceLimits, emit: (event: SealEvent) => void) {
    this.#folder = folder;
    this.#clock = clock;
    this.#limits = limits;
    this.#emit = emit;
  }

  /** The log.prune that asks for it stands at `seq`; the files go once that line is sealed. */
  prune(next: number, seq: number): void {
    this.#prune = { next, seq };
  }

  /** One piece of work on the segments before `currentFirst`; milliseconds until the next. Its failures wait for a later plan. */
  turn(sealedSize: number, currentFirst: number): number {
    try {
      return this.#work(sealedSize, currentFirst);
    } catch {
      this.close();
      this.#plannedMs = this.#clock.monotonicMs();
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
    if (this.#prune !== undefined && sealedSize > this.#prune.seq) {
      // What it is packing may be among what goes: packed, it would come back without its sidecar.
      this.#compressor?.abandon();
      this.#compressor = undefined;
      this.#delete(this.#prune.next);
      this.#prune = undefined;
      this.#wanted = undefined;
    }
    if (this.#compressor !== undefined) {
      if (this.#compressor.step()) this.#compressor = undefined;
      return 0;
    }
    const now = this.#clock.monotonicMs();
    if (currentFirst === this.#seenFirst && now - this.#plannedMs < planEveryMs) return idleMs;
    this.#plannedMs = now;
    this.#seenFirst = currentFirst;
    const closed = this.#closedSegments(currentFirst);
    this.#planDeletion(closed, currentFirst);
    const plain = closed.find((segment) => segment.plain);
    if (plain === undefined) return idleMs;
    this.#seenFirst = -1;
    this.#compressor = new Compressor(this.#folder, plain.first);
    return 0;
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
    const { disk, names } = this.#folder;
    if (this.#limits.hold || this.#wanted !== undefined || disk.stat(this.#folder.path(names.hold)) !== undefined) return;
    const untaken = readCursor(this.#folder)?.next ?? Number.MAX_SAFE_INTEGER;
    let total = closed.reduce((sum, segment) => sum + segment.bytes, disk.stat(this.#folder.logFile)?.bytes ?? 0);
    let next: number | undefined;
    let bytes = 0;
    let why = '';
    for (const [index, segment] of closed.entries()) {
      const end = closed[index + 1]?.first ?? currentFirst;
      const old = this.#isOlder(segment.first);
      if (end > untaken || (!old && total <= this.#limits.totalBytesMax)) break;
      why = old ? 'age' : 'size';
      next = end;
      bytes += segment.bytes;
      total -= segment.bytes;
    }
    if (next === undefined) return;
    this.#wanted = next;
    this.#emit({ kind: 'prune_wanted', next, bytes, why });
  }

  /** Whether the last checkpoint of a closed segment is older than the limit. */
  #isOlder(first: number): boolean {
    if (this.#limits.ageMsMax === Number.POSITIVE_INFINITY) return false;
    const bytes = readWhole(this.#folder.disk, this.#folder.path(this.#folder.names.checkpoints(first)));
    const last = bytes === undefined ? undefined : readSidecar(bytes).records.at(-1);
    return last !== undefined && this.#clock.now() - Date.parse(last.ts) > this.#limits.ageMsMax;
  }

  /** Data before sidecar, oldest first: what is left after a crash in between is a head that verifies. */
  #delete(next: number): void {
    const { disk, folder } = this.#folder;
    for (const segment of this.#closedSegments(next)) {
      for (const name of segment.names.toSorted().toReversed()) disk.unlink(this.#folder.path(name));
    }
    disk.syncFolder(folder);
  }
}
