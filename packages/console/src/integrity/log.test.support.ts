// For tests only: a small log with its keys, made in memory from fixed seeds, and what proves its lines.
import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import {
  appendSignature,
  cosign,
  cosignatureKeyType,
  ed25519KeyType,
  formatProof,
  formatVerifierKey,
  hasher,
  inclusionProof,
  type KeyType,
  type NoteSigner,
  originOf,
  parseOrigin,
  rootOfLeaves,
  signCheckpoint,
  utf8,
  verifierKey,
} from '@agent-audit/log';
import type { LineEvidence } from './inspect.ts';

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');

/** A signer whose seed is this byte, 32 times. */
export function signerOf(name: string | ((publicKey: Uint8Array) => string), seed: number, type: KeyType): NoteSigner {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
  const publicKey = new Uint8Array(createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(-32));
  return {
    key: verifierKey(typeof name === 'string' ? name : name(publicKey), type, publicKey),
    sign: (message) => new Uint8Array(sign(null, message, key)),
  };
}

export const log: NoteSigner = signerOf((publicKey) => originOf('scanner-7', publicKey), 1, ed25519KeyType);
export const witness: NoteSigner = signerOf('collector.example', 2, cosignatureKeyType);
export const otherWitness: NoteSigner = signerOf('other.example', 3, cosignatureKeyType);
export const logVkey: string = formatVerifierKey(log.key);
export const witnessVkey: string = formatVerifierKey(witness.key);
export const { logId } = parseOrigin(log.key.name);
export const cosignedSeconds = 1_795_528_978;

/** A line as a logger writes it. */
export function lineOf(seq: number, message = `Line ${seq} <b>&amp;</b> “é” ☃`): Uint8Array {
  const event = { seq, timestamp: '2026-11-24T14:02:50.118Z', type: 'job_started', severity: 'INFO', message, job_id: 'j-42' };
  return utf8(JSON.stringify(event));
}

export const lines: readonly Uint8Array[] = Array.from({ length: 11 }, (_, seq) => lineOf(seq));

/** What proves line `seq` of these lines. */
export function evidenceOf(seq: number, all: readonly Uint8Array[] = lines, cosigners: readonly NoteSigner[] = [witness]): LineEvidence {
  const leaves = all.map((line) => hasher.leaf(line, 0, line.length));
  const signed = signCheckpoint({ origin: log.key.name, size: all.length, root: rootOfLeaves(leaves) }, log);
  const checkpoint = cosigners.reduce((note, signer) => appendSignature(note, cosign(note, signer, cosignedSeconds)), signed);
  const proof = formatProof({ index: seq, proof: inclusionProof(leaves, seq), checkpoint });
  const line = all[seq];
  if (line === undefined) throw new TypeError(`there is no line ${seq}`);
  return { logId, seq, line, proof, vkey: logVkey, cosigners: cosigners.map(({ key }) => formatVerifierKey(key)) };
}

/** The bytes with one of them changed. */
export function changedAt(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at] = (bytes[at] ?? 0) ^ 1;
  return changed;
}
