// A log's identity: an Ed25519 key, kept as PKCS #8 PEM (RFC 8410) beside the log, which openssl reads as it is.
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { ed25519KeyType, formatVerifierKey, type NoteSigner, originOf, utf8, verifierKey } from '@agent-audit/log';
import { createWhole, type Disk, readWhole } from './disk.ts';
import { AuditError, messageOf } from './error.ts';

/** Signs for a log whose key lives elsewhere (an HSM, a TPM). Called on the sealing path: keep it fast. */
export interface Signer {
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
  /** The 64 bytes of an Ed25519 signature (RFC 8032). */
  sign(message: Uint8Array): Uint8Array;
}

/** The key of a log, and the origin that certifies it. */
export interface Identity {
  readonly origin: string;
  readonly vkey: string;
  readonly publicKey: Uint8Array;
  readonly signer: NoteSigner;
  /** The private key as PEM, for a sealer in another thread; undefined where the caller's Signer holds it. */
  readonly pem: string | undefined;
}

/** The identity under an origin that exists already: the name of a log does not change with its agent's. */
export function identityOf(origin: string, signer: Signer, pem?: string): Identity {
  const key = verifierKey(origin, ed25519KeyType, signer.publicKey);
  return {
    origin,
    vkey: formatVerifierKey(key),
    publicKey: signer.publicKey,
    signer: { key, sign: (message) => signer.sign(message) },
    pem,
  };
}

/** A signer from PEM text. */
export function signerFromPem(pem: string, from: string): Signer {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (cause) {
    throw unusableKey(from, messageOf(cause), cause);
  }
  if (privateKey.asymmetricKeyType !== 'ed25519') throw unusableKey(from, `it is a key of type ${String(privateKey.asymmetricKeyType)}`);
  const jwk = privateKey.export({ format: 'jwk' });
  if (typeof jwk.x !== 'string') throw unusableKey(from, 'it has no public part');
  return {
    publicKey: new Uint8Array(Buffer.from(jwk.x, 'base64url')),
    sign: (message) => sign(null, message, privateKey),
  };
}

/** The key in the log's own file; undefined where there is none. */
export function readKey(disk: Disk, path: string): { signer: Signer; pem: string } | undefined {
  const bytes = readWhole(disk, path);
  if (bytes === undefined || bytes.length === 0) return undefined;
  const pem = Buffer.from(bytes).toString('utf8');
  return { signer: signerFromPem(pem, path), pem };
}

/** A new key in the log's own file: temp file, sync, rename. The folder is the caller's to sync. */
export function createKey(disk: Disk, path: string, temporaryPath: string): { signer: Signer; pem: string } {
  const { privateKey } = generateKeyPairSync('ed25519');
  const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  createWhole(disk, temporaryPath, utf8(pem));
  disk.rename(temporaryPath, path);
  return { signer: signerFromPem(pem, path), pem };
}

/** The origin of a new log of this agent. */
export function newOrigin(agent: string, signer: Signer): string {
  return originOf(agent, signer.publicKey);
}

function unusableKey(from: string, why: string, cause?: unknown): AuditError {
  return new AuditError(
    'LOG_NOT_WRITABLE',
    'stop',
    `the identity key in ${from} is not usable: ${why}. Restore it from a backup, or move the log's folder away: a new log then begins`,
    { cause },
  );
}
