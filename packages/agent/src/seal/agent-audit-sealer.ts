// The sealer's thread. It blocks between turns, and takes commands from its port without waiting for an event, so that it works on
// while the main thread stands in its exit hook.
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { ed25519KeyType, type NoteSigner, verifierKey } from '@agent-audit/log';
import { systemClock } from '../clock.ts';
import { systemDisk } from '../disk.ts';
import { folderOf } from '../folder.ts';
import { signerFromPem } from '../identity.ts';
import { version } from '../version.ts';
import { buildDriver } from './build.ts';
import type { SealCommand } from './driver.ts';
import { Owner, SharedState, Waiting } from './shared.ts';
import type { SealJob } from './worker-data.ts';

const port = parentPort;
if (port === null) throw new Error('the sealer runs as a worker thread only');
// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WorkerHost alone starts this file, with a SealJob
const job = workerData as SealJob;
if (job.version !== version) {
  throw new Error(`its file agent-audit-sealer.js is of version ${version}, the program's of ${job.version}: bundle both anew`);
}
const shared = new SharedState(job.shared);
if (shared.claim(Owner.Worker)) void seal();

async function seal(): Promise<void> {
  if (port === null) return;
  const signer = signerFromPem(job.pem, 'the recorder');
  const key = verifierKey(job.origin, ed25519KeyType, signer.publicKey);
  const folder = folderOf(systemDisk, job.logFile, job.fileMode);
  const noteSigner: NoteSigner = { key, sign: (message) => signer.sign(message) };
  const driver = buildDriver(job, folder, systemClock, noteSigner, (event) => port.postMessage(event));
  for (;;) {
    const wakes = shared.wakes;
    // Asked first: what was sent before it must be heard.
    const isStopping = shared.stopping;
    for (let message = receiveMessageOnPort(port); message !== undefined; message = receiveMessageOnPort(port)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- WorkerHost.send alone posts here, and takes a SealCommand
      driver.command(message.message as SealCommand);
    }
    if (isStopping) {
      driver.finish();
      driver.close();
      shared.interruptCommitWaits();
      return;
    }
    const delayMs = await driver.turnOverlapped();
    if (delayMs <= 0) continue;
    shared.waiting = driver.hasPending ? Waiting.ForMore : Waiting.ForLines;
    // Lines that came in before `waiting` was set woke nobody.
    if (shared.appended <= driver.size) shared.waitForWake(wakes, delayMs);
    shared.waiting = Waiting.Busy;
  }
}
