// The sealer: reads back what the recorder appended, grows the tree over it, and puts it under checkpoints. It runs in a worker,
// or on the main thread where none starts; the same code seals what recovery found.
//
//   absorb()  reads lines and hashes them; nothing is promised yet
//   commit()  data synced → nobody has failed, the lock is ours, the folder is synced → signed → sidecar synced → published
//
// Whoever is told that a line is sealed is told after commit() has returned, never before.
import {
  equalBytes,
  Frontier,
  type Hash,
  type Hasher,
  LineFeed,
  type NoteSigner,
  type SidecarRecord,
  signCheckpoint,
} from '@agent-audit/log';
import { type Clock, isoTime } from '../clock.ts';
import type { Folder } from '../folder.ts';
import { holdsLock, type Lock } from '../lock.ts';
import { setAside } from '../set-aside.ts';
import { SegmentDamaged, SegmentReader } from './segment-reader.ts';
import type { SharedState } from './shared.ts';
import { SidecarFile } from './sidecar-file.ts';

/** A segment to seal: its first seq, and where its bytes are. */
export interface SegmentSource {
  readonly first: number;
  /** The recorder's own descriptor (a lost write is reported once per open file), or one that was opened for the sealer. */
  readonly fd: number;
}

/** Where sealing starts: the newest checkpoint, the segment that holds its next line, and the segments after that. */
export interface SealStart {
  readonly checkpoint: SidecarRecord;
  readonly segment: SegmentSource;
  /** Where in that segment the line after the checkpoint begins. */
  readonly offset: number;
  readonly later: readonly SegmentSource[];
}

export interface SealerParts {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly lock: Lock;
  readonly shared: SharedState;
  readonly signer: NoteSigner;
  readonly hasher: Hasher;
}

/** The data cannot be relied upon: a sync or a write has failed, or the file has lost its name. The segment ends at the last checkpoint. */
export class DataSyncFailed extends Error {}

/** Another process has taken the log over: this one must not sign any more. */
export class LockLost extends Error {}

/** Absorbed lines, on their way to a checkpoint: their data is to be synced first. */
export interface Batch {
  readonly fd: number;
  readonly marks: readonly Mark[];
}

function nameLost(path: string): DataSyncFailed {
  return new DataSyncFailed(`${path} was deleted, moved or replaced`);
}

interface Mark {
  readonly size: number;
  readonly root: Hash;
  readonly frontier: readonly Hash[];
  readonly offset: number;
}

/** Bytes between the checkpoints that a closed segment keeps. */
const keptEveryBytes = 1024 * 1024;

/** The tree over one log and its checkpoints. It signs only what it has read back from the segment, after the data was synced. */
export class Sealer {
  readonly #parts: SealerParts;
  #feed: LineFeed;
  #reader: SegmentReader;
  /** Opened, or made with its base record, when the segment's first checkpoint is due. */
  #sidecar: SidecarFile | undefined;
  #later: SegmentSource[];
  #marks: Mark[] = [];
  #committed: SidecarRecord;
  #committedOffset: number;
  /** Sizes of the current segment, ascending, one a MiB: the next checkpoint at or after each is one that thinning keeps. */
  #kept: number[] = [];
  #keptOffset: number;
  #folderSynced = false;

  constructor(parts: SealerParts, start: SealStart) {
    this.#parts = parts;
    this.#committed = start.checkpoint;
    this.#feed = this.#feedFrom(start.checkpoint);
    this.#reader = new SegmentReader(parts.folder.disk, start.segment.first, start.segment.fd, start.offset);
    this.#later = [...start.later];
    this.#committedOffset = start.offset;
    this.#keptOffset = 0;
  }

  /** Lines under a durable checkpoint. */
  get sealedSize(): number {
    return this.#committed.size;
  }

  /** Lines read and hashed that no checkpoint covers yet. */
  get pendingLines(): number {
    return this.#feed.frontier.size - this.#committed.size;
  }

  get pendingBytes(): number {
    return this.#reader.offset - this.#committedOffset;
  }

  /** First seq of the segment that is being sealed. */
  get segmentFirst(): number {
    return this.#reader.first;
  }

  /** Bytes of it that are in the tree. */
  get segmentBytes(): number {
    return this.#reader.offset;
  }

  /** Where in it the line after the newest checkpoint begins. */
  get sealedOffset(): number {
    return this.#committedOffset;
  }

