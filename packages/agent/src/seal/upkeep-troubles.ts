// What keeps closed segments from being packed and deleted as they should be, in words: what, where, and what to do next.
import type { AuditErrorCode } from '../error.ts';
import type { ClockJump } from './clock-guard.ts';
import type { FreeSpace } from './free-space.ts';

/** A trouble of maintenance. Lines are written and sealed all the same, and it is tried again by itself. */
export interface UpkeepTrouble {
  readonly code: Extract<AuditErrorCode, 'MAINTENANCE_FAILED' | 'CLOCK_JUMPED' | 'CURSOR_UNREADABLE' | 'DISK_LOW'>;
  readonly message: string;
}

const hourMs = 3_600_000;
const mib = 1024 * 1024;

/** A closed segment could not be packed or deleted. */
export function maintenanceFailed(logFile: string, reason: string): UpkeepTrouble {
  const next = 'Lines are written and sealed all the same; it is tried again every minute';
  return { code: 'MAINTENANCE_FAILED', message: `closed segments of ${logFile} cannot be packed or deleted: ${reason}. ${next}` };
}

/** The wall clock says what no running process has seen pass. */
export function clockJumped(logFile: string, { byMs, atStart }: ClockJump): UpkeepTrouble {
  const hours = `${(Math.abs(byMs) / hourMs).toFixed(1)} hours`;
  const ahead = byMs > 0 ? 'ahead' : 'back';
  const what = atStart
    ? `the newest checkpoint of ${logFile} is ${hours} ${byMs > 0 ? 'old' : 'ahead of the clock'}`
    : `the clock went ${hours} ${ahead} while ${logFile} was open`;
  const next = 'Set the clock right where it is wrong; else nothing is to be done';
  return { code: 'CLOCK_JUMPED', message: `${what}. That time counts towards maxAgeDays after 24 hours of running, not before. ${next}` };
}

/** Nobody knows what the sender has taken. */
export function cursorUnreadable(path: string): UpkeepTrouble {
  const next = 'Set the sender again, which sends the log from its beginning, or delete the file where there is none any more';
  return { code: 'CURSOR_UNREADABLE', message: `${path} does not say what the sender has taken, so that nothing is deleted. ${next}` };
}

/** Nobody knows what the collector has. */
export function cosignedUnreadable(path: string): UpkeepTrouble {
  const next = 'Shipping writes it anew at the next receipt. Where it cannot, mend the folder, or delete the file';
  return { code: 'CURSOR_UNREADABLE', message: `${path} does not say what was cosigned, so that nothing is deleted. ${next}` };
}

/** The disk has too little room, and no segment may go. */
export function diskLow(folder: string, { freeBytes, floorBytes }: FreeSpace, why: string): UpkeepTrouble {
  const mb = (bytes: number): string => `${Math.floor(bytes / mib)} MiB`;
  const what = `${folder} has ${mb(freeBytes)} free, less than the ${mb(floorBytes)} that minFreeDiskMB asks for, and ${why}`;
  return { code: 'DISK_LOW', message: `${what}. Free some space: when the disk is full, events wait in memory` };
}
