import { generateKeyPairSync, sign } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { startCollector } from '@agent-audit/collector';
import { defaultIngestLimits, Ingest, systemClock } from '@agent-audit/collector/ingest';
import { cosignatureKeyType, verifierKey } from '@agent-audit/log';
import type { OpenSink } from '../contender.ts';
import { ForgetfulStore } from '../forgetful-store.ts';
import type { Load, Measurement } from '../load.ts';
import { makeShipment, type Shipment } from '../shipment.ts';
import type { SenderTask } from './ingest-sender.ts';

/** Agents that send side by side, each waiting for its receipt. */
const fewAgents = 4;
const fleetAgents = 64;

function shipmentsOf({ events, burst }: Load, packed: boolean, agents: number = fewAgents): Shipment[] {
  const size = { requests: Math.ceil(events / agents / burst), linesPerRequest: burst, packed };
  return Array.from({ length: agents }, (_, agent) => makeShipment(agent, size));
}

function measurementOf(shipments: readonly Shipment[], seconds: number, cpu: NodeJS.CpuUsage): Measurement {
  const events = shipments.reduce((sum, shipment) => sum + shipment.events, 0);
  const { maxRSS } = process.resourceUsage();
  return { perSecond: events / seconds, cpuUsPerEvent: (cpu.user + cpu.system) / events, rssMaxMiB: maxRSS / 1024, events, seconds };
}

/** Inflate, verify, cosign; nothing is stored. `burst` lines a request. */
export async function measureIngestVerify(_open: OpenSink, _folder: string, load: Load): Promise<Measurement> {
  const shipments = shipmentsOf(load, true);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = verifierKey('bench', cosignatureKeyType, new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)));
  const signer = { key, sign: (message: Uint8Array) => new Uint8Array(sign(null, message, privateKey)) };
  const journal = { record: () => {} };
  const ingest = await Ingest.open({ store: new ForgetfulStore(), signer, clock: systemClock, journal, limits: defaultIngestLimits });
  const principal = { tokenId: 't', name: 'bench', tenant: 'bench', scopes: ['ingest'] } as const;
  for (const { enrolment } of shipments) await ingest.enrol(principal, enrolment);
  const before = process.cpuUsage();
  const startMs = performance.now();
  await Promise.all(
    shipments.map(async ({ bodies }) => {
      for (const body of bodies) await ingest.entries(principal, body, 'gzip');
    }),
  );
  const seconds = (performance.now() - startMs) / 1000;
  const cpu = process.cpuUsage(before);
  await ingest.close();
  return measurementOf(shipments, seconds, cpu);
}

/** A whole collector on its embedded database, over HTTP: verified, stored with fsync, cosigned. The sender's thread is in the CPU time. */
export async function measureIngestStore(_open: OpenSink, folder: string, load: Load): Promise<Measurement> {
  return store(folder, shipmentsOf(load, true));
}

/** The same for many agents: what comes while a commit runs goes into the next one, all logs together. */
export async function measureIngestFleet(_open: OpenSink, folder: string, load: Load): Promise<Measurement> {
  return store(folder, shipmentsOf(load, true, fleetAgents));
}

async function store(folder: string, shipments: readonly Shipment[]): Promise<Measurement> {
  const collector = await startCollector({ dataFolder: folder, port: 0 }, { env: {} });
  try {
    const token = collector.firstTokens?.ingest ?? '';
    const before = process.cpuUsage();
    const seconds = await send({ url: collector.url, token, shipments, packed: true });
    return measurementOf(shipments, seconds, process.cpuUsage(before));
  } finally {
    await collector.close();
  }
}

function send(workerData: SenderTask): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./ingest-sender.js', import.meta.url), { workerData });
    worker.once('message', (seconds: unknown) => {
      if (typeof seconds === 'number') resolve(seconds);
      else reject(new Error('the sender told no time'));
    });
    worker.once('error', reject);
  });
}
