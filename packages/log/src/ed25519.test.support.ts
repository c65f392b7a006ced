// For tests only: Node's crypto as the Ed25519 port, and signers from fixed seeds so that golden vectors stay the same.
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { cosignatureKeyType, ed25519KeyType, verifierKey } from './key.ts';
import type { Ed25519Verify, KeyType, NoteSigner } from './key.ts';

const pkcs8Prefix = Buffer.from('302e020100300506032b657004220420', 'hex');
const spkiPrefix = Buffer.from('302a300506032b6570032100', 'hex');

export const nodeVerify: Ed25519Verify = (publicKey, message, signature) =>
  verify(null, message, createPublicKey({ key: Buffer.concat([spkiPrefix, publicKey]), format: 'der', type: 'spki' }), signature);

/** The private key of a seed that is this byte, 32 times. */
export function privateKeyOf(seed: number): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Prefix, Buffer.alloc(32, seed)]), format: 'der', type: 'pkcs8' });
}

/** The 32 bytes of its public key. */
export function publicKeyOf(seed: number): Uint8Array {
  return new Uint8Array(createPublicKey(privateKeyOf(seed)).export({ format: 'der', type: 'spki' }).subarray(spkiPrefix.length));
}

export function signerOf(name: string, seed: number, type: KeyType = ed25519KeyType): NoteSigner {
  const privateKey = privateKeyOf(seed);
  return { key: verifierKey(name, type, publicKeyOf(seed)), sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

export function witnessOf(name: string, seed: number): NoteSigner {
  return signerOf(name, seed, cosignatureKeyType);
}
