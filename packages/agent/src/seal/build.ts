import type { Clock } from '../clock.ts';
import type { Folder } from '../folder.ts';
import type { NoteSigner } from '@agent-audit/log';
import { nodeHasher } from '../node-hasher.ts';
import { SealDriver, type SealEvent } from './driver.ts';
import { Maintenance } from './maintenance.ts';
import { Sealer } from './sealer.ts';
import { SharedState } from './shared.ts';
import type { SealJob } from './worker-data.ts';

/**
 * The sealing side of one log, ready to be driven by whichever thread this is. Damage that the full check finds is told
 * through `emit`, and the driver stays halted.
 */
export function buildDriver(job: SealJob, folder: Folder, clock: Clock, signer: NoteSigner, emit: (event: SealEvent) => void): SealDriver {
  const shared = new SharedState(job.shared);
  const { lock, limits } = job;
  const sealer = new Sealer({ folder, clock, lock, shared, signer, hasher: nodeHasher }, job);
  const maintenance = new Maintenance({ folder, clock, limits: job.maintenance, origin: job.origin, checkpoint: job.checkpoint, emit });
  return new SealDriver({ sealer, shared, folder, lock, clock, limits, maintenance, emit, recheckFrom: job.recheckFrom });
}
