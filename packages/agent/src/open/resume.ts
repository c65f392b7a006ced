// Where sealing goes on when a sealer ended under way: from the newest checkpoint on disk, in the segments that are open.
import type { SidecarRecord } from '@agent-audit/log';
import type { Folder } from '../folder.ts';
import type { Identity } from '../identity.ts';
import type { SealStart, SegmentSource } from '../seal/sealer.ts';
import { OriginLost } from './recover.ts';
import { newestCheckpoint } from './survey.ts';
import { findLine } from './tail.ts';
import { trusted } from './trust.ts';

/** A log whose sealer is gone. */
export interface Interrupted {
  readonly folder: Folder;
  readonly identity: Identity;
  /** The segments whose descriptors are open, in order. */
  readonly segments: readonly SegmentSource[];
  /** The checkpoint that this process went on from, where there was nothing to write one for since. */
  readonly checkpoint: SidecarRecord;
  /** Lines that were said to be sealed. */
  readonly sealedSize: number;
}

/**
 * The start for the next sealer.
 * @throws OriginLost where what is on disk is not what was sealed
 */
export function resumePoint({ folder, identity, segments, checkpoint, sealedSize }: Interrupted): SealStart {
  const newest = newestCheckpoint(folder);
  const from = newest === undefined ? checkpoint : trusted(folder, newest.record, identity);
  const { size } = from;
  if (size < sealedSize) {
    throw new OriginLost('checkpoints_missing', `line ${sealedSize - 1} was sealed, and the newest checkpoint is at ${size}`);
  }
  const index = segments.findLastIndex(({ first }) => first <= size);
  const segment = segments[index];
  if (segment === undefined) throw new OriginLost('truncated', `no open segment holds line ${size}`);
  const offset = segment.first === size ? 0 : findLine(folder.disk, segment.fd, size - 1)?.nextOffset;
  if (offset === undefined) throw new OriginLost('truncated', `line ${size - 1} was signed and is not there`);
  return { checkpoint: from, segment, offset, later: segments.slice(index + 1) };
}
