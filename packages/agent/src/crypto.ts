import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import type { Ed25519Verify } from '@agent-audit/log';

/** SubjectPublicKeyInfo before the 32 key bytes of an Ed25519 public key (RFC 8410 §4). */
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

const publicKeys = new Map<string, KeyObject>();

function publicKeyObject(publicKey: Uint8Array): KeyObject {
  const id = Buffer.from(publicKey).toString('base64');
  let key = publicKeys.get(id);
  if (key === undefined) {
    key = createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' });
    if (publicKeys.size > 256) publicKeys.clear();
    publicKeys.set(id, key);
  }
  return key;
}

/** Ed25519 (RFC 8032) by Node's own crypto, for every place that takes an `Ed25519Verify`. */
export const verifyEd25519: Ed25519Verify = (publicKey, message, signature) =>
  publicKey.length === 32 && verify(null, message, publicKeyObject(publicKey), signature);
