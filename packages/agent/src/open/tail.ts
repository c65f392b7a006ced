// Finds where a line begins in a segment, from its end: what is looked for stands near it.
import { lineBytesMax } from '@agent-audit/log';
import type { Disk } from '../disk.ts';

/** A whole line, and where the next one begins. */
export interface FoundLine {
  readonly line: Uint8Array;
  readonly nextOffset: number;
}

const blockBytes = 65_536;
const overlapBytes = 32;

/** The whole line with this seq, searched backwards; undefined where there is none, or where its LF is missing. */
export function findLine(disk: Disk, fd: number, seq: number): FoundLine | undefined {
  const { bytes } = disk.fileStat(fd);
  const needle = Buffer.from(`\n{"seq":${seq},`, 'latin1');
  const block = Buffer.alloc(blockBytes + overlapBytes);
  for (let end = bytes; end > 0; ) {
    const start = Math.max(0, end - blockBytes);
    const count = disk.read(fd, block, 0, Math.min(bytes, end + overlapBytes) - start, start);
    const view = block.subarray(0, count);
    const at = view.lastIndexOf(needle);
    if (at >= 0) return readLine(disk, fd, start + at + 1);
    if (start === 0) return view.indexOf(needle.subarray(1)) === 0 ? readLine(disk, fd, 0) : undefined;
    end = start;
  }
  return undefined;
}

function readLine(disk: Disk, fd: number, offset: number): FoundLine | undefined {
  const bytes = new Uint8Array(lineBytesMax + 1);
  const end = bytes.subarray(0, disk.read(fd, bytes, 0, bytes.length, offset)).indexOf(0x0a);
  return end < 0 ? undefined : { line: bytes.slice(0, end), nextOffset: offset + end + 1 };
}
