// Where sealing goes on when a sealer ended under way: from the newest checkpoint on disk, in the segments that are open.
import { readCheckpoint } from '@agent-audit/log';
import type { Folder } from '../folder.ts';
import type { SealStart, SegmentSource } from '../seal/sealer.ts';
import { OriginLost } from './recover.ts';
import { newestCheckpoint } from './survey.ts';
import { findLine } from './tail.ts';

/** The start for the next sealer. `open`: the segments whose descriptors are open, in order. */
export function resumePoint(folder: Folder, open: readonly SegmentSource[]): { start: SealStart } {
  const newest = newestCheckpoint(folder);
  if (newest === undefined) throw new OriginLost('checkpoints_missing', 'no checkpoint is left to go on from');
  const { size } = readCheckpoint(newest.note);
  const from = open.findLastIndex(({ first }) => first <= size);
  const [segment, ...later] = open.slice(Math.max(0, from));
  if (from < 0 || segment === undefined) throw new OriginLost('truncated', `no open segment holds line ${size}`);
  const offset = segment.first === size ? 0 : findLine(folder.disk, segment.fd, size - 1)?.nextOffset;
  if (offset === undefined) throw new OriginLost('truncated', `line ${size - 1} was signed and is not there`);
  return { start: { checkpoint: newest, segment, offset, later } };
}
