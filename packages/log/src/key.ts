import { concatBytes, decodeBase64, encodeBase64, isWellFormed, readUint32, utf8 } from './bytes.ts';
import { LogError } from './error.ts';
import { hasher } from './hash.ts';

/** Ed25519 over the note's text (C2SP signed-note): what a log signs its checkpoints with. */
export const ed25519KeyType = 0x01;

/** A timestamped Ed25519 cosignature (C2SP tlog-cosignature): what a witness signs them with. */
export const cosignatureKeyType = 0x04;

/** The signature type byte of a key. It is hashed into the key id, so one key never serves two types. */
export type KeyType = typeof ed25519KeyType | typeof cosignatureKeyType;

/**
 * The port to Ed25519 (RFC 8032), verifying: 32-byte public key, message, 64-byte signature.
 * It answers false, and does not throw, for a signature that does not hold.
 */
export type Ed25519Verify = (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;

/** A public key under its name, as a verifier trusts it. */
export interface VerifierKey {
  readonly name: string;
  /** The first four bytes of SHA-256(name ‖ LF ‖ type ‖ public key), big-endian. An identifier, not a fingerprint to trust. */
  readonly keyId: number;
  readonly type: KeyType;
  /** 32 bytes (RFC 8032). */
  readonly publicKey: Uint8Array;
}

/** The port to a private key. The key itself never comes into this package. */
export interface NoteSigner {
  readonly key: VerifierKey;
  /** Signs with Ed25519: 64 raw bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** Bytes of an Ed25519 public key. */
export const publicKeyBytes = 32;

/** Bytes of an Ed25519 signature. */
export const signatureBytes = 64;

/** Bytes of the longest name of a key that can be trusted. Names on unknown signatures are bounded by the note alone. */
export const keyNameBytesMax = 255;

/** Whether C2SP signed-note allows this name on a signature line: not empty, no Unicode space, no plus, no control character. */
export function isKeyName(name: string): boolean {
  return name !== '' && isWellFormed(name) && !/[\p{White_Space}+\u0000-\u001f]/u.test(name);
}

/**
 * A key from its parts; the key id follows from them.
 * @throws LogError KEY_MALFORMED where the name or the length of the public key is not allowed
 */
export function verifierKey(name: string, type: KeyType, publicKey: Uint8Array): VerifierKey {
  if (!isKeyName(name) || utf8(name).length > keyNameBytesMax) {
    throw new LogError(
      'KEY_MALFORMED',
      `key name ${JSON.stringify(name)}: use 1 to ${keyNameBytesMax} bytes without spaces, plus or control characters`,
    );
  }
  if (publicKey.length !== publicKeyBytes) {
    throw new LogError('KEY_MALFORMED', `key ${name}: an Ed25519 public key has ${publicKeyBytes} bytes, this one has ${publicKey.length}`);
  }
  return { name, keyId: keyIdOf(name, type, publicKey), type, publicKey };
}

/**
 * Reads a vkey, `<name>+<key id, 8 hex digits>+<base64 of type ‖ public key>` (C2SP signed-note, golang.org/x/mod/sumdb/note).
 * Only what formatVerifierKey writes is accepted; no surrounding white space.
 * @throws LogError KEY_MALFORMED, also where the key id does not follow from the key
 */
export function parseVerifierKey(vkey: string): VerifierKey {
  const nameEnd = vkey.indexOf('+');
  const idEnd = nameEnd + 9;
  if (nameEnd < 0 || vkey.charAt(idEnd) !== '+') throw malformedVkey(vkey, 'the form is <name>+<8 hex digits>+<base64>');
  const encoded = decodeBase64(vkey.slice(idEnd + 1));
  if (encoded === undefined) throw malformedVkey(vkey, 'its last part is not standard base64');
  const type = encoded[0];
  if (type !== ed25519KeyType && type !== cosignatureKeyType) {
    throw malformedVkey(vkey, 'its signature type is not Ed25519 (0x01) or Ed25519 cosignature (0x04), the ones known here');
  }
  const key = verifierKey(vkey.slice(0, nameEnd), type, encoded.subarray(1));
  if (formatVerifierKey(key) !== vkey) throw malformedVkey(vkey, `its key id is not that of the key, ${formatKeyId(key.keyId)}`);
  return key;
}

/** The vkey of a key; parseVerifierKey is its inverse. */
export function formatVerifierKey(key: VerifierKey): string {
  return `${key.name}+${formatKeyId(key.keyId)}+${encodeBase64(concatBytes(Uint8Array.of(key.type), key.publicKey))}`;
}

/** A key id as it is written: 8 lower-case hex digits. */
export function formatKeyId(keyId: number): string {
  return keyId.toString(16).padStart(8, '0');
}

/** Refuses a key of another signature type than the one that a format calls for. */
export function requireKeyType(key: VerifierKey, type: KeyType): void {
  if (key.type === type) return;
  const [is, needs] = key.type === ed25519KeyType ? ['a log', 'a witness (type 0x04)'] : ['a witness', 'a log (type 0x01)'];
  throw new LogError('KEY_WRONG_TYPE', `key ${key.name}+${formatKeyId(key.keyId)} is the key of ${is}; give the key of ${needs} here`);
}

function keyIdOf(name: string, type: KeyType, publicKey: Uint8Array): number {
  return readUint32(hasher.digest(concatBytes(utf8(name), Uint8Array.of(0x0a, type), publicKey)));
}

function malformedVkey(vkey: string, why: string): LogError {
  const shown = vkey.length > 120 ? `${vkey.slice(0, 120)}…` : vkey;
  return new LogError('KEY_MALFORMED', `not a verifier key: ${JSON.stringify(shown)}: ${why}`);
}
