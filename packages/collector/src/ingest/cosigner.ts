// The key of a collector as a witness: Ed25519, in a file of the data folder that nobody else reads. It is not the key of any log.
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { closeSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { cosignatureKeyType, type NoteSigner, verifierKey } from '@agent-audit/log';

/**
 * The key in the file, under this name; a new one where there is no file. The file is PKCS #8 PEM (RFC 8410), mode 0600. Whoever loses it
 * loses the witness that agents have pinned: back it up.
 * @throws Error naming the file, where it is no such key or cannot be read or written; LogError KEY_MALFORMED for the name
 */
export function openCosigner(file: string, name: string): NoteSigner {
  const privateKey = parseKey(readIfThere(file) ?? create(file), file);
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const key = verifierKey(name, cosignatureKeyType, new Uint8Array(spki.subarray(-32)));
  return { key, sign: (message) => new Uint8Array(sign(null, message, privateKey)) };
}

function parseKey(pem: string, file: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch (cause) {
    throw new Error(`${file} holds no private key; restore the collector's key from a backup`, { cause });
  }
  if (key.asymmetricKeyType === 'ed25519') return key;
  throw new Error(`${file} holds a key of type ${String(key.asymmetricKeyType)}; the collector's is Ed25519: restore it from a backup`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Written whole and synced under another name, then linked: a file under the real name is a key, and the first one stays. */
function create(file: string): string {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  const temporary = `${file}.${randomUUID()}.tmp`;
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  const fd = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(fd, pem);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  try {
    linkSync(temporary, file);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  } finally {
    unlinkSync(temporary);
  }
  syncFolder(dirname(file));
  return readFileSync(file, 'utf8');
}

function syncFolder(folder: string): void {
  const fd = openSync(folder, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
