// The descriptors of a log that is open for writing. Whoever seals in another thread uses them by number, so that each is closed only
// when the sealer has said that it is done with it, or has ended.
import type { Disk } from '../disk.ts';
import type { SegmentSource } from '../seal/sealer.ts';

/** Segments whose descriptors are open, in order, the active one last. */
export class OpenSegments {
  readonly #disk: Disk;
  #segments: SegmentSource[];

  constructor(disk: Disk, segments: readonly SegmentSource[]) {
    this.#disk = disk;
    this.#segments = [...segments];
  }

  get all(): readonly SegmentSource[] {
    return this.#segments;
  }

  /** Those that begin at this line or later. */
  from(first: number): SegmentSource[] {
    return this.#segments.filter((segment) => segment.first >= first);
  }

  /** The active one from now on. */
  add({ first, fd }: SegmentSource): void {
    this.#segments.push({ first, fd });
  }

  /** A line is durable with all lines before it, and the segment that was active until now may not be sealed yet. */
  syncOthers(active: number): void {
    for (const { fd } of this.#segments) if (fd !== active) this.#disk.sync(fd);
  }

  closeBefore(first: number): void {
    for (const segment of this.#segments) if (segment.first < first) this.#disk.close(segment.fd);
    this.#segments = this.from(first);
  }

  closeAll(): void {
    this.closeBefore(Number.POSITIVE_INFINITY);
  }
}
