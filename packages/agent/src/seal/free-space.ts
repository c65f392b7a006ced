// How much a disk has too little: what closed segments may give back before it is full.
import type { Folder } from '../folder.ts';

/** Of a small file system, no more than this part is kept free. */
const partMax = 10;

/** What a disk has free, and what it should have. */
export interface FreeSpace {
  readonly freeBytes: number;
  readonly floorBytes: number;
}

/** The free space of the log's file system; undefined where the system does not say: then nothing is deleted for its sake. */
export function freeSpace({ disk, folder }: Folder, freeBytesMin: number): FreeSpace | undefined {
  try {
    const { freeBytes, totalBytes } = disk.space(folder);
    return { freeBytes, floorBytes: Math.min(freeBytesMin, totalBytes / partMax) };
  } catch {
    return undefined;
  }
}
