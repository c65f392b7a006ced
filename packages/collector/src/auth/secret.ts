// The text of a token: `aa_<letter>_<43 letters and digits>`, 256 bits of chance in base 62. The prefix lets secret scanners find one that
// leaked, the letter tells a person what it is for; neither is believed.
import { createHash, randomBytes } from 'node:crypto';
import type { Scope } from '../principal.ts';

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretBytes = 32;
/** Digits of base 62 that 256 bits take. */
const secretDigits = 43;

const letters: Readonly<Record<Scope, string>> = { ingest: 'i', read: 'r', admin: 'a' };
const pattern = /^aa_[ira]_[0-9A-Za-z]{43}$/;

/** A token that nobody has had. `scopes` holds at least one. */
export function newSecret(scopes: readonly Scope[]): string {
  const widest = (['admin', 'ingest', 'read'] as const).find((scope) => scopes.includes(scope)) ?? 'read';
  return `aa_${letters[widest]}_${base62(randomBytes(secretBytes))}`;
}

/** Whether a text is spelled as a token is. */
export function isSecret(text: string): boolean {
  return pattern.test(text);
}

/** What is stored of a token, hexadecimal. The secret has 256 bits of chance, so that no slow hash is needed. */
export function sha256Of(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

/** An id for a token: to be shown, written down, and given to DELETE. */
export function newTokenId(): string {
  return `t-${randomBytes(6).toString('hex')}`;
}

function base62(bytes: Uint8Array): string {
  let rest = BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < secretDigits; digit++) {
    text = (alphabet[Number(rest % 62n)] ?? '') + text;
    rest /= 62n;
  }
  return text;
}
