// What opening a log needs of a sidecar, and no more: one that a slow log has filled for weeks is tens of megabytes long.
import { readSidecar, type SidecarRecord, sidecarRecordBytesMax } from '@agent-audit/log';
import { type Disk, readIfThere } from '../disk.ts';

/** The newest record, and where it ends: what follows is no sound record. */
export interface NewestRecord {
  readonly record: SidecarRecord;
  readonly endOffset: number;
}

const tailBytesMin = 65_536;
const LF = 0x0a;

/** The base: the sidecar's first record. undefined where there is none that is sound. */
export function readBaseRecord(disk: Disk, path: string): SidecarRecord | undefined {
  return readIfThere(disk, path, (fd) => {
    const bytes = new Uint8Array(sidecarRecordBytesMax + 1);
    const end = bytes.subarray(0, disk.read(fd, bytes, 0, bytes.length, 0)).indexOf(LF);
    return end < 0 ? undefined : readSidecar(bytes.subarray(0, end + 1)).records[0];
  });
}

/** The last record before the first that is not sound, as far as the sidecar's end shows. undefined where there is none. */
export function readNewestRecord(disk: Disk, path: string): NewestRecord | undefined {
  return readIfThere(disk, path, (fd) => {
    const size = disk.fileStat(fd).bytes;
    for (let length = Math.min(size, tailBytesMin); ; length = Math.min(size, length * 4)) {
      const offset = size - length;
      const bytes = new Uint8Array(length);
      disk.read(fd, bytes, 0, length, offset);
      const start = offset === 0 ? 0 : bytes.indexOf(LF) + 1;
      const { records, bytesWhole } = readSidecar(bytes.subarray(start));
      const record = records.at(-1);
      if (record !== undefined) return { record, endOffset: offset + start + bytesWhole };
      if (offset === 0) return undefined;
    }
  });
}
