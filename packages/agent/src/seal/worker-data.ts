import type { SidecarRecord } from '@agent-audit/log';
import type { Lock } from '../lock.ts';
import type { DriverLimits } from './driver.ts';
import type { MaintenanceLimits } from './maintenance.ts';
import type { SegmentSource } from './sealer.ts';

/** All that a sealing thread is given at its start. Everything in it can be cloned into another thread. */
export interface SealJob {
  /** Of the package: in a bundle the sealing thread's file may be older than the program's. */
  readonly version: string;
  readonly logFile: string;
  readonly fileMode: number;
  readonly origin: string;
  /** The identity key (PKCS #8 PEM). */
  readonly pem: string;
  readonly lock: Lock;
  readonly shared: SharedArrayBuffer;
  readonly checkpoint: SidecarRecord;
  readonly segment: SegmentSource;
  readonly offset: number;
  readonly later: readonly SegmentSource[];
  /** The base of the segment that sealing starts in, where the full check is still to be done. */
  readonly recheckFrom: SidecarRecord | undefined;
  readonly limits: DriverLimits;
  readonly maintenance: MaintenanceLimits;
}