  /** Whether no later segment waits: what is being sealed is the active one. */
  get onActive(): boolean {
    return this.#later.length === 0;
  }

  /** The recorder goes on in this segment, which it has just begun. */
  follow(segment: SegmentSource): void {
    this.#later.push(segment);
  }

  /**
   * The segment has failed and was replaced by one that begins at the last checkpoint with the same bytes.
   */
  replace(segment: SegmentSource): void {
    this.#closeSidecar();
    this.#feed = this.#feedFrom(this.#committed);
    this.#marks = [];
    this.#later = [];
    this.#begin(segment);
  }

  /**
   * Reads what was appended, at most so many bytes, and hashes it; the number of lines.
   * @throws SegmentDamaged where the bytes are not the log's
   */
  absorb(bytesMax: number): number {
    const before = this.#feed.frontier.size;
    for (let bytes = 0; bytes < bytesMax; ) {
      const from = this.#reader.offset;
      const next = this.#later[0]?.first ?? Number.MAX_SAFE_INTEGER;
      if (this.#reader.read(this.#feed, next) === 0) {
        this.#requireWholeEnd(next);
        break;
      }
      bytes += this.#reader.offset - from;
      this.#mark();
    }
    return this.#feed.frontier.size - before;
  }

  /**
   * Puts all absorbed lines under a durable checkpoint and goes on to the next segment where this one is finished.
   * @throws DataSyncFailed, LockLost; and the disk's own errors for the sidecar, after which commit() may be tried again
   */
  commit(): void {
    const batch = this.takeBatch();
    if (batch !== undefined) {
      try {
        this.#parts.folder.disk.sync(batch.fd);
      } catch (cause) {
        throw new DataSyncFailed('sync', { cause });
      }
      this.commitBatch(batch);
    }
    while (this.#later[0]?.first === this.#committed.size && this.#committed.size === this.#feed.frontier.size) this.#advance();
  }

  /**
   * First step of closing: the segment gets its closed name beside the active one, durably. The recorder takes the second.
   * A copy of the folder that knew no links may have another file there.
   * @throws DataSyncFailed where the active name is not its own any more
   */
  linkClosed(): void {
    const { folder } = this.#parts;
    const { disk, logFile } = folder;
    const { first, fd } = this.#reader;
    const closed = folder.path(folder.names.closed(first));
    const { inode } = disk.fileStat(fd);
    // A sealer before this one may have come so far.
    if (disk.stat(closed)?.inode !== inode) {
      if (disk.stat(logFile)?.inode !== inode) throw nameLost(logFile);
      setAside(folder, closed, first);
      disk.link(logFile, closed);
    }
    disk.syncFolder(folder.folder);
  }

  /** Takes the closed name back, where the recorder has not taken the second step and does not any more. */
  unlinkClosed(): void {
    const { folder } = this.#parts;
    const { disk, logFile } = folder;
    const { first, fd } = this.#reader;
    const closed = folder.path(folder.names.closed(first));
    const { inode } = disk.fileStat(fd);
    if (disk.stat(logFile)?.inode === inode && disk.stat(closed)?.inode === inode) disk.unlink(closed);
  }

  /**
   * Compares the current segment, from its base to where sealing started, with the checkpoint that covers it.
   * Opening trusts the checkpoint's frontier so that it is fast; this is the full check, done before anything new is signed.
   * @throws SegmentDamaged
   */
  recheck(base: SidecarRecord): void {
    const feed = this.#feedFrom(base);
    const reader = new SegmentReader(this.#parts.folder.disk, this.#reader.first, this.#reader.fd, 0);
    const { size, frontier } = this.#committed;
    while (reader.read(feed, Number.MAX_SAFE_INTEGER, this.#committedOffset) > 0) {
      if (reader.offset - this.#keptOffset < keptEveryBytes) continue;
      this.#kept.push(feed.frontier.size);
      this.#keptOffset = reader.offset;
    }
    const there = feed.frontier.size;
    if (there !== size) throw new SegmentDamaged('truncated', there, `${there} of ${size} lines are there`);
    const root = Frontier.from(size, frontier).root(this.#parts.hasher);
    if (!equalBytes(feed.frontier.root(this.#parts.hasher), root)) {
      throw new SegmentDamaged('other_root', base.size, `lines ${base.size} to ${size - 1} are not those that were signed`);
    }
  }

  /** Releases what it holds. The descriptors of segments belong to whoever opened them. */
  close(): void {
    this.#closeSidecar();
  }

  #feedFrom(record: SidecarRecord): LineFeed {
    return new LineFeed(Frontier.from(record.size, record.frontier), { hasher: this.#parts.hasher });
  }

  #mark(): void {
    const { frontier } = this.#feed;
    const size = frontier.size;
    if (this.#marks.at(-1)?.size === size) return;
    this.#marks.push({ size, root: frontier.root(this.#parts.hasher), frontier: frontier.hashes(), offset: this.#reader.offset });
  }

  /** What commit() would seal now. Its data must be synced before commitBatch(); more may be absorbed meanwhile. */
  takeBatch(): Batch | undefined {
    return this.#marks.length === 0 ? undefined : { fd: this.#reader.fd, marks: [...this.#marks] };
  }

  /** Signs a batch whose data was synced. Throws as commit() does, and may then be tried again. */
  commitBatch({ marks }: Batch): void {
    this.#seal(marks);
    this.#marks.splice(0, marks.length);
  }

  #seal(marks: readonly Mark[]): void {
    const { folder, clock, lock, shared } = this.#parts;
    if (shared.faulty) throw new DataSyncFailed('a write failed');
    if (!holdsLock(folder.disk, lock)) throw new LockLost();
    this.#requireName();
    const sidecar = (this.#sidecar ??= this.#openSidecar(this.#reader.first));
    if (!this.#folderSynced) {
      folder.disk.syncFolder(folder.folder);
      this.#folderSynced = true;
    }
    const now = clock.now();
    const records = marks.map((mark) => this.#sign(mark, now));
    const last = records.at(-1);
    if (last === undefined) return;
    sidecar.append(records);
    // The commit point: from here on the lines are sealed, and may be said to be.
    for (const mark of marks) {
      this.#keepOneEveryMib(mark);
      this.#committedOffset = mark.offset;
    }
    this.#committed = last;
    shared.publish(last.size, now);
  }

  /** A file without a name is gone with its last descriptor, and what is signed in it. While it is being closed it has two. */
  #requireName(): void {
    const { disk, names, logFile } = this.#parts.folder;
    const { inode } = disk.fileStat(this.#reader.fd);
    if (disk.stat(logFile)?.inode === inode) return;
    const closed = this.#parts.folder.path(names.closed(this.#reader.first));
    if (disk.stat(closed)?.inode !== inode) throw nameLost(logFile);
  }

  #sign(mark: Mark, now: number): SidecarRecord {
    const { signer } = this.#parts;
    const note = signCheckpoint({ origin: signer.key.name, size: mark.size, root: mark.root }, signer);
    return { size: mark.size, ts: isoTime(now), frontier: mark.frontier, note };
  }

  #keepOneEveryMib(mark: Mark): void {
    if (mark.offset - this.#keptOffset < keptEveryBytes) return;
    this.#kept.push(mark.size);
    this.#keptOffset = mark.offset;
  }

  /** The segment is sealed to its end: thin its sidecar and begin the next. */
  #advance(): void {
    const [next] = this.#later;
    if (next === undefined) return;
    this.#sidecar?.thin(this.#kept);
    this.#closeSidecar();
    this.#later.shift();
    this.#begin(next);
  }

  #begin(segment: SegmentSource): void {
    this.#reader = new SegmentReader(this.#parts.folder.disk, segment.first, segment.fd, 0);
    this.#committedOffset = 0;
    this.#keptOffset = 0;
    this.#kept = [];
    this.#folderSynced = false;
  }

  #closeSidecar(): void {
    this.#sidecar?.close();
    this.#sidecar = undefined;
  }

  #openSidecar(first: number): SidecarFile {
    const { folder } = this.#parts;
    const path = folder.path(folder.names.checkpoints(first));
    const open = SidecarFile.open(folder.disk, path, folder.fileMode);
    if (open !== undefined) return open;
    if (this.#committed.size !== first) {
      throw new SegmentDamaged('base_missing', first, `the checkpoints of the segment from ${first} on are gone`);
    }
    return SidecarFile.create(folder.disk, path, this.#committed, folder.fileMode);
  }

  #requireWholeEnd(next: number): void {
    if (this.#later.length === 0) return;
    const { size } = this.#feed.frontier;
    if (size < next || this.#reader.carriedBytes > 0) {
      throw new SegmentDamaged('truncated', size, `the segment ends at line ${size}, the next begins at ${next}`);
    }
  }
}
