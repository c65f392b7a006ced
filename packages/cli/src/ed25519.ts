import { createPublicKey, verify } from 'node:crypto';
import type { Ed25519Verify } from '@agent-audit/log';

/** SubjectPublicKeyInfo before the 32 key bytes of an Ed25519 public key (RFC 8410 §4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

/** Ed25519 (RFC 8032) by Node's own crypto. */
export const verifyEd25519: Ed25519Verify = (publicKey, message, signature) =>
  publicKey.length === 32 &&
  verify(null, message, createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' }), signature);
