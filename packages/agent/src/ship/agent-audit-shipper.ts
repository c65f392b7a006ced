// The shipper's thread. It has an event loop of its own, which may wait for a collector that does not answer without anybody waiting
// for it: neither who logs nor who seals.
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../clock.ts';
import { systemDisk } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { version } from '../version.ts';
import { buildShipper } from './build.ts';
import type { ShipCommand, ShipEvent, ShipJob } from './messages.ts';

const port = parentPort;
if (port === null) throw new Error('the shipper runs as a worker thread only');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WorkerShipHost alone starts this file, with a ShipJob
const job = workerData as ShipJob;
if (job.version !== version) {
  throw new Error(`its file agent-audit-shipper.js is of version ${version}, the program's of ${job.version}: bundle both anew`);
}

const asked = new Map<number, { readonly resolve: (token: string) => void; readonly reject: (error: Error) => void }>();
let asks = 0;
const tell = (event: ShipEvent): void => port.postMessage(event);
const ask = (): Promise<string> =>
  new Promise((resolve, reject) => {
    asked.set(++asks, { resolve, reject });
    tell({ kind: 'token_wanted', id: asks });
  });

const folder = folderOf(systemDisk, job.logFile, job.fileMode);
const shipper = buildShipper(job, { folder, clock: systemClock, random: Math.random, ask, emit: tell });

port.on('message', (command: ShipCommand) => {
  switch (command.kind) {
    case 'token': {
      const waiting = asked.get(command.id);
      asked.delete(command.id);
      if (command.token === undefined) waiting?.reject(new Error(command.failure ?? 'it gave none'));
      else waiting?.resolve(command.token);
      return;
    }
    case 'stop':
      void shipper.stop().finally(() => {
        tell({ kind: 'stopped' });
        // Nothing else keeps this thread.
        port.close();
      });
  }
});
shipper.start();
