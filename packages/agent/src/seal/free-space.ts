// How much a disk has too little: what closed segments may give back before it is full.
import type { Folder } from '../folder.ts';

/** What is to be free where the option minFreeDiskMB does not say it, in bytes. */
export const freeBytesMinDefault: number = 512 * 1024 * 1024;
/** Of a small file system, no more than this part is kept free. */
const partMax = 10;

/** What a disk has free, and what it should have. */
export interface FreeSpace {
  readonly freeBytes: number;
  readonly floorBytes: number;
}

/**
 * Below this many free bytes the oldest closed segments are deleted: what is to be free, or a tenth of the disk where that is less.
 * A hold, and what a sender has not taken, go before it.
 */
export function freeBytesFloor(totalBytes: number, freeBytesMin: number = freeBytesMinDefault): number {
  return Math.min(freeBytesMin, totalBytes / partMax);
}

/** The free space of the log's file system; undefined where the system does not say: then nothing is deleted for its sake. */
export function freeSpace({ disk, folder }: Folder, freeBytesMin: number): FreeSpace | undefined {
  try {
    const { freeBytes, totalBytes } = disk.space(folder);
    return { freeBytes, floorBytes: freeBytesFloor(totalBytes, freeBytesMin) };
  } catch {
    return undefined;
  }
}
