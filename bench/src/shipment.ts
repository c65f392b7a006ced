// What agents send to a collector, made before the clock starts: sealed lines of the bench's event, signed, in bodies as they go over the
// wire.
import { generateKeyPairSync, sign } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import {
  ed25519KeyType,
  formatEnrolment,
  formatEntriesHead,
  formatVerifierKey,
  Frontier,
  LineFeed,
  type NoteSigner,
  originOf,
  signCheckpoint,
  utf8,
  verifierKey,
} from '@agent-audit/log';
import { nodeHasher } from 'agent-audit/files';
import { agentId, eventAt, jobId } from './event.ts';

/** One agent's log, ready to be sent. */
export interface Shipment {
  readonly enrolment: string;
  /** In order; each waits for the receipt of the one before. */
  readonly bodies: readonly Uint8Array[];
  readonly events: number;
}

export interface ShipmentSize {
  readonly requests: number;
  readonly linesPerRequest: number;
  readonly packed: boolean;
}

/** A log with a new key. */
export function makeShipment(agent: number, { requests, linesPerRequest, packed }: ShipmentSize): Shipment {
  const signer = newSigner(`${agentId}-${agent}`);
  const frontier = Frontier.empty();
  const note = (): string => signCheckpoint({ origin: signer.key.name, size: frontier.size, root: frontier.root(nodeHasher) }, signer);
  const enrolment = formatEnrolment({ vkey: formatVerifierKey(signer.key), note: note() });
  const bodies = Array.from({ length: requests }, () => {
    const old = frontier.size;
    const lines = utf8(Array.from({ length: linesPerRequest }, (_, i) => lineAt(old + i)).join(''));
    new LineFeed(frontier, { hasher: nodeHasher }).push(lines, 0, lines.length);
    const body = Buffer.concat([utf8(formatEntriesHead({ old, size: frontier.size, note: note() })), lines]);
    return packed ? gzipSync(body, { level: 1 }) : body;
  });
  return { enrolment, bodies, events: frontier.size };
}

const startMs = Date.UTC(2026, 10, 24);

function lineAt(seq: number): string {
  const { type, message, details } = eventAt(seq);
  const timestamp = new Date(startMs + seq).toISOString();
  return `${JSON.stringify({ seq, timestamp, type, severity: 'INFO', agent_id: agentId, job_id: jobId, message, details })}\n`;
}

function newSigner(agent: string): NoteSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const bytes = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32));
  const key = verifierKey(originOf(agent, bytes), ed25519KeyType, bytes);
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}
