// A thread that sends shipments to a collector, so that the collector has its own: `workerData` says where and as whom.
import { parentPort, workerData } from 'node:worker_threads';
import { collectorUrl, entriesPath, logsPath } from '@agent-audit/log';
import type { Shipment } from '../shipment.ts';

/** What the thread is given. */
export interface SenderTask {
  readonly url: string;
  readonly token: string;
  readonly shipments: readonly Shipment[];
  readonly packed: boolean;
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- structured-cloned from a SenderTask by measures/ingest.ts, nobody else
const { url, token, shipments, packed } = workerData as SenderTask;

async function post(path: string, body: string | Uint8Array, isPacked: boolean): Promise<void> {
  const headers = { authorization: `Bearer ${token}`, ...(isPacked ? { 'content-encoding': 'gzip' } : {}) };
  const response = await fetch(collectorUrl(url, path), { method: 'POST', body, headers });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`the collector refused: ${text}`);
}

for (const { enrolment } of shipments) await post(logsPath, enrolment, false);
const startMs = performance.now();
await Promise.all(
  shipments.map(async ({ bodies }) => {
    for (const body of bodies) await post(entriesPath, body, packed);
  }),
);
parentPort?.postMessage((performance.now() - startMs) / 1000);
