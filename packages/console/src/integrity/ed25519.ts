// Ed25519 in plain JavaScript. The browser's own (WebCrypto) is not there on a page without TLS, which a collector in a private network may
// well serve, and it only answers later; this one works everywhere, in a file that is opened years from now too.
import { hashes, verify } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { type Ed25519Verify, toHex } from '@agent-audit/log';

hashes.sha512 = sha512;

/** As RFC 8032 has it, strictly: what OpenSSL and Go refuse is refused here. */
export const verifyEd25519: Ed25519Verify = (publicKey, message, signature) => {
  try {
    return verify(signature, message, publicKey, { zip215: false });
  } catch {
    // It throws on keys and signatures that cannot be any.
    return false;
  }
};

/** A verifier that does not verify the same signature twice: many events stand under one checkpoint, and each takes milliseconds. */
export function rememberingVerify(): Ed25519Verify {
  const known = new Map<string, boolean>();
  return (publicKey, message, signature) => {
    const name = `${toHex(publicKey)} ${toHex(signature)} ${toHex(message)}`;
    const holds = known.get(name) ?? verifyEd25519(publicKey, message, signature);
    known.set(name, holds);
    return holds;
  };
}
