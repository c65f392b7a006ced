import { createPrivateKey, createPublicKey, sign } from 'node:crypto';
import type { Signer } from 'agent-audit';

/** PKCS #8 (RFC 8410) before the 32 bytes of an Ed25519 seed. */
const seedPrefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const publicKeyBytes = 32;

/** A key that its holder keeps to itself, as an HSM does: the log seals on its own thread with it. Made from 32 times this byte. */
export function ownSigner(byte: number): Signer {
  const key = createPrivateKey({ key: Buffer.concat([seedPrefix, Buffer.alloc(32, byte)]), format: 'der', type: 'pkcs8' });
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  return { publicKey: new Uint8Array(spki.subarray(-publicKeyBytes)), sign: (message) => sign(null, message, key) };
}
