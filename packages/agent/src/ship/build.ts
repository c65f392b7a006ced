import { entriesBytesMax, parseVerifierKey } from '@agent-audit/log';
import type { Clock } from '../clock.ts';
import type { Folder } from '../folder.ts';
import { SharedState } from '../seal/shared.ts';
import { Collector } from './collector.ts';
import { parseCosigners } from './cosigned.ts';
import type { ShipEvent, ShipJob } from './messages.ts';
import { Shipper } from './shipper.ts';
import { type AskToken, Tokens } from './token.ts';

/** What a shipper needs of the thread that it runs on. */
export interface ShipperHome {
  readonly folder: Folder;
  readonly clock: Clock;
  readonly random: () => number;
  readonly ask: AskToken;
  readonly emit: (event: ShipEvent) => void;
}

/** The shipper of one log, ready to be started by whichever thread this is. */
export function buildShipper(job: ShipJob, { folder, clock, random, ask, emit }: ShipperHome): Shipper {
  const shared = new SharedState(job.shared);
  const tokens = new Tokens(job.token, folder.disk, clock, ask);
  return new Shipper({
    folder,
    clock,
    key: parseVerifierKey(job.vkey),
    vkey: job.vkey,
    endpoint: job.endpoint,
    collector: new Collector(job, tokens, clock),
    cosigners: parseCosigners(job.cosigners),
    sealedSize: () => shared.sealed,
    bytesMax: entriesBytesMax,
    random,
    emit,
  });
}
